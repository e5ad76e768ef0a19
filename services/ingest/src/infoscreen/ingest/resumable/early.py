"""Refuses a file by its first bytes where these alone tell its type, so that 2 GiB of zeros do not travel to a 415.

The verdict is the one of the whole file: the same function reads the same bytes. Types that have a directory further on
are left to it, and so is every doubt.
"""

from infoscreen.common.document_types import DamagedFileError, is_told_by_head
from infoscreen.common.errors import UnavailableError
from infoscreen.common.formats.ranged_file import RandomAccess
from infoscreen.ingest.protocols import Recogniser
from infoscreen.ingest.resumable.record import UploadRecord


async def refuse_early(recogniser: Recogniser, head: bytes, record: UploadRecord) -> None:
    """Refuse a file of which the first ``HEAD_BYTES`` are there.

    Raises:
        UnsupportedTypeError: the whole file would be refused as well.
    """
    if not is_told_by_head(head):
        return

    async def read(offset: int, length: int) -> bytes:
        return head[offset : offset + length]

    try:
        await recogniser.identify(RandomAccess(record.length, read), record.filename)
    except (DamagedFileError, UnavailableError):
        return
