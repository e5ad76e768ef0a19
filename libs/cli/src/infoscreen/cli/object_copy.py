"""Copies the bucket's objects to files and back, and verifies each by its hash.

Objects are written once under generated keys and never changed, so a file that exists is the object: a second backup
into the same directory copies only new objects.
"""

import asyncio
import hashlib
import json
import mimetypes
from collections.abc import Coroutine, Iterable
from pathlib import Path, PurePosixPath
from typing import Any

from infoscreen.cli.errors import CliError
from infoscreen.common.errors import NotFoundError
from infoscreen.common.object_store import ObjectStore, StoredObject

INDEX = "objects.jsonl"
_AT_ONCE = 4


class ObjectCopy:
    """The bucket's objects in a backup directory.

    Args:
        store: the bucket.
        directory: the backup; objects are below `objects/`, under their keys.
    """

    def __init__(self, store: ObjectStore, directory: Path) -> None:
        self._store = store
        self._files = directory / "objects"
        self._index = directory / INDEX
        self._known: dict[str, str] = {}  # key → sha256
        if self._index.exists():
            lines = self._index.read_text().splitlines()
            self._known = {entry["key"]: entry["sha256"] for entry in map(json.loads, lines)}

    async def fetch(self) -> set[str]:
        """Copies every object that the directory lacks; returns the keys that the bucket holds now."""
        found = await self._store.list("")
        removed = await _gather_bounded(self._fetch(entry) for entry in found)
        return {entry.key for entry in found} - removed

    async def _fetch(self, entry: StoredObject) -> str | None:
        """Copies one object; returns its key if the bucket no longer holds it."""
        path = self._path(entry.key)
        if entry.key in self._known and path.is_file() and path.stat().st_size == entry.size_bytes:
            return None
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            digest = await self._store.get_file(entry.key, path)
        except NotFoundError:
            return entry.key
        self._known[entry.key] = digest.sha256
        return None

    def keep_only(self, keys: set[str]) -> int:
        """Deletes every other object's file and writes the index; returns the number of objects in the backup."""
        for key in self._known.keys() - keys:
            self._path(key).unlink(missing_ok=True)
        self._known = {key: self._known[key] for key in sorted(keys)}
        lines = (json.dumps({"key": key, "sha256": sha256}) for key, sha256 in self._known.items())
        self._index.write_text("".join(f"{line}\n" for line in lines))
        return len(self._known)

    async def store(self) -> int:
        """Puts every object into the bucket; returns their number.

        Raises:
            CliError: a file is missing or is not what was backed up.
        """
        await _gather_bounded(self._put(key, sha256) for key, sha256 in self._known.items())
        return len(self._known)

    async def _put(self, key: str, sha256: str) -> None:
        path = self._path(key)
        try:
            digest = await asyncio.to_thread(_sha256, path)
        except FileNotFoundError:
            digest = "missing"
        if digest != sha256:
            raise CliError(f"{path} is not what was backed up ({digest}): take another backup.")
        content_type = mimetypes.guess_type(key)[0] or "application/octet-stream"
        await self._store.put_file(key, path, content_type)

    def _path(self, key: str) -> Path:
        if PurePosixPath(key).is_absolute() or ".." in PurePosixPath(key).parts:
            raise CliError(f"The key {key!r} leaves the backup's directory.")
        return self._files / key


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


async def _gather_bounded(work: Iterable[Coroutine[Any, Any, str | None]]) -> set[str]:
    """Awaits all coroutines, _AT_ONCE at a time; returns the results that are not None."""
    permits = asyncio.Semaphore(_AT_ONCE)

    async def one(item: Coroutine[Any, Any, str | None]) -> str | None:
        async with permits:
            return await item

    return {result for result in await asyncio.gather(*map(one, work)) if result is not None}
