"""The early verdict never refuses what the whole file's verdict accepts."""

import asyncio
import io
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from infoscreen.common.document_types import HEAD_BYTES, RefusedFileError, UnsupportedTypeError, identify
from infoscreen.common.events import Priority
from infoscreen.common.formats.ranged_file import RangedFile
from infoscreen.ingest.resumable.early import refuse_early
from infoscreen.ingest.resumable.record import UploadRecord

STARTS = [
    b"",
    b"PK\x03\x04",
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
    b"%PDF-1.7",
    b"\n\n%PDF-1.7",
    b"{\\rtf1",
    b"\x89PNG\r\n\x1a\n",
    b"\xff\xd8\xff",
    b"GIF89a",
    b"RIFF0000WEBP",
    b"\0\0\0\x20ftypisom",
    b"\0\0\0\x20ftypheic",
    b"\x1a\x45\xdf\xa3\x42\x82\x84webm",
    (
        b'<?xml version="1.0"?><o:document xmlns:o="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
        b'o:mimetype="application/vnd.oasis.opendocument.presentation">'
    ),
    b"<html>",
    b"<!--",
]


class Direct:
    """Tells types in this process, through the same reads."""

    async def identify(self, content, filename):
        reads = []

        def read(offset, length):
            reads.append(offset + length)
            return loop.run_until_complete(content.read(offset, length))

        loop = asyncio.new_event_loop()
        try:
            return await asyncio.to_thread(
                identify, io.BufferedReader(RangedFile(read, content.size_bytes), 16 * 1024), filename
            )
        finally:
            loop.close()
            assert max(reads) <= HEAD_BYTES, "the verdict needs no more than what is there"


def record(size, filename):
    return UploadRecord(
        upload_id=uuid4(),
        media_id=uuid4(),
        owner="bob",
        filename=filename,
        priority=Priority.NORMAL,
        length=size,
        object_key="originals/x",
        multipart_id="1",
        expires=datetime.now(UTC),
    )


def refused_early(content, filename):
    try:
        asyncio.run(refuse_early(Direct(), content[:HEAD_BYTES], record(len(content), filename)))
    except UnsupportedTypeError:
        return True
    return False


def refused(content, filename):
    try:
        identify(io.BytesIO(content), filename)
    except RefusedFileError:
        return True
    return False


@given(st.sampled_from(STARTS), st.binary(max_size=64), st.sampled_from([b"\0", b" ", b"a", b"<", b"\xff"]))
@example(b"", b"", b" ")
def test_it_refuses_nothing_that_the_whole_file_would_not_be_refused_for(start, middle, filling):
    content = start + middle + filling * HEAD_BYTES + b"%PDF-1.7 PK\x05\x06"
    if refused_early(content, "deck.pptx"):
        assert refused(content, "deck.pptx")


@pytest.mark.parametrize(
    ("start", "early"), [(b"\0", True), (b"<html>", True), (b"%PDF-1.7", False), (b"PK\x03\x04", False)]
)
def test_it_refuses_what_the_first_bytes_tell(start, early):
    assert refused_early(start + bytes(2 * HEAD_BYTES), "deck.pptx") is early


def test_it_leaves_what_has_a_directory_to_the_end():
    asyncio.run(refuse_early(None, b"PK\x03\x04", record(2 * HEAD_BYTES, "deck.pptx")))
