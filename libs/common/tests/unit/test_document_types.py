import contextlib
import io
import re
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import compound_files
from support.old_documents import old_xls

from infoscreen.common.document_types import (
    DOCUMENT_TYPES,
    DamagedFileError,
    Family,
    RefusedFileError,
    UnsupportedTypeError,
    identify,
)
from infoscreen.common.formats.unsupported import UnsupportedKind

OOXML_MAIN = "application/vnd.openxmlformats-officedocument."
MAIN_PARTS = {
    "pptx": f"{OOXML_MAIN}presentationml.presentation.main+xml",
    "ppsx": f"{OOXML_MAIN}presentationml.slideshow.main+xml",
    "potx": f"{OOXML_MAIN}presentationml.template.main+xml",
    "pptm": "application/vnd.ms-powerpoint.presentation.macroEnabled.main+xml",
    "ppsm": "application/vnd.ms-powerpoint.slideshow.macroEnabled.main+xml",
    "potm": "application/vnd.ms-powerpoint.template.macroEnabled.main+xml",
    "docx": f"{OOXML_MAIN}wordprocessingml.document.main+xml",
    "dotx": f"{OOXML_MAIN}wordprocessingml.template.main+xml",
    "docm": "application/vnd.ms-word.document.macroEnabled.main+xml",
    "dotm": "application/vnd.ms-word.template.macroEnabledTemplate.main+xml",
    "xlsx": f"{OOXML_MAIN}spreadsheetml.sheet.main+xml",
    "xltx": f"{OOXML_MAIN}spreadsheetml.template.main+xml",
    "xlsm": "application/vnd.ms-excel.sheet.macroEnabled.main+xml",
    "xltm": "application/vnd.ms-excel.template.macroEnabled.main+xml",
}
ODF_TYPES = {
    "odp": "presentation",
    "otp": "presentation-template",
    "odt": "text",
    "ott": "text-template",
    "ods": "spreadsheet",
    "ots": "spreadsheet-template",
}


def zipped(parts: dict[str, str | bytes]) -> io.BytesIO:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in parts.items():
            package.writestr(name, content)
    return buffer


def ooxml(main_type: str, encoding: str = "utf-8") -> io.BytesIO:
    overrides = f'<Override PartName="/main.xml" ContentType="{main_type}"/>'
    return zipped({"[Content_Types].xml": f"<Types>{overrides}</Types>".encode(encoding), "main.xml": "<x/>"})


def flat(family: str, prolog: str = '<?xml version="1.0"?>') -> io.BytesIO:
    office = 'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"'
    media_type = f"application/vnd.oasis.opendocument.{family}"
    return io.BytesIO(f'{prolog}<office:document {office} office:mimetype="{media_type}"/>'.encode())


def compound_file(*streams: str) -> io.BytesIO:
    return io.BytesIO(compound_files.compound_file(dict.fromkeys(streams, b"")))


@pytest.mark.parametrize(("extension", "main_type"), MAIN_PARTS.items())
def test_ooxml_is_told_by_its_main_part(extension, main_type):
    assert identify(ooxml(main_type)) is DOCUMENT_TYPES[extension]


def test_ooxml_is_told_in_utf_16_as_well():
    assert identify(ooxml(MAIN_PARTS["pptx"], "utf-16")).extension == "pptx"


@pytest.mark.parametrize(("extension", "name"), ODF_TYPES.items())
def test_odf_is_told_by_its_mimetype_entry(extension, name):
    found = identify(zipped({"mimetype": f"application/vnd.oasis.opendocument.{name}", "content.xml": "<x/>"}))
    assert found is DOCUMENT_TYPES[extension]


@pytest.mark.parametrize(("extension", "family"), [("fodp", "presentation"), ("fodt", "text"), ("fods", "spreadsheet")])
def test_flat_odf_is_told_by_its_root_element(extension, family):
    assert identify(flat(family)).extension == extension


def test_flat_odf_may_begin_with_a_byte_order_mark_comments_and_a_doctype():
    prolog = '\ufeff<?xml version="1.0"?>\n<!-- <office:document> -->\n<!DOCTYPE office:document>\n'
    assert identify(flat("presentation", prolog)).extension == "fodp"


@pytest.mark.parametrize(
    ("stream", "extension"),
    [("PowerPoint Document", "ppt"), ("WordDocument", "doc"), ("Workbook", "xls"), ("Book", "xls")],
)
def test_a_compound_file_is_told_by_its_streams(stream, extension):
    assert identify(compound_file("\x05SummaryInformation", stream)).extension == extension


