"""Processes for work on untrusted bytes: a child that can always be killed, and the kernel's fences around it."""

from pathlib import Path

import infoscreen


def import_roots() -> tuple[str, ...]:
    """The directories that the `infoscreen` packages are imported from: the PYTHONPATH of a child process."""
    return tuple(str(Path(portion).parent) for portion in infoscreen.__path__)
