"""``make chaos``: campaigns of a given length from given seeds; exit code 1 when a promise was broken."""

import argparse
import asyncio
import sys
import tempfile
from pathlib import Path

from chaos.campaign import run_campaign


def main() -> None:
    """Run the campaigns and print what they saw."""
    parser = argparse.ArgumentParser(prog="chaos", description=__doc__)
    parser.add_argument("--seed", type=int, nargs="+", default=[1])
    parser.add_argument("--minutes", type=float, default=30, help="how long faults are injected, per seed")
    parser.add_argument("--data-dir", type=Path, help="where logs are kept; a temporary directory by default")
    arguments = parser.parse_args()
    base = arguments.data_dir or Path(tempfile.mkdtemp(prefix="infoscreen-chaos-"))
    failed = False
    for seed in arguments.seed:
        report = asyncio.run(run_campaign(base / f"seed-{seed}", seed, arguments.minutes * 60))
        sys.stdout.write(f"{report}\n  logs: {base / f'seed-{seed}'}\n")
        sys.stdout.flush()
        failed = failed or bool(report.violations)
    sys.exit(failed)


if __name__ == "__main__":
    main()
