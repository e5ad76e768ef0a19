"""The bucket, from async code.

minio-py is synchronous, so its calls run in a bounded set of threads. A thread is busy only while bytes are at hand
and on their way: a slow uploader never holds one.
"""

import asyncio
import contextlib
import hashlib
import io
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from itertools import islice, takewhile
from pathlib import Path
from typing import Any, BinaryIO, TypeAlias, TypeVar

import structlog
from minio.commonconfig import CopySource

from infoscreen.common.errors import InfoscreenError, NotFoundError
from infoscreen.common.formats.ranged_file import RandomAccess
from infoscreen.common.object_store.client import create_client, translated_errors
from infoscreen.common.object_store.multipart import (
    PARTS_IN_MEMORY,
    Digest,
    MultipartUpload,
    PartBuffers,
    abort_parts,
    abort_stale_uploads,
    at_boundaries,
    complete_parts,
    content_of,
    fill,
    put_on_condition,
    put_part,
)
from infoscreen.common.settings import S3Settings

_CHUNK_BYTES = 1024 * 1024
_PAGE_OBJECTS = 1000
_UNKNOWN_TYPE = "application/octet-stream"
_MD5_DIGITS = 32  # an ETag of another length is not the MD5 of the content
_Result = TypeVar("_Result")
Look: TypeAlias = Callable[[RandomAccess], Awaitable[_Result]]
"""Reads the parts of a file that it needs, and returns a result."""
SendPart: TypeAlias = Callable[[bytes], Awaitable[None]]
SendRest: TypeAlias = Callable[[bytes, Exception | None], Awaitable[None]]
_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class StoredObject:
    """An object as the store lists it; ``tag`` changes with its content."""

    key: str
    size_bytes: int
    modified_at: datetime | None
    tag: str = ""

    def is_older(self, than: datetime) -> bool:
        """True if it was stored before a time; False where the store does not say when it was."""
        return self.modified_at is not None and self.modified_at < than


