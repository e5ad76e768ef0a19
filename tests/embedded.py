"""`infoscreen up`, as a process that a test starts and stops with `infoscreen.cli.background.running`."""

import os
import sys
from pathlib import Path

from infoscreen.cli.child import ChildSpec

_START_SECONDS = 180
_STOP_SECONDS = 90  # longer than the edge, a service and a server may take, one after the other


def embedded_system(data_dir: Path, port: int, *, module: str = "infoscreen.cli", **settings: str) -> ChildSpec:
    """A system with one converter, ready when it says so.

    Args:
        data_dir: its own; what is there already goes on.
        port: of its edge.
        module: what to run in place of the command line; it takes the options of `infoscreen up`.
        settings: for the services, beside their own.
    """
    endpoints = data_dir / "endpoints.json"
    endpoints.unlink(missing_ok=True)
    options = ("--data-dir", str(data_dir), "--port", str(port), "--converters", "1")
    return ChildSpec(
        name="system",
        argv=(sys.executable, "-m", module, "up", *options),
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parent), **settings},
        probe=lambda: None if endpoints.exists() else "it is starting",
        grace_seconds=_STOP_SECONDS,
        ready_seconds=_START_SECONDS,
    )
