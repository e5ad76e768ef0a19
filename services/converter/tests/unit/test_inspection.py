import io
import struct
import zipfile

import pytest
from support.compound_files import compound_file
from support.old_documents import old_xls

from infoscreen.common.document_types import DOCUMENT_TYPES
from infoscreen.common.errors import FailureReason, PermanentError
from infoscreen.converter.inspection import SourceLimits, inspect_source, is_locked_workbook

FILE_PASS = struct.pack("<HH16xHH54x", 0x0809, 16, 0x002F, 54)


@pytest.fixture
def inspect(tmp_path):
    def run(content: bytes, extension: str = "pptx", **limits) -> None:
        source = tmp_path / "source"
        source.write_bytes(content)
        inspect_source(source, DOCUMENT_TYPES[extension], SourceLimits(**limits))

    return run


def refused_as(reason: FailureReason):
    return pytest.raises(PermanentError, match=f"^{reason}:")


@pytest.mark.parametrize("extension", ["pptx", "odp", "fodp", "docx"])
def test_a_sound_document_passes(inspect, documents, extension):
    inspect(getattr(documents, extension)("Hello"), extension)


def test_a_package_of_too_many_entries_is_too_large(inspect, documents):
    with refused_as(FailureReason.TOO_LARGE):
        inspect(documents.zip({f"{n}.xml": "" for n in range(20)}), entries=10)


def test_a_bomb_is_too_large_by_its_ratio(inspect, documents):
    with refused_as(FailureReason.TOO_LARGE):
        inspect(documents.zip({"a.bin": bytes(40 * 1024**2)}), ratio_floor_bytes=1024**2)


def test_a_blank_document_may_compress_well(inspect, documents):
    inspect(documents.zip({"a.bin": bytes(4 * 1024**2)}))


def test_xml_is_held_to_less_than_pictures_are(inspect, documents):
    inspect(documents.zip({"picture.png": bytes(2_000_000)}), markup_bytes=1_000_000)
    with refused_as(FailureReason.TOO_LARGE):
        inspect(documents.zip({"slide.xml": bytes(2_000_000)}), markup_bytes=1_000_000)


