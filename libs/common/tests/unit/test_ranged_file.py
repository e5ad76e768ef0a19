"""A file that is read by ranges is the same as one that is read."""

import io

import pytest

from infoscreen.common.formats.ranged_file import RangedFile

DATA = bytes(range(256)) * 100


@pytest.mark.parametrize("longest", [1, 7, 10**6])
def test_reading_by_range_is_the_same_as_reading_it_all(longest):
    ranged = RangedFile(lambda offset, length: DATA[offset : offset + min(length, longest)], len(DATA))
    file = io.BufferedReader(ranged, 64)
    file.seek(-5, io.SEEK_END)
    assert file.read() == DATA[-5:]
    file.seek(100)
    file.seek(3, io.SEEK_CUR)
    assert file.read(7) == DATA[103:110]
    file.seek(len(DATA) + 10)
    assert file.read() == b""
    assert file.seek(0) == 0
    assert file.read() == DATA
