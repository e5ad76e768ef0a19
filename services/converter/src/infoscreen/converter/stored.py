"""Stores what opening a medium gave."""

import asyncio
import hashlib
from pathlib import Path
from uuid import uuid4

from infoscreen.common.errors import TransientError
from infoscreen.common.rendition import Rendition, media_type_of
from infoscreen.converter.engines.opened import Opened, thumbnail_in
from infoscreen.converter.protocols import DocumentStore


async def put_whole(store: DocumentStore, key: str, path: Path, content_type: str) -> None:
    """Store a local file under a key, and see that it is there whole.

    Raises:
        TransientError, UnavailableError: it could not be stored.
    """
    if await store.put_file(key, path, content_type):
        return
    stored = await store.stat(key)
    if stored is None or stored.size_bytes != path.stat().st_size:  # noqa: ASYNC240 - one system call
        raise TransientError(f"{key} was not stored whole")


async def store_opened(store: DocumentStore, file_hash: str, folder: Path, opened: Opened, seconds: float) -> Rendition:
    """Write the thumbnail, and what is to be shown instead of the original, under fresh keys; see that it is there.

    The rendition of an original that is shown as it is, is its thumbnail.

    Raises:
        TransientError, UnavailableError: it could not be stored.
    """
    base = f"converted/{file_hash}/{uuid4()}"
    thumbnail = thumbnail_in(folder)
    shown = opened.result or thumbnail
    keys = {thumbnail: f"{base}.webp", shown: f"{base}{shown.suffix}"}
    digest, *_ = await asyncio.gather(
        asyncio.to_thread(_sha256, shown),
        *(put_whole(store, key, path, media_type_of(key)) for path, key in keys.items()),
    )
    return Rendition(
        pdf_key=keys[shown],
        pdf_sha256=digest,
        pdf_size_bytes=shown.stat().st_size,
        pages=opened.pages,
        thumbnail_key=keys[thumbnail],
        duration_seconds=round(seconds, 3),
        length_seconds=opened.length_seconds,
    )


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
