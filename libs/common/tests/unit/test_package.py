"""A zip is read by its true directory, whatever is made to look like another one."""

import io
import struct
import zipfile

import pytest

from infoscreen.common.formats.package import DamagedPackageError, Package

END = "<4s4HIIH"
END64, LOCATOR64 = "<4sQ2H2I4Q", "<4sIQI"


def zipped(parts: dict[str, bytes], *, comment: bytes = b"", entry_comment: bytes = b"") -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in parts.items():
            entry = zipfile.ZipInfo(name)
            entry.comment = entry_comment
            package.writestr(entry, content, zipfile.ZIP_DEFLATED)
        package.comment = comment
    return buffer.getvalue()


def records64(size: int, offset: int, record_at: int) -> bytes:
    record = struct.pack(END64, b"PK\x06\x06", 44, 45, 45, 0, 0, 1, 1, size, offset)
    return record + struct.pack(LOCATOR64, b"PK\x06\x07", 0, record_at, 1)


def as_zip64(content: bytes) -> bytes:
    """The same package with the records of zip64 before its end, which then leaves everything to them."""
    end_at = content.rindex(b"PK\x05\x06")
    *_, size, offset, _ = struct.unpack_from(END, content, end_at)
    end = struct.pack(END, b"PK\x05\x06", 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0)
    return content[:end_at] + records64(size, offset, end_at) + end


def names(content: bytes) -> list[str]:
    return [entry.filename for entry in Package(io.BytesIO(content)).entries]


PARTS = {"a.xml": b"<a/>" * 100, "b.bin": bytes(1000)}
PLAIN = zipped(PARTS)


@pytest.mark.parametrize(
    "content",
    [PLAIN, zipped(PARTS, comment=b"a comment"), zipped(PARTS, entry_comment=b"PK\x05\x06"), as_zip64(PLAIN)],
    ids=["plain", "comment", "entry comment", "zip64"],
)
def test_entries_are_those_of_the_directory_and_content_is_what_was_packed(content):
    package = Package(io.BytesIO(content))
    assert {e.filename: b"".join(package.unpacked(e)) for e in package.entries} == PARTS
    assert package.head(package.find("a.xml"), 6) == b"<a/><a"
    assert package.find("c.xml") is None


def test_a_directory_that_would_not_fit_in_memory_is_not_read():
    end = struct.pack(END, b"PK\x05\x06", 0, 0, 65535, 65535, 100_000_000, 4, 0)

    class Forbidding(io.BytesIO):
        def read(self, size=-1, /):
            assert 0 <= size < 100_000
            return super().read(size)

    with pytest.raises(DamagedPackageError, match="100000000 bytes"):
        Package(Forbidding(b"PK\x03\x04" + bytes(100_000_000) + end))


@pytest.mark.parametrize(("size", "offset"), [(46, 0), (1, 10_000), (0, 0)])
def test_records_of_zip64_in_the_comment_of_the_last_entry_are_not_believed(size, offset):
    astray = zipped(PARTS, entry_comment=records64(size, offset, 0))
    assert names(astray) == list(PARTS)
    perfect = zipped(PARTS, entry_comment=records64(size, offset, astray.rindex(b"PK\x06\x06")))
    with pytest.raises(DamagedPackageError, match="disagree"):
        names(perfect)


@pytest.mark.parametrize("record", [records64(46, 4, 0), bytes(56) + records64(46, 4, 0)[56:]], ids=["whole", "half"])
def test_a_large_directory_is_refused_whatever_its_last_comment_says(record):
    """A locator without its record told the guard of a small directory, but not zipfile: 70 MB of it took 40 s."""
    entry = struct.pack("<4s6H3I5H2I", b"PK\x01\x02", *[0] * 9, 1, 0, len(record), 0, 0, 0, 0) + b"n"
    directory = (entry + record) * 100_000
    end = struct.pack(END, b"PK\x05\x06", 0, 0, 9, 9, len(directory), 4, 0)
    with pytest.raises(DamagedPackageError, match=f"{len(directory)} bytes"):
        Package(io.BytesIO(b"PK\x03\x04" + directory + end))


@pytest.mark.parametrize(
    "damaged",
    [
        b"",
        b"PK\x05\x06",
        PLAIN[:-1],
        PLAIN[:-22],
        b"x" + PLAIN,
        PLAIN[: PLAIN.rindex(b"PK\x05\x06")] + b"gap" + PLAIN[PLAIN.rindex(b"PK\x05\x06") :],
        PLAIN.replace(b"PK\x01\x02", b"PK\x01\x00"),
        struct.pack(END, b"PK\x05\x06", 0, 0, 0, 0, 0xFFFFFFFF, 0xFFFFFFFF, 0),
        struct.pack(END, b"PK\x05\x06", 1, 0, 0, 0, 0, 0, 0),
    ],
)
def test_a_directory_that_is_not_where_its_end_says_is_damage(damaged):
    with pytest.raises(DamagedPackageError):
        Package(io.BytesIO(damaged))


def test_more_entries_than_a_plain_zip_can_have_are_refused_unparsed():
    entry = struct.pack("<4s6H3I5H2I", b"PK\x01\x02", 20, 20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
    for count, refused in ((65_535, False), (65_536, True)):
        directory = entry * count
        end = struct.pack(END, b"PK\x05\x06", 0, 0, 0, 0, len(directory), 0, 0)
        if refused:
            with pytest.raises(DamagedPackageError, match="65535 entries"):
                Package(io.BytesIO(directory + end))
        else:
            assert len(Package(io.BytesIO(directory + end)).entries) == count


def test_a_stream_that_is_damaged_ends_there():
    content = bytearray(PLAIN)
    content[35:60] = bytes(25)
    package = Package(io.BytesIO(bytes(content)))
    assert len(b"".join(package.unpacked(package.entries[0]))) < len(PARTS["a.xml"])
    package.entries[0].header_offset = len(PLAIN)
    assert b"".join(package.unpacked(package.entries[0])) == b""
