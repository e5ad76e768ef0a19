"""Small disks that can be filled: tmpfs in a mount namespace of the stack's own, which goes when its processes go."""

import asyncio
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

SIZES_MIB = {"nats": 256, "s3": 1024}
"""Which parts of the data directory are a disk of their own, and how large."""

_FILLER = "filler"
_PAGE_BYTES = 4096


def unavailable() -> str | None:
    """Why there are no small disks here, or None: tried, not guessed."""
    with tempfile.TemporaryDirectory() as folder:
        trial = subprocess.run(
            ["unshare", "--mount", "mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", folder],
            capture_output=True,
            text=True,
            check=False,
        )
    return (
        None if trial.returncode == 0 else f"mounting needs root and a kernel that allows it ({trial.stderr.strip()})"
    )


def mount(data_dir: Path) -> None:
    """Put the small disks where servers keep their data. Called within the namespace."""
    for name, size in SIZES_MIB.items():
        disk = data_dir / name
        disk.mkdir(parents=True, exist_ok=True)
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}m,mode=0755", "tmpfs", str(disk)], check=True)


class Disk:
    """One small disk, seen from outside the namespace through a process that is in it."""

    def __init__(self, pid: int, path: Path) -> None:
        self._path = Path(f"/proc/{pid}/root") / path.absolute().relative_to("/")

    async def fill(self) -> None:
        """Leave no room."""
        await asyncio.to_thread(self._fill)

    def _fill(self) -> None:
        with (self._path / _FILLER).open("wb") as filler:
            while free := shutil.disk_usage(self._path).free // _PAGE_BYTES * _PAGE_BYTES:
                try:
                    os.posix_fallocate(filler.fileno(), filler.seek(0, os.SEEK_END), free)
                except OSError:
                    continue  # a server was quicker: less is free by now

    def make_room(self) -> None:
        """Let it breathe again."""
        (self._path / _FILLER).unlink(missing_ok=True)