class ObjectStore:
    """The one bucket. Every method raises ``UnavailableError`` when the store is away or refuses.

    Args:
        settings: where the store is.
        max_threads: how many calls run at once.
        memory_parts: how many uploads have their buffer (5 MiB) in memory; further ones have it on disk.
        max_uploads: how many there may be at once.
    """

    def __init__(
        self,
        settings: S3Settings,
        max_threads: int = 16,
        memory_parts: int = PARTS_IN_MEMORY,
        max_uploads: int = 256,
    ) -> None:
        self._client = create_client(settings, settings.endpoint, max_threads)
        self._bucket = settings.bucket
        self._buffers = PartBuffers(memory_parts, max_uploads)
        self._copies = asyncio.Semaphore(max_threads)
        self._threads = ThreadPoolExecutor(max_threads, thread_name_prefix="object-store")

    def close(self) -> None:
        """End the threads; calls that have not begun are cancelled."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _run(self, work: Callable[..., _Result], *args: Any, **kwargs: Any) -> _Result:
        def guarded() -> _Result:
            with translated_errors():
                return work(*args, **kwargs)

        return await asyncio.get_running_loop().run_in_executor(self._threads, guarded)

    async def ensure_bucket(self) -> None:
        """Create the bucket unless it exists (part of the topology job)."""
        if not await self._run(self._client.bucket_exists, self._bucket):
            await self._run(self._client.make_bucket, self._bucket)

    async def check(self) -> str | None:
        """Health: None when the bucket answers."""
        exists = await self._run(self._client.bucket_exists, self._bucket)
        return None if exists else f"bucket {self._bucket!r} does not exist: run `infoscreen topology apply`"

    async def put(self, key: str, data: bytes, content_type: str) -> None:
        """Store bytes under a key."""
        await self._run(
            self._client.put_object, self._bucket, key, io.BytesIO(data), len(data), content_type=content_type
        )

    async def create(self, key: str, data: bytes, content_type: str) -> str | None:
        """Store bytes under a key that is free; returns their tag; None when it is taken. One of several succeeds."""
        headers = {"Content-Type": content_type, "If-None-Match": "*"}
        return await self._run(put_on_condition, self._client, self._bucket, key, data, headers)

    async def replace(self, key: str, data: bytes, content_type: str, tag: str) -> str | None:
        """Store bytes in place of those with this tag; returns the new tag, or None when those are no longer there."""
        headers = {"Content-Type": content_type, "If-Match": tag}
        return await self._run(put_on_condition, self._client, self._bucket, key, data, headers)

    async def put_file(self, key: str, path: Path, content_type: str) -> bool:
        """Store a local file under a key.

        Returns:
            True where the answer proves that the object has the bytes of the file; False where only a look at the
            object can tell, as of one in parts.
        """
        return await self._run(self._put_file, key, path, content_type)

    def _put_file(self, key: str, path: Path, content_type: str) -> bool:
        etag = self._client.fput_object(self._bucket, key, str(path), content_type=content_type).etag or ""
        if len(etag) != _MD5_DIGITS:
            return False
        with path.open("rb") as file:
            return hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest() == etag

    def reserve_upload(self) -> AbstractContextManager[None]:
        """Within the block there is room for one more `put_stream`; enter it before you read what is to be stored.

        Raises:
            UnavailableError: on entering; there is no room at the moment.
        """
        return self._buffers.reserve()

    async def put_stream(self, key: str, chunks: AsyncIterator[bytes], look: Look[_Result]) -> tuple[Digest, _Result]:
        """Store and hash a stream of unknown length, then have ``look`` inspect it.

        An error of ``chunks`` or ``look`` ends the upload and leaves nothing behind. Memory stays at one part.

        Args:
            key: where to store it.
            chunks: its bytes.
            look: gets the content.
        """
        with self._buffers.open() as buffer:
            if not await fill(buffer, chunks):
                return await self._put_whole(key, buffer, look)
            digest = await self._put_parts(key, buffer, chunks)
        try:
            return digest, await self.inspect(key, digest.size_bytes, look)
        except BaseException:
            await asyncio.shield(self.delete(key))
            raise

    async def _put_whole(self, key: str, buffer: BinaryIO, look: Look[_Result]) -> tuple[Digest, _Result]:
        async with self._copies:
            data = await self._run(content_of, buffer)

            async def read(offset: int, length: int) -> bytes:
                return data[offset : offset + length]

            seen = await look(RandomAccess(len(data), read))
            digest = await self._run(self._put_hashed, key, data)
        return digest, seen

    def _put_hashed(self, key: str, data: bytes) -> Digest:
        self._client.put_object(self._bucket, key, io.BytesIO(data), len(data), content_type=_UNKNOWN_TYPE)
        return Digest(hashlib.sha256(data).hexdigest(), len(data))

    async def _put_parts(self, key: str, buffer: BinaryIO, chunks: AsyncIterator[bytes]) -> Digest:
        """Store a full buffer, and what follows it, as parts of one object: one leaves while the next one comes."""
        upload = await self._run(MultipartUpload, self._client, self._bucket, key, _UNKNOWN_TYPE)
        send = partial(self._run, upload.send)
        try:
            more = True
            while more:
                async with self._part_on_its_way(send, buffer):
                    more = await fill(buffer, chunks)
            if buffer.tell():
                async with self._part_on_its_way(send, buffer):
                    pass
            return await self._run(upload.complete)
        except BaseException:
            await asyncio.shield(self._abort(upload))
            raise

    @asynccontextmanager
    async def _part_on_its_way(self, send: SendPart, buffer: BinaryIO) -> AsyncIterator[None]:
        """Send a copy of the buffer; within the block the buffer is free, and after it the part is stored.

        No more copies than threads exist at a time, so many uploads do not add up in memory.
        """
        async with self._copies:
            sending = asyncio.ensure_future(send(content_of(buffer)))
            try:
                yield
            finally:
                # A thread cannot be interrupted: the upload is aborted only after it.
                await asyncio.gather(sending, return_exceptions=True)
            await sending

    async def _abort(self, upload: MultipartUpload) -> None:
        try:
            await self._run(upload.abort)
        except InfoscreenError as error:  # what ended the upload matters more; stale parts are cleaned up later
            _log.warning("upload_not_aborted", error=str(error))

    async def abort_stale_uploads(self, prefix: str, begun_before: datetime, keep: Collection[str] = ()) -> int:
        """Abort multipart uploads that began before a time and never ended; returns how many.

        The process that began such an upload has died: a living process completes or aborts its own. Those to the keys
        in ``keep`` may be gone on with by any process, and stay.
        """
        return await self._run(abort_stale_uploads, self._client, self._bucket, prefix, begun_before, keep)

    async def cut(self, chunks: AsyncIterator[bytes], whole: SendPart, rest: SendRest) -> None:
        """Cut a stream into parts of ``PART_SIZE_BYTES``: one is stored while the next one comes. Memory stays at one.

        Args:
            chunks: the stream.
            whole: stores each part that is whole, in order.
            rest: stores the end of the stream, perhaps empty; with the error that broke the stream, if one did.

        Raises:
            Exception: what broke the stream, after ``rest``; what ``whole`` raises, without it.
        """
        chunks = at_boundaries(chunks)
        with self._buffers.open() as buffer:
            more, error = await _filled(buffer, chunks)
            while more:
                async with self._part_on_its_way(whole, buffer):
                    more, error = await _filled(buffer, chunks)
            async with self._copies:
                await rest(content_of(buffer), error)
        if error is not None:
            raise error

    async def begin_parts(self, key: str) -> str:
        """Begin a multipart upload that any process may go on with, and return its id."""
        return (await self._run(MultipartUpload, self._client, self._bucket, key, _UNKNOWN_TYPE)).id

    async def put_part(self, key: str, multipart_id: str, number: int, data: bytes) -> str:
        """Store a part, and return its ETag.

        Raises:
            NotFoundError: the multipart upload has ended.
        """
        return await self._run(put_part, self._client, (self._bucket, key), multipart_id, number, data)

    async def complete_parts(self, key: str, multipart_id: str, parts: Sequence[tuple[int, str]]) -> None:
        """Make one object of parts, each with its number and ETag; others that were stored are dropped.

        Raises:
            NotFoundError: the multipart upload has ended.
        """
        await self._run(complete_parts, self._client, (self._bucket, key), multipart_id, parts)

    async def abort_parts(self, key: str, multipart_id: str) -> None:
        """Drop a multipart upload; dropping one that has ended is fine."""
        with contextlib.suppress(NotFoundError):
            await self._run(abort_parts, self._client, (self._bucket, key), multipart_id)

    async def copy(self, key: str, to: str) -> None:
        """Copy an object within the store; the copy stays when the object is deleted.

        Raises:
            NotFoundError: there is no such object.
        """
        await self._run(self._client.copy_object, self._bucket, to, CopySource(self._bucket, key))

    async def digest(self, key: str) -> Digest:
        """Read an object once, for its hash and size.

        Raises:
            NotFoundError: there is no such object.
        """
        return await self._run(self._copy_to, key, Path(os.devnull))

    async def get(self, key: str) -> bytes:
        """The whole of a small object.

        Raises:
            NotFoundError: there is no such object.
        """
        return await self._run(self._read, key)

    async def get_tagged(self, key: str) -> tuple[bytes, str]:
        """The whole of a small object, with the tag that ``replace`` asks for.

        Raises:
            NotFoundError: there is no such object.
        """
        return await self._run(self._read_tagged, key)

    def _read(self, key: str, offset: int = 0, length: int = 0) -> bytes:
        return self._read_tagged(key, offset, length)[0]

    def _read_tagged(self, key: str, offset: int = 0, length: int = 0) -> tuple[bytes, str]:
        response = self._client.get_object(self._bucket, key, offset=offset, length=length)
        try:
            return response.read(), response.headers.get("ETag", "")
        finally:
            response.close()
            response.release_conn()

    async def get_file(self, key: str, path: Path) -> Digest:
        """Copy an object to a local file and return its digest, which the caller compares with the expected one.

        Raises:
            NotFoundError: there is no such object.
        """
        return await self._run(self._copy_to, key, path)

    def _copy_to(self, key: str, path: Path) -> Digest:
        digest, size = hashlib.sha256(), 0
        response = self._client.get_object(self._bucket, key)
        try:
            with path.open("wb") as file:
                for chunk in response.stream(_CHUNK_BYTES):
                    file.write(chunk)
                    digest.update(chunk)
                    size += len(chunk)
        finally:
            response.close()
            response.release_conn()
        return Digest(digest.hexdigest(), size)

    async def inspect(self, key: str, size_bytes: int, look: Look[_Result]) -> _Result:
        """Have ``look`` inspect an object; only the ranges that it asks for are read."""

        async def read(offset: int, length: int) -> bytes:
            return await self._run(self._read, key, offset, length)

        return await look(RandomAccess(size_bytes, read))

    async def stat(self, key: str) -> StoredObject | None:
        """What is stored under a key, or None."""
        try:
            found = await self._run(self._client.stat_object, self._bucket, key)
        except NotFoundError:
            return None
        return StoredObject(key, int(found.size or 0), found.last_modified)

    async def delete(self, key: str) -> None:
        """Remove an object; removing what is not there is fine."""
        await self._run(self._client.remove_object, self._bucket, key)

    async def is_listed(self, key: str) -> bool:
        """Whether a listing of its folder shows an object: SeaweedFS, once its disk was full, may not (seen)."""
        folder, before = key[: key.rindex("/") + 1], key[:-1]

        def look() -> bool:
            found = self._client.list_objects(self._bucket, folder, recursive=True, start_after=before)
            names = (str(item.object_name) for item in found)
            return key in takewhile(lambda name: name <= key, names)

        return await self._run(look)

    async def walk(self, prefix: str) -> AsyncIterator[StoredObject]:
        """Every object below a prefix, with one page of them in memory.

        Folders of names of one length come in the order of their bytes; SeaweedFS lists others a folder at a time.
        """
        found = iter(self._client.list_objects(self._bucket, prefix, recursive=True))

        def page() -> Sequence[StoredObject]:
            return [
                StoredObject(str(o.object_name), int(o.size or 0), o.last_modified, o.etag or "")
                for o in islice(found, _PAGE_OBJECTS)
            ]

        while objects := await self._run(page):
            for item in objects:
                yield item

    async def list(self, prefix: str) -> list[StoredObject]:
        """Every object below a prefix, for prefixes that have few."""
        return [item async for item in self.walk(prefix)]


async def _filled(buffer: BinaryIO, chunks: AsyncIterator[bytes]) -> tuple[bool, Exception | None]:
    """As ``fill``, with the error that broke the stream; what came before it is in the buffer."""
    try:
        return await fill(buffer, chunks), None
    except Exception as error:  # noqa: BLE001 - the caller raises it once the buffer is stored
        return False, error
