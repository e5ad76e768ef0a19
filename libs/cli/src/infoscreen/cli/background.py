"""Runs one server in the background, unsupervised, for the length of a `with` block."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from infoscreen.cli.child import ChildSpec
from infoscreen.cli.errors import StartError
from infoscreen.cli.probes import wait_until_ready


@contextmanager
def running(spec: ChildSpec, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Yields the process once it is ready; on exit stops it, and kills it after its grace.

    Raises:
        StartError: the server was not ready in time; the message names the log.
    """
    with log.open("ab") as output:
        process = subprocess.Popen(
            spec.command(),
            env=spec.environment(str(log.parent)),
            cwd=spec.cwd or "/",
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        seen = wait_until_ready(spec.probe, spec.ready_seconds, lambda: process.poll() is None)
        if seen is not None:
            raise StartError(f"{spec.name} is not ready ({seen}); its log is {log}.")
        yield process
    finally:
        process.send_signal(spec.stop_signal)
        try:
            process.wait(spec.grace_seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
