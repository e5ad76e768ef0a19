"""Uploads a stream of unknown length in parts, each buffered whole before it is sent, and puts on condition.

Only this module calls private methods of minio-py, for the reasons in docs/adr/0014-multipart-uploads.md.

S3 takes no part below 5 MiB but the last, so each upload under way has one buffer of that size. The first few
buffers are memory, for speed; when many (slow) uploads meet, the others are unlinked files, so memory stays bounded
and no upload waits for another one's buffer. A file has its room on the disk before anything is written into it.
"""

import hashlib
import io
import os
from collections.abc import AsyncIterator, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from tempfile import TemporaryFile
from typing import Any, BinaryIO, TypeAlias

from minio import Minio
from minio.datatypes import Part
from minio.error import S3Error

from infoscreen.common.errors import UnavailableError
from infoscreen.common.object_store.client import PART_SIZE_BYTES

BUFFER_FILE_BYTES = PART_SIZE_BYTES + 512 * 1024
"""What a buffer on disk takes: a part, and the rest of the chunk that completed it."""
PARTS_IN_MEMORY = 16
_CONDITION_FAILED = {"PreconditionFailed", "ConditionalRequestConflict", "NoSuchKey"}
"""NoSuchKey: the object that was to be replaced is gone."""
Place: TypeAlias = tuple[str, str]
"""A bucket and a key."""
_NO_ROOM = "There is no room for more uploads. Try again in a moment."


@dataclass(frozen=True)
class Digest:
    """The hash and the size of transferred bytes."""

    sha256: str
    size_bytes: int


def temporary_bytes(uploads: int) -> int:
    """How many bytes of the folder for temporary files so many concurrent uploads take."""
    return max(0, uploads - PARTS_IN_MEMORY) * BUFFER_FILE_BYTES


class PartBuffers:
    """Hands out buffers of one part each, and keeps them for uploads whose bodies are still to be read.

    Args:
        in_memory: how many of them may be memory at the same time.
        limit: how many there may be at the same time; what is not memory is a file in the folder for temporary ones.
    """

    def __init__(self, in_memory: int, limit: int) -> None:
        self._free_in_memory, self._free = in_memory, limit
        self._reserved: list[BinaryIO] = []

    @contextmanager
    def reserve(self) -> Iterator[None]:
        """Reserve a buffer for an upload within the block.

        Raises:
            UnavailableError: all are in use, or the disk is full.
        """
        self._reserved.append(self._take())
        try:
            yield
        finally:  # perhaps another buffer than the one taken: all are alike
            self._give_back(self._reserved.pop())

    @contextmanager
    def open(self) -> Iterator[BinaryIO]:
        """A buffer for as long as the block lasts: a reserved one where there is one. Raises as `reserve`."""
        if not self._reserved:
            with self.reserve(), self.open() as buffer:
                yield buffer
            return
        buffer = self._reserved.pop()
        try:
            yield buffer
        finally:
            self._reserved.append(buffer)

    def _take(self) -> BinaryIO:
        if not self._free:
            raise UnavailableError(_NO_ROOM)
        buffer = io.BytesIO() if self._free_in_memory else _file_with_room()
        self._free -= 1
        self._free_in_memory -= isinstance(buffer, io.BytesIO)
        return buffer

    def _give_back(self, buffer: BinaryIO) -> None:
        buffer.close()
        self._free += 1
        self._free_in_memory += isinstance(buffer, io.BytesIO)


def _file_with_room() -> BinaryIO:
    try:
        file = TemporaryFile()  # noqa: SIM115 - `PartBuffers` closes it
    except OSError as error:
        raise UnavailableError(_NO_ROOM) from error
    try:
        os.posix_fallocate(file.fileno(), 0, BUFFER_FILE_BYTES)
    except OSError as error:
        file.close()
        raise UnavailableError(_NO_ROOM) from error
    return file


async def fill(buffer: BinaryIO, chunks: AsyncIterator[bytes]) -> bool:
    """Fill a buffer anew with a part, to its position; False when the stream ended before it was whole.

    Raises:
        UnavailableError: the buffer is a file, and the disk is full.
    """
    buffer.seek(0)
    async for chunk in chunks:
        try:
            buffer.write(chunk)
        except OSError as error:
            raise UnavailableError(_NO_ROOM) from error
        if buffer.tell() >= PART_SIZE_BYTES:
            return True
    return False


