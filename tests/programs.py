"""Programs that tests run beside ours: where scripts/bootstrap has put them, or wherever else they are."""

import shutil
import sys
from pathlib import Path

import pytest

from infoscreen.cli.requirements import repository_root

_DEBIAN = repository_root() / ".tools" / "debian"


def program(name: str) -> str:
    """The path of a program; the test skips where there is none."""
    installed = (Path(sys.executable).with_name(name), *_DEBIAN.glob(f"*/usr/bin/{name}"))
    found = next(filter(Path.is_file, installed), None) or shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed")
    return str(found)
