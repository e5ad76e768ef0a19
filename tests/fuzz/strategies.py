"""Structured inputs: XML, zips and compound files that are nearly sound, with parts repeated and numbers forged."""

import io
import struct
import zipfile

from hypothesis import strategies as st
from support.compound_files import compound_file

OFFICE = "urn:oasis:names:tc:opendocument:xmlns:office:1.0"
ODF = "application/vnd.oasis.opendocument."
OOXML = "application/vnd.openxmlformats-officedocument."
_XML_TOKENS = (
    *("<?xml version='1.0'?>", "<?x ?>", "<?x?>", "<!--x-->", "<!---->", "<!--", "-->", "<![CDATA[", "]]>", "<", ">"),
    *("<!DOCTYPE a>", "<!DOCTYPE a [", "]>", "[", "]", "&a;", "%p;", "<!ENTITY a 'b'>", "<!ENTITY % p '<!--'>"),
    *("<!ATTLIST a b CDATA 'c'>", "<a>", "</a>", "<a/>", "<a b='c'>", "<a ", " b='c'", ' xmlns:n="u"', "'", '"', "="),
    *("x", " ", "\n", "\0", "\ufeff", "é", "\U0001d11e", "<Types>", "</Types>", "<manifest:encryption-data/>"),
    *(f"<office:document xmlns:office='{OFFICE}' ", f"office:mimetype='{ODF}presentation'>"),
    f"<Override ContentType='{OOXML}presentationml.presentation.main+xml'/>",
)
_PROLOG = (
    *("<?xml version='1.0'?>", "<!--x-->"),
    *("<!DOCTYPE a [<!ENTITY b 'c'>]>", "<!DOCTYPE a [<!ATTLIST a b CDATA 'c'>]>"),
)
_ROOTS = (
    f"<office:document xmlns:office='{OFFICE}' office:mimetype='{ODF}presentation'>{{}}</office:document>",
    f"<Types><Override ContentType='{OOXML}presentationml.presentation.main+xml'/>{{}}</Types>",
    "<Types>{}</Types>",
)
_ENCODINGS = ("utf-8", "utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be")
_PARTS = (
    *("[Content_Types].xml", "mimetype", "content.xml", "META-INF/manifest.xml", "ppt/presentation.xml"),
    *("ppt/slides/slide1.xml", "word/document.xml", "_rels/.rels", "ppt/media/image1.png", "../climbed", "a\0b", ""),
)  # fmt: skip
_STREAMS = (
    *("PowerPoint Document", "Current User", "EncryptedSummary", "WordDocument", "Workbook", "Book"),
    *("EncryptedPackage", "EncryptionInfo", "\x05SummaryInformation", "x" * 31),
)  # fmt: skip
_END_RECORD_BYTES = 22
_ZIP_RECORDS = tuple(b"PK" + kind for kind in (b"\x01\x02", b"\x03\x04", b"\x05\x06", b"\x06\x06", b"\x06\x07"))
_NUMBERS = st.one_of(
    st.sampled_from([0, 1, 2, 4, 22, 46, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0x80000000, *range(0xFFFFFFF8, 0x100000000)]),
    st.integers(0, 2000),
    st.integers(0, 2**32 - 1),
)


def _mostly_small(*limits: int) -> st.SearchStrategy[int]:
    """Numbers from 1 to one of these limits: mostly to the first, sometimes to the next, seldom to the last."""
    weighted = [limit for number, limit in enumerate(limits) for _ in range(6 ** (len(limits) - 1 - number))]
    return st.sampled_from(weighted).flatmap(lambda limit: st.integers(1, limit))


def _joined(parts: list[tuple[str, int]]) -> str:
    return "".join(part * times for part, times in parts)


_TOKEN = st.one_of(st.sampled_from(_XML_TOKENS), st.text(max_size=5))
_JUMBLED = st.lists(st.tuples(_TOKEN, _mostly_small(2, 50, 20_000)), max_size=12).map(_joined)
_FEW = st.lists(_TOKEN, max_size=2).map("".join)
# What keeps a parser busy is the same again and again, and then something else.
_ONCE, _OFTEN = st.just(1), st.sampled_from([30, 60, 1000, 20_000])
_UNIT = st.lists(st.sampled_from(_XML_TOKENS), min_size=1, max_size=2).map("".join)
_PUMPED = st.tuples(st.tuples(st.just("") | _FEW, _ONCE), st.tuples(_UNIT, _OFTEN), st.tuples(_FEW, _ONCE))


@st.composite
def _rooted(draw: st.DrawFn) -> str:
    """Nearly well-formed: as much closed as was opened, and anything in it."""
    prolog, depth = draw(st.lists(st.sampled_from(_PROLOG), max_size=4)), draw(_mostly_small(2, 50, 20_000))
    content = draw(st.one_of(st.just(""), _JUMBLED, _PUMPED.map(_joined)))
    root = draw(st.sampled_from(_ROOTS))
    return "".join([*prolog, root.format("<a>" * depth + content + "</a>" * depth)])


