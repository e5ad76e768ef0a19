"""A compound file is read as olefile reads it, and no further than the names and first bytes of its streams need."""

import io
import struct

import olefile
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.compound_files import END, FREE, Sectors, compound_file, entry

from infoscreen.common.formats.compound_file import CompoundFile, DamagedCompoundFileError

SIZES = (0, 1, 64, 65, 4095, 4096, 5000, 100_000)


def of(size: int) -> bytes:
    return bytes(range(256)) * (size // 256) + bytes(size % 256)


class Counting(io.BytesIO):
    """A file that counts what is read of it."""

    bytes_read = 0

    def read(self, size=-1, /):
        content = super().read(size)
        self.bytes_read += len(content)
        return content


@pytest.mark.parametrize("shift", [9, 12])
def test_streams_are_found_and_read_as_olefile_does(shift):
    content = compound_file({f"Stream {size}": of(size) for size in SIZES}, shift=shift)
    ours = CompoundFile(io.BytesIO(content))
    with olefile.OleFileIO(io.BytesIO(content)) as theirs:
        assert ours.streams == {name.lower() for [name] in theirs.listdir()}
        for size in SIZES:
            assert (
                ours.head(f"Stream {size}", 10_000)
                == theirs.openstream(f"Stream {size}").read(10_000)
                == of(size)[:10_000]
            )
    assert ours.head("no such stream", 10) == b""


def test_a_table_of_sectors_that_the_header_cannot_list_is_followed():
    content = compound_file({"Large": of(9_000_000), "Small": b"small"})
    file = CompoundFile(io.BytesIO(content))
    assert (file.head("Large", 3_000_000), file.head("Small", 9)) == (of(9_000_000)[:3_000_000], b"small")


def test_streams_of_embedded_storages_are_none_of_the_file():
    sectors = Sectors()
    entries = [
        entry("Root Entry", 5, child=1),
        entry("ObjectPool", 1, child=2, right=3),
        entry("Workbook", 2),
        entry("WordDocument", 2),
    ]
    assert CompoundFile(io.BytesIO(sectors.file(sectors.add(b"".join(entries))))).streams == {"worddocument"}


def test_a_directory_that_spans_the_file_costs_nothing():
    """It was loaded whole: 809 MB of memory for a file of 419 MB."""
    sectors = Sectors()
    first = entry("Root Entry", 5, child=1) + entry("PowerPoint Document", 2) + 2 * entry("", 0)
    content = Counting(sectors.file(sectors.add(first + bytes(20_000_000))))
    assert CompoundFile(content).streams == {"powerpoint document"}
    assert content.bytes_read < 10_000


@pytest.mark.parametrize("child", [1, 65_536, 65_537, 2**31, FREE - 1])
def test_entries_that_lead_far_or_in_circles_end(child):
    sectors = Sectors()
    circle = entry("Root Entry", 5, child=child) + b"".join(
        entry(f"n{number}", 2, left=number, right=(number + 1) % 8000) for number in range(1, 8000)
    )
    content = Counting(sectors.file(sectors.add(circle)))
    with pytest.raises(DamagedCompoundFileError):
        CompoundFile(content)
    assert content.bytes_read < 8_000_000


@pytest.mark.parametrize("head_bytes", [10, 70_000])
def test_chains_that_lead_in_circles_end(head_bytes):
    sectors = Sectors()
    stream = sectors.add(of(5000))
    sectors.following[stream] = stream
    directory = entry("Root Entry", 5, child=1) + entry("A", 2, start=stream, size=2**32 - 1)
    file = CompoundFile(io.BytesIO(sectors.file(sectors.add(directory.ljust(512, b"\0")))))
    assert len(file.head("A", head_bytes)) == head_bytes
    with pytest.raises(DamagedCompoundFileError, match="too many"):
        file.head("A", 2**32)


@pytest.mark.parametrize(
    ("at", "value"),
    [
        pytest.param(28, struct.pack("<H", 0xFEFF), id="byte order"),
        pytest.param(30, struct.pack("<H", 10), id="sector size"),
        pytest.param(32, struct.pack("<H", 20), id="size of small sectors"),
        pytest.param(48, struct.pack("<I", END), id="no directory"),
        pytest.param(48, struct.pack("<I", 10**6), id="directory beyond the end"),
        pytest.param(76, struct.pack("<I", FREE), id="no table of sectors"),
    ],
)
def test_a_header_that_leads_nowhere_is_damage(at, value):
    content = bytearray(compound_file({f"{number}": b"" for number in range(20)}))
    content[at : at + len(value)] = value
    with pytest.raises(DamagedCompoundFileError):
        CompoundFile(io.BytesIO(bytes(content)))


@given(st.lists(st.tuples(st.integers(0, 20_000), st.binary(min_size=1, max_size=8)), max_size=20))
def test_no_damage_makes_a_compound_file_fail_in_another_way_or_be_read_without_end(damages):
    content = bytearray(compound_file({"A": of(5000), "B": of(300), "C": b""}))
    for at, damage in damages:
        content[at % len(content) : at % len(content) + len(damage)] = damage
    file = Counting(bytes(content))
    try:
        opened = CompoundFile(file)
        for name in opened.streams:
            opened.head(name, 65_536)
    except DamagedCompoundFileError:
        pass
    assert file.bytes_read <= 8192 * 4096
