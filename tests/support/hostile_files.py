"""Files made to stop or bloat what looks at them first, as the chunks of an upload."""

import struct
from collections.abc import AsyncIterator

from support.compound_files import END, FAT, FREE, MAGIC, entry

_MIB = 1024**2
_SECTOR_BYTES = 4096


async def prolog() -> AsyncIterator[bytes]:
    """Beginnings of XML that one regular expression could read in exponentially many ways: 301 bytes."""
    yield b"<?x?>" * 60 + b"x"


async def endless_directory(tables: int = 40) -> AsyncIterator[bytes]:
    """A compound file whose directory is all of it: 4 MiB a table, which are 109 at most."""
    sectors = tables * _SECTOR_BYTES // 4
    header = MAGIC + bytes(16) + struct.pack("<HHHHH6x", 0x3E, 4, 0xFFFE, 12, 6)
    header += struct.pack("<9I", 0, tables, tables, 0, 4096, END, 0, END, 0)
    yield (header + struct.pack("<109I", *range(tables), *[FREE] * (109 - tables))).ljust(_SECTOR_BYTES, b"\0")
    yield struct.pack(f"<{sectors}I", *[FAT] * tables, *range(tables + 1, sectors), END)
    yield (entry("Root Entry", 5, child=1) + entry("VisioDocument", 2)).ljust(_SECTOR_BYTES, b"\0")
    for _ in range((sectors - tables - 1) * _SECTOR_BYTES // _MIB):
        yield bytes(_MIB)


async def huge_zip_directory(entries: int = 400_000) -> AsyncIterator[bytes]:
    """A zip of nothing but a directory, 115 B an entry, the last one with a comment like the records of zip64."""
    locator = struct.pack("<4sIQI", b"PK\x06\x07", 0, 0, 1)
    comment = bytes(40) + struct.pack("<QQ", 46, 4) + locator
    unit = struct.pack("<4s6H3I5H2I", b"PK\x01\x02", *[0] * 9, 1, 0, len(comment), 0, 0, 0, 0) + b"n" + comment
    yield b"PK\x03\x04"
    for _ in range(entries // 1000):
        yield unit * 1000
    yield struct.pack("<4s4HIIH", b"PK\x05\x06", 0, 0, 9, 9, entries * len(unit), 4, 0)
