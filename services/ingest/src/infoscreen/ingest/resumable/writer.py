"""Stores the bytes of one request, part by part; the offset moves only after the bytes before it are stored.

A writer commits only while no later request has claimed the upload: its compare-and-set fails then, and what it stored
counts for nothing.
"""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from infoscreen.common.clock import Clock
from infoscreen.common.document_types import HEAD_BYTES, RefusedFileError
from infoscreen.common.errors import NotFoundError
from infoscreen.common.failpoints import failpoint
from infoscreen.common.object_keys import tail_prefix
from infoscreen.ingest.protocols import Recogniser
from infoscreen.ingest.resumable.early import refuse_early
from infoscreen.ingest.resumable.errors import BeyondLengthError, ChecksumError, GoneError, OvertakenError
from infoscreen.ingest.resumable.protocols import PartStore, Records
from infoscreen.ingest.resumable.record import HeldRecord, Tail, UploadRecord

_TAIL_TYPE = "application/octet-stream"


@dataclass
class Checksum:
    """The checksum that a request claims to have; without it, its bytes count as they are stored.

    Attributes:
        algorithm: as `hashlib` names it.
        expected: the digest.
    """

    algorithm: str
    expected: bytes
    _hash: Any = field(init=False)

    def __post_init__(self) -> None:
        self._hash = hashlib.new(self.algorithm, usedforsecurity=False)

    def update(self, data: bytes) -> None:
        """Count further bytes."""
        self._hash.update(data)

    @property
    def matches(self) -> bool:
        """Whether the bytes so far have the digest."""
        return bool(self._hash.digest() == self.expected)


@dataclass
class Writer:
    """Goes on with an upload that its request has claimed. Each is used once, by ``write``."""

    store: PartStore
    records: Records
    recogniser: Recogniser
    clock: Clock
    lifetime: timedelta
    held: HeldRecord
    checksum: Checksum | None

    def __post_init__(self) -> None:
        self._next = self.held.record
        """The record as it will be with the bytes that are stored and do not count yet."""
        # What comes before the first part is read again from the tail, so the hash is of the whole file.
        self._hash = None if self._next.parts else hashlib.sha256()

    async def write(self, chunks: AsyncIterator[bytes]) -> HeldRecord:
        """Store what comes; bytes that came before the stream broke are kept, unless there is a checksum.

        Raises:
            OvertakenError: a later request goes on with the upload.
            BeyondLengthError: there are more bytes than were announced.
            ChecksumError: they do not match; none is kept.
            UnsupportedTypeError: they are the beginning of a file that cannot be shown.
            Exception: what broke the stream.
        """
        await self.store.cut(self._incoming(chunks), self._whole, self._rest)
        return self.held

    async def _incoming(self, chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        """The tail, and what comes after it; from the beginning of a file on with a look at its type."""
        record = self.held.record
        wanted = HEAD_BYTES if record.offset < HEAD_BYTES < record.length else 0
        head = b""
        async for chunk in self._all(chunks):
            if len(head) < wanted:
                head += chunk
                if len(head) >= wanted:
                    await refuse_early(self.recogniser, head[:HEAD_BYTES], record)
            yield chunk

    async def _all(self, chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        record = self.held.record
        left_bytes = record.length - record.offset
        if record.tail is not None:
            try:
                yield await self.store.get(record.tail.key)
            except NotFoundError:
                raise OvertakenError from None
        async for chunk in chunks:
            left_bytes -= len(chunk)
            if left_bytes < 0:
                raise BeyondLengthError(record.length)
            if self.checksum is not None:
                self.checksum.update(chunk)
            yield chunk

    async def _whole(self, data: bytes) -> None:
        await self._store_part(data)
        if self.checksum is None:
            await self._commit()

    async def _rest(self, data: bytes, error: Exception | None) -> None:
        if isinstance(error, RefusedFileError) or (error is not None and self.checksum is not None):
            return
        if self.checksum is not None and not self.checksum.matches:
            raise ChecksumError
        record = self._next
        if data and record.stored_bytes + len(data) == record.length:
            await self._store_part(data)
        elif record.stored_bytes + len(data) > record.offset:
            tail = Tail(f"{tail_prefix(record.upload_id)}{record.epoch}", len(data))
            await self.store.put(tail.key, data, _TAIL_TYPE)
            self._next = replace(record, tail=tail)
        if self._next is not self.held.record:
            await self._commit()

    async def _store_part(self, data: bytes) -> None:
        record = self._next
        if self._hash is not None:
            await asyncio.to_thread(self._hash.update, data)
        try:
            etag = await self.store.put_part(record.object_key, record.multipart_id, record.next_number, data)
        except NotFoundError:
            raise await self._stopped() from None
        failpoint("ingest.part_stored")
        self._next = record.with_part(etag, len(data))
        if self._next.stored_bytes == record.length:
            self._next = self._completed(self._next, self.clock())

    async def _stopped(self) -> OvertakenError | GoneError:
        """Why the store takes no more parts: another request went on, or the store dropped what it had."""
        held = await self.records.load(self.held.record.upload_id)
        if held.record.nonce != self.held.record.nonce:
            return OvertakenError()
        await self.records.swap(held, replace(held.record, ended=True))
        return GoneError()

    def _completed(self, record: UploadRecord, now: datetime) -> UploadRecord:
        return replace(record, completed_at=now, sha256=self._hash.hexdigest() if self._hash else None)

    async def _commit(self) -> None:
        """Have what is stored count."""
        before, record = self.held.record.tail, replace(self._next, expires=self.clock() + self.lifetime)
        held = await self.records.swap(self.held, record)
        if held is None:
            if record.tail is not None and record.tail != before:
                await self.store.delete(record.tail.key)
            raise OvertakenError
        self.held, self._next = held, held.record
        if before is not None and before != record.tail:
            await self.store.delete(before.key)
        if record.complete:
            failpoint("ingest.resumable_complete")
