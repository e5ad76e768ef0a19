"""Programs that find a small disk of their own in some folder: tmpfs in a mount namespace, which ends with them."""

from pathlib import Path

import pytest
from chaos import disks


def on_small_disk(folder: Path, size_bytes: int) -> tuple[str, ...]:
    """What comes before a program's own words; the test is skipped where the kernel or the user may not mount."""
    if reason := disks.unavailable():
        pytest.skip(reason)
    folder.mkdir(exist_ok=True)
    return ("unshare", "--mount", "sh", "-c", f'mount -t tmpfs -o size={size_bytes} tmpfs {folder} && exec "$@"', "sh")