xml = st.tuples(st.one_of(_PUMPED.map(_joined), _JUMBLED, _rooted()), st.sampled_from(_ENCODINGS)).map(
    lambda made: made[0][:500_000].encode(made[1], "replace")
)
_COMMENTS = st.one_of(st.just(b""), st.binary(max_size=90))
_COMPRESSIONS = st.sampled_from([zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED])
_MIMETYPES = st.sampled_from([f"{ODF}{kind}".encode() for kind in ("presentation", "text", "graphics")])
_PARTS_OF_A_PACKAGE = st.dictionaries(
    st.sampled_from(_PARTS),
    st.one_of(xml, _MIMETYPES, st.binary(max_size=200), _mostly_small(300, 20_000, 5_000_000).map(bytes)),
    max_size=5,
)
_TELLING_PARTS = st.sampled_from(
    [{}, {"[Content_Types].xml": _ROOTS[1].format("").encode()}, {"mimetype": f"{ODF}presentation".encode()}]
)
_STREAMS_OF_A_FILE = st.dictionaries(
    st.sampled_from(_STREAMS),
    st.one_of(st.binary(max_size=200), _mostly_small(5000, 100_000).map(bytes)),
    max_size=6,
)


@st.composite
def packages(draw: st.DrawFn) -> bytes:
    """A zip of parts that documents have, whose records are then forged."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as package:
        for name, content in (draw(_TELLING_PARTS) | draw(_PARTS_OF_A_PACKAGE)).items():
            entry = zipfile.ZipInfo(name or "/")
            entry.comment = draw(_COMMENTS)
            package.writestr(entry, content, draw(_COMPRESSIONS), 1)
        package.comment = draw(_COMMENTS)
    content = buffer.getvalue()
    # The comment may look like an end record itself.
    end_at = len(content) - len(package.comment) - _END_RECORD_BYTES
    return draw(_forged(_with_directory_repeated(draw, content, end_at), _ZIP_RECORDS))


def _with_directory_repeated(draw: st.DrawFn, content: bytes, end_at: int) -> bytes:
    """The same entries again and again, and perhaps records of zip64 that say so."""
    size, start = struct.unpack_from("<II", content, end_at + 12)
    directory, end = content[start : start + size], bytearray(content[end_at:])
    directory *= min(draw(_mostly_small(1, 3, 20_000)), 1 + 4_000_000 // max(1, size))
    struct.pack_into("<I", end, 12, len(directory))
    if draw(st.booleans()):
        at = start + len(directory)
        directory += struct.pack("<4sQ2H2I4Q", b"PK\x06\x06", 44, 45, 45, 0, 0, 1, 1, len(directory), start)
        directory += struct.pack("<4sIQI", b"PK\x06\x07", 0, at, 1)
    return content[:start] + directory + bytes(end)


@st.composite
def compound_files(draw: st.DrawFn) -> bytes:
    """Streams that documents have, in a file whose numbers are then forged."""
    streams = draw(_STREAMS_OF_A_FILE)
    content = compound_file(streams, shift=draw(st.sampled_from([9, 9, 12])))
    names = [name[:1].encode("utf-16-le") for name in streams]
    return draw(_forged(content, (b"\xd0\xcf\x11\xe0", b"\xfd\xff\xff\xff", b"\xfe\xff\xff\xff", *names)))


@st.composite
def _forged(draw: st.DrawFn, content: bytes, anchors: tuple[bytes, ...]) -> bytes:
    """The same with numbers put near records, which their first bytes tell, and perhaps cut or drawn out."""
    forged = bytearray(content)
    for _ in range(draw(st.integers(0, 6))):
        at = _occurrence(content, draw(st.sampled_from(anchors)), draw(st.integers(0, 5))) + draw(st.integers(0, 130))
        number = draw(_NUMBERS).to_bytes(4, "little")[: draw(st.sampled_from([1, 2, 4]))]
        if at + len(number) <= len(forged):
            forged[at : at + len(number)] = number
    end = draw(st.one_of(*[st.none()] * 5, st.integers(0, len(forged))))
    return bytes(forged[:end]) + draw(st.one_of(st.just(b""), st.binary(max_size=50)))


def _occurrence(content: bytes, anchor: bytes, number: int) -> int:
    at = content.find(anchor)
    for _ in range(number):
        following = content.find(anchor, at + 1)
        at = following if following >= 0 else at
    return max(at, 0)


documents: st.SearchStrategy[bytes] = st.one_of(xml, packages(), compound_files())
"""All of them."""
