"""`infoscreen up`, as a process that a test starts and stops with `infoscreen.cli.background.running`."""

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from infoscreen.cli.child import ChildSpec

_START_SECONDS = 240  # on a machine that starts others at the same time; pytest-timeout ends a test after 300
_STOP_SECONDS = 90  # longer than the edge, a service and a server may take, one after the other


def embedded_system(
    data_dir: Path,
    port: int,
    *,
    converters: int = 1,
    options: Sequence[str] = (),
    module: str = "infoscreen.cli",
    **settings: str,
) -> ChildSpec:
    """A system that is ready when it says so, and ends with the tests however they end.

    Args:
        data_dir: its own; what is there already goes on.
        port: of its edge.
        converters: how many it starts with.
        options: further ones of `infoscreen up`.
        module: what to run in place of the command line; it takes the options of `infoscreen up`.
        settings: for the services, beside their own.
    """
    endpoints = data_dir / "endpoints.json"
    endpoints.unlink(missing_ok=True)
    places = ("--data-dir", str(data_dir), "--port", str(port), "--converters", str(converters))
    return ChildSpec(
        name="system",
        argv=(sys.executable, "-m", module, "up", *places, *options),
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parent), **settings},
        probe=lambda: None if endpoints.exists() else "it is starting",
        grace_seconds=_STOP_SECONDS,
        ready_seconds=_START_SECONDS,
    )