@pytest.mark.parametrize("version", [2, 3, 4])
def test_a_workbook_of_before_excel_5_is_told_by_its_first_records(version):
    assert identify(io.BytesIO(old_xls("Sheet", version)), "a.bin").extension == "xls"
    assert identify(io.BytesIO(old_xls("Sheet", version)), "a.xlt").extension == "xlt"
    chart = old_xls("Sheet", version).replace(b"\x10\0", b"\x20\0", 1)
    with pytest.raises(UnsupportedTypeError):
        identify(io.BytesIO(chart), "a.xls")


@pytest.mark.parametrize(
    ("filename", "extension"), [("a.pps", "pps"), ("a.POT", "pot"), ("a.pptx", "ppt"), ("a.doc", "ppt"), ("", "ppt")]
)
def test_the_name_only_chooses_between_extensions_of_equal_content(filename, extension):
    assert identify(compound_file("PowerPoint Document"), filename).extension == extension


@pytest.mark.parametrize(
    ("filename", "extension"), [("a.pptx", "pptx"), ("a.docx", "docx"), ("a.xlsm", "xlsm"), ("a.exe", "pptx")]
)
def test_an_encrypted_package_is_convertible_so_that_the_converter_can_ask_for_its_password_to_go(filename, extension):
    found = identify(compound_file("EncryptedPackage", "EncryptionInfo"), filename)
    assert (found.extension, found.convertible) == (extension, True)


@pytest.mark.parametrize(
    ("content", "extension", "family"),
    [
        (b"%PDF-1.7\n", "pdf", Family.PDF),
        (b"\xef\xbb\xbf\n%PDF-1.4\n", "pdf", Family.PDF),
        (b"\x89PNG\r\n\x1a\n....", "png", Family.IMAGE),
        (b"\xff\xd8\xff\xe0....", "jpeg", Family.IMAGE),
        (b"GIF89a....", "gif", Family.IMAGE),
        (b"RIFF\x10\0\0\0WEBPVP8 ", "webp", Family.IMAGE),
        (b"\0\0\0\x18ftypmp42\0\0\0\0isommp42", "mp4", Family.VIDEO),
        (b"\0\0\0\x14ftypXYZ \0\0\0\0isom", "mp4", Family.VIDEO),
        (b"\x1a\x45\xdf\xa3\x9f\x42\x86\x81\x01\x42\x82\x84webm", "webm", Family.VIDEO),
    ],
)
def test_pdfs_pictures_and_videos_are_shown_as_uploaded(content, extension, family):
    found = identify(io.BytesIO(content), "misleading.pptx")
    assert (found.extension, found.family, found.convertible) == (extension, family, False)


@pytest.mark.parametrize(
    ("content", "extension", "family"),
    [
        (b"BM\x3a\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0", "bmp", Family.IMAGE),
        (b"II*\0\x08\0\0\0", "tiff", Family.IMAGE),
        (b"MM\0*\0\0\0\x08", "tiff", Family.IMAGE),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic\0\0\0\x10meta", "heic", Family.IMAGE),
        (b"\0\0\0\x14ftypmif1\0\0\0\0mif1\0\0\0\x08free\0\0\0\x10meta", "heic", Family.IMAGE),
        (b"\0\0\0\x1cftypavif\0\0\0\0mif1avifmiaf\0\0\0\x10meta", "avif", Family.IMAGE),
        (b"\0\0\0\x1cftypavis\0\0\0\0avismsf1iso8\0\x10\0\0mdat" + bytes(64 * 1024), "avif", Family.IMAGE),
        (b"\0\0\0\x14ftypqt  \0\0\0\0qt  ", "mov", Family.VIDEO),
        (b"\0\0\0\x08wide\0\0\0\x10mdat", "mov", Family.VIDEO),
        (b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>', "svg", Family.IMAGE),
        (b'\xef\xbb\xbf<!-- a --><s:svg xmlns:s="http://www.w3.org/2000/svg"/>', "svg", Family.IMAGE),
    ],
)
def test_pictures_and_films_that_screens_cannot_show_are_made_showable(content, extension, family):
    found = identify(io.BytesIO(content), "misleading.pptx")
    assert (found.extension, found.family, found.convertible) == (extension, family, True)


def test_rtf_is_a_text():
    assert identify(io.BytesIO(b"{\\rtf1 Hello}")) is DOCUMENT_TYPES["rtf"]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"plain text",
        b"\0" * 4096,
        b"<html><body>%PDF-1.7</body></html>",
        b"<svg><script/></svg>",
        b"<html><office:document office:mimetype='application/vnd.oasis.opendocument.text'/></html>",
        b"\x1a\x45\xdf\xa3\x9f\x42\x82\x88matroska",
        b"MZ\x90\0",
        b"PK\x03\x04 and no directory",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 and no sectors",
    ],
)
@pytest.mark.parametrize("filename", ["", "letter.docx", "deck.pptx"])
def test_everything_else_is_refused_whatever_its_name_says(content, filename):
    with pytest.raises(RefusedFileError):
        identify(io.BytesIO(content), filename)


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"\x1a\x45\xdf\xa3\x9f\x42\x82\x88matroska", "film"),
        (b"RIFF\x10\0\0\0AVI LIST", "film"),
        (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11\xa6\xd9", "film"),
        ((b"G" + bytes(187)) * 5, "film"),
        (b"RIFF\x10\0\0\0WAVEfmt ", "sound"),
        (b"ID3\x04", "sound"),
        (b"\0\0\0\x1cftypM4A \0\0\0\0", "sound"),
        (b"8BPS\0\x01", "picture"),
        (b"%!PS-Adobe-3.0 EPSF-3.0", "drawing"),
        (b"PK\x05\x06" + bytes(18), "archive"),
        (b"Rar!\x1a\x07\x01\0", "archive"),
        (bytes(257) + b"ustar", "archive"),
        (b"a;b;c\r\n1;2;3\r\n4;5;6\r\n", "csv"),
        ("Name,Größe\nMenü,3\n".encode("cp1252"), "csv"),
        (b"<!DOCTYPE html>\n<html></html>", "web_page"),
        (b"\n <HTML lang='de'>", "web_page"),
        ("Hello, and\nwelcome to the café".encode(), "text"),
        (b"MZ\x90\0", "program"),
        (b"\x02\x01", "unknown"),
        (bytes(4096), "unknown"),
        (b"BM and more text than a bitmap's header\n", "text"),
    ],
)
def test_a_refusal_names_what_the_file_is(content, kind):
    with pytest.raises(UnsupportedTypeError) as caught:
        identify(io.BytesIO(content), "deck.pptx")
    assert caught.value.kind == kind


@pytest.mark.parametrize(
    ("parts", "filename", "kind"),
    [
        (["a.pptx", "b.pptx"], "decks.zip", "archive"),
        (["Index/Document.iwa", "Index/Slide-1.iwa"], "a.zip", "keynote"),
        (["index.apxl"], "a.key", "keynote"),
        (["Index/Document.iwa"], "a.pages", "pages"),
        (["Index/Document.iwa"], "a.numbers", "numbers"),
        (["Index.zip"], "a.key", "keynote"),
        (["META-INF/container.xml"], "a.epub", "book"),
    ],
)
def test_a_refused_package_is_named_by_its_parts(parts, filename, kind):
    with pytest.raises(UnsupportedTypeError) as caught:
        identify(zipped(dict.fromkeys(parts, "x")), filename)
    assert caught.value.kind == kind


def test_every_kind_that_is_refused_has_a_sentence_that_says_what_to_do():
    sentences = {kind.sentence for kind in UnsupportedKind}
    assert len(sentences) == len(UnsupportedKind)
    assert all(re.search(r"upload|Upload", sentence) for sentence in sentences)


@pytest.mark.parametrize(
    "package",
    [
        zipped({"readme.txt": "just files"}),
        zipped({"mimetype": "application/epub+zip"}),
        ooxml("application/vnd.ms-visio.drawing.main+xml"),
    ],
)
def test_other_packages_are_refused(package):
    with pytest.raises(RefusedFileError):
        identify(package)


def test_a_truncated_package_is_refused_with_what_to_do():
    whole = ooxml(MAIN_PARTS["pptx"]).getvalue()
    with pytest.raises(DamagedFileError, match=r"damaged or incomplete.*upload that"):
        identify(io.BytesIO(whole[:-30]))