@pytest.mark.parametrize("compression", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_sizes_are_counted_over_all_entries(inspect, documents, compression):
    parts = {f"{n}.bin": bytes(300_000) for n in range(5)}
    with refused_as(FailureReason.TOO_LARGE):
        inspect(documents.zip(parts, compression), unpacked_bytes=1_000_000)


def test_forged_sizes_do_not_help_a_bomb(inspect, documents):
    content = bytearray(documents.zip({"slide.xml": bytes(5_000_000)}))
    for at, field in ((content.find(b"PK\x03\x04"), 22), (content.find(b"PK\x01\x02"), 24)):
        struct.pack_into("<I", content, at + field, 10)
    with zipfile.ZipFile(io.BytesIO(bytes(content))) as forged:
        assert forged.infolist()[0].file_size == 10
    with refused_as(FailureReason.TOO_LARGE):
        inspect(bytes(content), unpacked_bytes=1_000_000)


def test_entries_that_share_their_content_count_each_time(inspect, documents):
    """As in overlapping bombs, where many directory entries point at the same bytes."""
    content = documents.zip({"a.bin": bytes(100_000)})
    start = content.find(b"PK\x01\x02")
    end = content.find(b"PK\x05\x06")
    entry = content[start:end]
    tail = struct.pack("<4sHHHHIIH", b"PK\x05\x06", 0, 0, 50, 50, len(entry) * 50, start, 0)
    with refused_as(FailureReason.TOO_LARGE):
        inspect(content[:start] + entry * 50 + tail, unpacked_bytes=1_000_000)


def test_entries_that_share_a_stream_that_unpacks_to_nothing_are_not_unpacked_each_time(inspect):
    """Nothing comes out, so that no limit of what comes out holds: 5000 times 1 MB were looked at, without end."""
    stream = b"\0\0\0\xff\xff" * 200_000
    local = struct.pack("<4s5H3I2H", b"PK\x03\x04", 20, 0, 8, 0, 0, 0, 0, 0, 1, 0) + b"a"
    entry = struct.pack("<4s6H3I5H2I", b"PK\x01\x02", 20, 20, 0, 8, 0, 0, 0, len(stream), 0, 1, 0, 0, 0, 0, 0, 0) + b"a"
    end = struct.pack("<4s4HIIH", b"PK\x05\x06", 0, 0, 0, 0, len(entry) * 5000, len(local + stream), 0)
    with pytest.raises(PermanentError, match="share their content"):
        inspect(local + stream + entry * 5000 + end)


@pytest.mark.parametrize(
    "name",
    ["../../climbed", "ppt/../../climbed", "ppt\\..\\climbed", "/absolute", "n" * 2000],
    ids=lambda name: name[:20],
)
def test_a_name_that_no_office_gives_a_part_is_corrupt(inspect, documents, name):
    with refused_as(FailureReason.CORRUPT):
        inspect(documents.with_part(documents.pptx("Hello"), name, "x"))


@pytest.mark.parametrize("part", ["<p:sld><p:cSld>", "", "no XML at all"])
def test_a_slide_that_an_engine_would_silently_leave_blank_is_corrupt(inspect, documents, part):
    with refused_as(FailureReason.CORRUPT):
        inspect(documents.with_part(documents.pptx("One", "Two"), "ppt/slides/slide2.xml", part))


def test_a_slide_whose_stream_is_damaged_is_corrupt(inspect, documents):
    content = bytearray(documents.pptx("One" * 100))
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        slide = package.getinfo("ppt/slides/slide1.xml")
    middle = slide.header_offset + 30 + len(slide.filename) + slide.compress_size // 2
    content[middle : middle + 20] = bytes(20)
    with refused_as(FailureReason.CORRUPT):
        inspect(bytes(content))


def test_a_part_beside_the_content_may_be_damaged(inspect, documents):
    inspect(documents.with_part(documents.pptx("One"), "docProps/app.xml", "<cut"))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le", "utf-16-be"])
def test_xml_that_declares_entities_is_corrupt(inspect, documents, encoding):
    bomb = '<!DOCTYPE d [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><d>&b;</d>'.encode(encoding)
    with refused_as(FailureReason.CORRUPT):
        inspect(documents.zip({"ppt/slides/slide1.xml": bomb}))
    with refused_as(FailureReason.CORRUPT):
        inspect(bomb, "fodp")


def test_a_declaration_across_two_chunks_is_seen(inspect, documents):
    with refused_as(FailureReason.CORRUPT):
        inspect(b" " * (256 * 1024 - 4) + b"<!ENTITY a 'a'>", "fodp")


def test_a_picture_may_declare_entities_as_drawing_programs_do(inspect, documents):
    inspect(documents.zip({"Pictures/logo.svg": '<!DOCTYPE svg [<!ENTITY ns "http://x">]><svg/>'}), "odp")


def test_an_encrypted_odf_is_password_protected(inspect, documents):
    manifest = "<manifest:file-entry><manifest:encryption-data/></manifest:file-entry>"
    with refused_as(FailureReason.PASSWORD_PROTECTED):
        inspect(documents.zip({"mimetype": "x", "META-INF/manifest.xml": manifest}), "odp")


def test_an_encrypted_zip_is_password_protected(inspect, documents):
    content = bytearray(documents.zip({"slide.xml": "<x/>"}))
    struct.pack_into("<H", content, content.find(b"PK\x01\x02") + 8, 1)
    with refused_as(FailureReason.PASSWORD_PROTECTED):
        inspect(bytes(content))


@pytest.mark.parametrize("start", ["<p:sld a='", "<!--", "<?x "])
def test_a_tag_that_does_not_end_is_corrupt_before_expat_has_looked_at_it_a_thousand_times(inspect, documents, start):
    """Expat keeps an unfinished tag, and version 2.5 looks at all of it again with every chunk."""
    slide = start + "x" * (64 * 1024**2)
    with pytest.raises(PermanentError, match=r"corrupt: ppt/slides/slide1.xml: a tag of more than"):
        inspect(documents.zip({"ppt/slides/slide1.xml": slide}), ratio=2000)


@pytest.mark.parametrize("content", [b"PK\x03\x04 cut off", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 cut off"])
def test_a_cut_off_file_is_corrupt(inspect, content):
    with refused_as(FailureReason.CORRUPT):
        inspect(content)


def test_unknown_compression_is_corrupt(inspect, documents):
    with refused_as(FailureReason.CORRUPT):
        inspect(documents.zip({"slide.xml": "<x/>" * 100}, zipfile.ZIP_BZIP2))


@pytest.mark.parametrize("streams", [{"EncryptedPackage": b"x", "EncryptionInfo": b"x"}, {"Workbook": FILE_PASS}])
def test_an_encrypted_workbook_is_left_to_an_engine_that_tries_the_standard_password(inspect, tmp_path, streams):
    inspect(compound_file(streams), "xlsx")
    assert is_locked_workbook(tmp_path / "source")


@pytest.mark.parametrize("content", [compound_file({"Workbook": FILE_PASS[:20]}), b"PK\x03\x04"])
def test_other_workbooks_are_not_locked(tmp_path, content):
    (tmp_path / "source").write_bytes(content)
    assert not is_locked_workbook(tmp_path / "source")


def test_the_real_protected_decks_are_password_protected(inspect, decks):
    for name in ("testPPT_protected_passtika.ppt", "testPPT_protected_passtika.pptx"):
        with refused_as(FailureReason.PASSWORD_PROTECTED):
            inspect((decks / name).read_bytes(), name.rpartition(".")[2])


def test_all_other_real_decks_pass(inspect, decks):
    for deck in decks.glob("[!p]*.*p*"):
        if "protected" not in deck.name:
            inspect(deck.read_bytes(), deck.suffix[1:])


def test_an_old_workbook_is_locked_where_its_records_say_so(tmp_path):
    begin, source = struct.pack("<HHHHH", 0x0409, 6, 4, 0x10, 0), tmp_path / "a.xls"
    source.write_bytes(begin + struct.pack("<HHHH", 0x002F, 4, 1, 2))
    assert is_locked_workbook(source)
    source.write_bytes(old_xls("Sheet", 4))
    assert not is_locked_workbook(source)