async def at_boundaries(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """A stream whose chunks end where parts end, so that each part has exactly ``PART_SIZE_BYTES``."""
    room = PART_SIZE_BYTES
    async for chunk in chunks:
        left = chunk
        while left:
            piece, left = left[:room], left[room:]
            room = room - len(piece) or PART_SIZE_BYTES
            yield piece


def content_of(buffer: BinaryIO) -> bytes:
    """What was written into a buffer."""
    size = buffer.tell()
    buffer.seek(0)
    return buffer.read(size)


class MultipartUpload:
    """One S3 multipart upload, part by part, hashed on the way. Its methods block.

    minio-py offers parts only behind ``put_object``, which reads a blocking stream and so would hold a thread for
    as long as an uploader is slow. The methods used here are private to minio-py.
    """

    def __init__(self, client: Minio, bucket: str, key: str, content_type: str) -> None:
        self._client: Any = client
        self._place = (bucket, key)
        self.id: str = self._client._create_multipart_upload(*self._place, {"Content-Type": content_type})  # noqa: SLF001 - see above
        self._parts: list[Part] = []
        self._hash = hashlib.sha256()
        self._size = 0

    def send(self, data: bytes) -> None:
        """Store the next part."""
        self._hash.update(data)
        self._size += len(data)
        number = len(self._parts) + 1
        etag = self._client._upload_part(*self._place, data, None, self.id, number)  # noqa: SLF001 - see above
        self._parts.append(Part(number, etag))

    def complete(self) -> Digest:
        """Make the parts one object."""
        self._client._complete_multipart_upload(*self._place, self.id, self._parts)  # noqa: SLF001 - see above
        return Digest(self._hash.hexdigest(), self._size)

    def abort(self) -> None:
        """Forget the parts."""
        self._client._abort_multipart_upload(*self._place, self.id)  # noqa: SLF001 - see above


def put_part(client: Minio, place: Place, multipart_id: str, number: int, data: bytes) -> str:
    """Store a part of a multipart upload that another process may have begun; returns its ETag. Blocks."""
    private: Any = client
    etag: str = private._upload_part(*place, data, None, multipart_id, number)  # noqa: SLF001 - see MultipartUpload
    return etag


def complete_parts(client: Minio, place: Place, multipart_id: str, parts: Sequence[tuple[int, str]]) -> None:
    """Make one object of these parts, by number and ETag. Blocks."""
    private: Any = client
    private._complete_multipart_upload(*place, multipart_id, [Part(*part) for part in parts])  # noqa: SLF001 - as above


def abort_parts(client: Minio, place: Place, multipart_id: str) -> None:
    """Drop a multipart upload with its parts. Blocks."""
    private: Any = client
    private._abort_multipart_upload(*place, multipart_id)  # noqa: SLF001 - as above


def abort_stale_uploads(client: Minio, bucket: str, prefix: str, begun_before: datetime, keep: Collection[str]) -> int:
    """Abort every upload below a prefix that was begun before a time, but those to keys to keep. Blocks."""
    private: Any = client
    aborted, marker = 0, None
    while True:
        page = private._list_multipart_uploads(bucket, prefix=prefix, key_marker=marker)  # noqa: SLF001 - see MultipartUpload
        for upload in page.uploads:
            begun = upload.initiated_time
            if begun is not None and begun < begun_before and upload.object_name not in keep:
                private._abort_multipart_upload(bucket, upload.object_name, upload.upload_id)  # noqa: SLF001 - as above
                aborted += 1
        if not page.is_truncated:
            return aborted
        marker = page.next_key_marker


def put_on_condition(client: Minio, bucket: str, key: str, data: bytes, headers: dict[str, str]) -> str | None:
    """Put bytes with ``If-None-Match`` or ``If-Match`` among the headers; the tag, or None where it fails. Blocks.

    minio-py's public methods turn such headers into metadata.
    """
    private: Any = client
    try:
        stored = private._put_object(bucket, key, data, headers)  # noqa: SLF001 - see MultipartUpload
    except S3Error as error:
        if error.code in _CONDITION_FAILED:
            return None
        raise
    return f'"{stored.etag}"'