@pytest.mark.parametrize("rest", [b"", bytes(100), b"\0\0\0\x0cfree\0\0\0\0"])
def test_a_picture_of_nothing_but_its_brand_is_damaged_and_may_be_a_jpeg(rest):
    with pytest.raises(DamagedFileError, match="as JPEG"):
        identify(io.BytesIO(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + rest))


def test_other_compound_files_are_refused():
    with pytest.raises(RefusedFileError):
        identify(compound_file("VisioDocument"))


@pytest.mark.parametrize(
    "content",
    [
        b"<?x?>" * 60 + b"x",
        b"<!--x-->" * 8000 + b"x",
        b"<!DOCTYPE a [" + b"]" * 60_000,
        b"<" * 64_000,
        b"<office:document " + b'a="" ' * 12_000,
        b"<!DOCTYPE a [<!ENTITY b 'c'>" + b"<!ENTITY % d '&b;&b;&b;'>" * 2000 + b"]><a/>",
    ],
    ids=["instructions", "comments", "brackets", "tags", "attributes", "entities"],
)
def test_a_prolog_made_to_be_looked_at_for_ever_is_refused_at_once(content):
    """The first kept a regular expression busy without end; the time limit of all tests sees such a thing."""
    with pytest.raises(RefusedFileError):
        identify(io.BytesIO(content), "deck.fodp")


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_flat_odf_is_told_in_every_encoding_of_unicode(encoding):
    content = flat("presentation", "").getvalue().decode().encode(encoding)
    assert identify(io.BytesIO(content)).extension == "fodp"


@pytest.mark.parametrize(
    "prolog",
    [
        "<?xml version='1.0'?><?mso-application progid='x'?><!-- > - ><root -->",
        "<!DOCTYPE office:document [<!ELEMENT office:document ANY> <!-- ]> --> <?x ]> ?>]>",
        "<!DOCTYPE office:document SYSTEM 'a]>b' [<!ATTLIST office:document x CDATA \"]>\">]>",
    ],
)
def test_flat_odf_is_told_after_every_prolog_that_xml_allows(prolog):
    assert identify(flat("text", prolog)).extension == "fodt"


def test_flat_odf_is_told_by_its_namespace_and_not_by_a_prefix():
    office, media_type = "urn:oasis:names:tc:opendocument:xmlns:office:1.0", "application/vnd.oasis.opendocument.text"
    ours = f'<o:document xmlns:o="{office}" o:mimetype="{media_type}"/>'.encode()
    theirs = f'<office:document xmlns:office="urn:another" office:mimetype="{media_type}"/>'.encode()
    assert identify(io.BytesIO(ours)).extension == "fodt"
    with pytest.raises(RefusedFileError):
        identify(io.BytesIO(theirs))


def test_a_content_type_in_a_comment_is_ignored():
    commented = f'<Types><!-- <Override ContentType="{MAIN_PARTS["docx"]}"/> --><Override ContentType="{{}}"/></Types>'
    package = zipped({"[Content_Types].xml": commented.format(MAIN_PARTS["pptx"])})
    assert identify(package).extension == "pptx"


def test_only_the_parts_that_tell_the_type_are_read():
    class Counting(io.BytesIO):
        bytes_read = 0

        def read(self, size=-1, /):
            content = super().read(size)
            self.bytes_read += len(content)
            return content

    package = zipped({"[Content_Types].xml": f'<Override ContentType="{MAIN_PARTS["pptx"]}"/>'})
    with zipfile.ZipFile(package, "a", zipfile.ZIP_STORED) as grown:
        grown.writestr("ppt/media/film.mp4", bytes(20_000_000))
    file = Counting(package.getvalue())
    assert identify(file).extension == "pptx"
    assert file.bytes_read < 500_000


@given(st.binary(max_size=2000), st.sampled_from([b"", b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"<?xml"]))
def test_no_content_makes_recognition_fail_in_another_way(content, magic):
    with contextlib.suppress(RefusedFileError):
        assert identify(io.BytesIO(magic + content)) in DOCUMENT_TYPES.values()


@given(st.integers(0, 1535), st.binary(min_size=1, max_size=64))
def test_no_damage_to_a_compound_file_makes_recognition_fail_in_another_way(at, damage):
    content = bytearray(compound_file("PowerPoint Document").getvalue())
    content[at : at + len(damage)] = damage
    with contextlib.suppress(RefusedFileError):
        assert identify(io.BytesIO(bytes(content))) in DOCUMENT_TYPES.values()
