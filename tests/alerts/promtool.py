"""promtool, which Prometheus's authors write for testing rules; run where the rules are."""

import subprocess

from programs import program

from infoscreen.cli.requirements import repository_root

OBSERVABILITY = repository_root() / "deploy" / "observability"


def promtool(*arguments: object) -> None:
    """Fails with what promtool said."""
    command = [program("promtool"), *map(str, arguments)]
    run = subprocess.run(command, cwd=OBSERVABILITY, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr
