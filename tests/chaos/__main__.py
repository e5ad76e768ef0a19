"""``make chaos``: campaigns of a given length from given seeds; exit code 1 when a promise was broken."""

import argparse
import asyncio
import signal
import sys
import tempfile
from pathlib import Path

from chaos.campaign import run_campaign
from chaos.faults import FAULTS, kinds_of
from chaos.table import TESTS


def main() -> None:
    """Run the campaigns and print what they saw."""
    parser = argparse.ArgumentParser(prog="chaos", description=__doc__)
    parser.add_argument("--seed", type=int, nargs="+", default=[1])
    parser.add_argument("--minutes", type=float, default=30, help="how long faults are injected, per seed")
    parser.add_argument("--data-dir", type=Path, help="where logs are kept; a temporary directory by default")
    parser.add_argument(
        "--kind", nargs="+", choices=[fault.name for fault in FAULTS], metavar="KIND", help="only these; see --list"
    )
    parser.add_argument("--list", action="store_true", help="print the rows of the fault table, kinds and tests")
    arguments = parser.parse_args()
    if arguments.list:
        sys.stdout.write(_table())
        return
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # told to stop, it takes its system with it
    base = arguments.data_dir or Path(tempfile.mkdtemp(prefix="infoscreen-chaos-"))
    failed = False
    for seed in arguments.seed:
        faults = tuple(fault for fault in FAULTS if fault.name in (arguments.kind or [fault.name]))
        report = asyncio.run(run_campaign(base / f"seed-{seed}", seed, arguments.minutes * 60, faults))
        sys.stdout.write(f"{report}\n  logs, faults.json, report.txt: {base / f'seed-{seed}'}\n")
        sys.stdout.flush()
        failed = failed or bool(report.violations)
    sys.exit(failed)


def _table() -> str:
    lines = []
    for row, tests in TESTS.items():
        lines += [f"{row}", *(f"  kind  {kind}" for kind in kinds_of(row))]
        lines += [f"  test  {file}::{name}" for file, names in tests.items() for name in names]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
