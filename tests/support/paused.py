"""Parts of a running system that are there and answer nothing, which is worse than being dead."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psutil


@contextmanager
def paused(endpoints: dict[str, Any], *names: str) -> Iterator[None]:
    """Hold parts, each with all its processes, by the process ids in a system's endpoints.json."""
    trees = [psutil.Process(endpoints["pids"][name]) for name in names]
    processes = [each for tree in trees for each in (tree, *tree.children(recursive=True))]
    for process in processes:
        process.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        for process in processes:
            process.send_signal(signal.SIGCONT)
