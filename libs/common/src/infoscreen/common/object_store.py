"""Objects in S3-compatible storage, by generated keys only, from async code.

minio-py is synchronous, so its calls run in a bounded set of threads. A thread is busy only while bytes are in
memory and on their way: a slow uploader never holds one.
"""

import asyncio
import hashlib
import io
from collections.abc import AsyncIterable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote, urlsplit

import urllib3
from minio import Minio
from minio.datatypes import Part
from minio.error import MinioException, S3Error

from infoscreen.common.errors import NotFoundError, UnavailableError
from infoscreen.common.settings import S3Settings

PART_SIZE_BYTES = 5 * 1024 * 1024
"""S3's smallest part, so an upload holds no more than this in memory."""
PRESIGNED_SECONDS = 600
_CHUNK_BYTES = 1024 * 1024
_Result = TypeVar("_Result")


@dataclass(frozen=True)
class StoredObject:
    """What the store says about an object."""

    key: str
    size_bytes: int
    modified_at: datetime | None


@dataclass(frozen=True)
class Digest:
    """What was seen of bytes on their way."""

    sha256: str
    size_bytes: int


class ObjectStore:
    """The one bucket. Every method raises ``UnavailableError`` when the store is away or refuses.

    Args:
        settings: where the store is.
        max_threads: how many calls run at once.
    """

    def __init__(self, settings: S3Settings, max_threads: int = 16) -> None:
        self._client = _client(settings, settings.endpoint, max_threads)
        self._bucket = settings.bucket
        self._threads = ThreadPoolExecutor(max_threads, thread_name_prefix="object-store")

    def close(self) -> None:
        """Let go of the threads."""
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

    async def put_file(self, key: str, path: Path, content_type: str) -> None:
        """Store a local file under a key."""
        await self._run(self._client.fput_object, self._bucket, key, str(path), content_type=content_type)

    async def put_stream(self, key: str, chunks: AsyncIterable[bytes], content_type: str) -> Digest:
        """Store a stream of unknown length, hashing it on the way; memory stays at one part.

        Whatever ``chunks`` raises ends the upload and leaves nothing behind.
        """
        digest, size = hashlib.sha256(), 0
        upload: _MultipartUpload | None = None
        part = bytearray()
        try:
            async for chunk in chunks:
                part += chunk
                size += len(chunk)
                if len(part) >= PART_SIZE_BYTES:
                    upload = upload or await self._begin_multipart(key, content_type)
                    await self._run(_hash_and_send, digest, upload, bytes(part))
                    part.clear()
            digest.update(part)
            if upload is None:
                await self.put(key, bytes(part), content_type)
            else:
                if part:
                    await self._run(upload.send, bytes(part))
                await self._run(upload.complete)
        except BaseException:
            if upload is not None:
                await asyncio.shield(self._run(upload.abort))
            raise
        return Digest(digest.hexdigest(), size)

    async def _begin_multipart(self, key: str, content_type: str) -> "_MultipartUpload":
        return await self._run(_MultipartUpload, self._client, self._bucket, key, content_type)

    async def get(self, key: str) -> bytes:
        """The whole of a small object.

        Raises:
            NotFoundError: there is no such object.
        """
        return await self._run(self._read, key)

    def _read(self, key: str, offset: int = 0, length: int = 0) -> bytes:
        response = self._client.get_object(self._bucket, key, offset=offset, length=length)
        try:
            return response.read()
        finally:
            response.close()
            response.release_conn()

    async def get_file(self, key: str, path: Path) -> Digest:
        """Copy an object to a local file and say what arrived; compare it with what you expect.

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

    async def inspect(self, key: str, size_bytes: int, look: Callable[[io.BufferedReader], _Result]) -> _Result:
        """Run a synchronous ``look`` at an object as a seekable file, reading only the ranges it asks for."""
        reader = io.BufferedReader(_RangedObject(partial(self._read, key), size_bytes), 64 * 1024)
        return await self._run(look, reader)

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

    async def list(self, prefix: str) -> list[StoredObject]:
        """Every object below a prefix."""

        def everything() -> list[StoredObject]:
            found = self._client.list_objects(self._bucket, prefix, recursive=True)
            return [StoredObject(str(o.object_name), int(o.size or 0), o.last_modified) for o in found]

        return await self._run(everything)


class Presigner:
    """Presigned GET URLs for the public endpoint, made without touching the network and never logged."""

    def __init__(self, settings: S3Settings) -> None:
        self._client = _client(settings, settings.public_endpoint, 1)
        self._bucket = settings.bucket

    def get_url(self, key: str, filename: str, content_type: str, expires_seconds: int = PRESIGNED_SECONDS) -> str:
        """A URL that shows the object inline under a safe filename until it expires."""
        return self._client.presigned_get_object(
            self._bucket,
            key,
            expires=timedelta(seconds=expires_seconds),
            response_headers={
                "response-content-disposition": content_disposition(filename),
                "response-content-type": content_type,
            },
        )


def content_disposition(filename: str) -> str:
    """An inline Content-Disposition that no filename can break out of (RFC 6266, RFC 8187)."""
    plain = "".join(c if c.isascii() and (c.isalnum() or c in " ._-()") else "_" for c in filename) or "file"
    return f"inline; filename=\"{plain}\"; filename*=UTF-8''{quote(filename, safe='')}"


class _MultipartUpload:
    """One S3 multipart upload, part by part.

    minio-py offers parts only behind ``put_object``, which reads a blocking stream and so would hold a thread for
    as long as an uploader is slow. The methods used here are private to minio-py; its version is locked, and the
    integration tests would see a change.
    """

    def __init__(self, client: Minio, bucket: str, key: str, content_type: str) -> None:
        self._client: Any = client
        self._place = (bucket, key)
        self._id: str = self._client._create_multipart_upload(*self._place, {"Content-Type": content_type})  # noqa: SLF001 - see above
        self._parts: list[Part] = []

    def send(self, data: bytes) -> None:
        number = len(self._parts) + 1
        etag = self._client._upload_part(*self._place, data, None, self._id, number)  # noqa: SLF001 - see above
        self._parts.append(Part(number, etag))

    def complete(self) -> None:
        self._client._complete_multipart_upload(*self._place, self._id, self._parts)  # noqa: SLF001 - see above

    def abort(self) -> None:
        self._client._abort_multipart_upload(*self._place, self._id)  # noqa: SLF001 - see above


def _hash_and_send(digest: Any, upload: _MultipartUpload, data: bytes) -> None:
    digest.update(data)
    upload.send(data)


class _RangedObject(io.RawIOBase):
    """A seekable, read-only view of an object through ranged GETs."""

    def __init__(self, read: Callable[[int, int], bytes], size_bytes: int) -> None:
        super().__init__()
        self._read_range = read
        self._size = size_bytes
        self._position = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._size}[whence]
        self._position = max(0, base + offset)
        return self._position

    def readinto(self, buffer: Any) -> int:
        wanted = min(len(buffer), self._size - self._position)
        if wanted <= 0:
            return 0
        data = self._read_range(self._position, wanted)
        buffer[: len(data)] = data
        self._position += len(data)
        return len(data)


def _client(settings: S3Settings, endpoint: str, connections: int) -> Minio:
    address = urlsplit(endpoint)
    return Minio(
        address.netloc,
        access_key=settings.access_key.get_secret_value(),
        secret_key=settings.secret_key.get_secret_value(),
        secure=address.scheme == "https",
        region=settings.region,  # without it, presigning asks the server
        http_client=urllib3.PoolManager(  # minio-py's own would wait 300 s and try five times
            timeout=urllib3.Timeout(connect=2, read=30),
            maxsize=connections,
            retries=urllib3.Retry(total=2, backoff_factor=0.2, status_forcelist=[500, 502, 503, 504]),
        ),
    )


@contextmanager
def translated_errors() -> Iterator[None]:
    """Turn the client library's errors into ours."""
    try:
        yield
    except S3Error as error:
        if error.code in {"NoSuchKey", "NoSuchObject", "NoSuchUpload"}:
            raise NotFoundError(f"object {error.object_name!r} is not stored") from error
        raise UnavailableError(f"The object store refused: {error.code}.") from error
    except (MinioException, urllib3.exceptions.HTTPError, OSError) as error:
        raise UnavailableError("The object store does not answer. Try again in a moment.") from error
