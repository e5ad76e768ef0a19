"""What `prepare` leaves, what it deletes, and that it reads documents as engines do."""

import base64
import functools
import gzip
import io
import zipfile

import pytest
from PIL import Image, ImageChops, ImageStat
from support.outward import opendocument, openxml, rtf, writings

from infoscreen.converter.preparation.large_pictures import shows_parts_or_tiles
from infoscreen.converter.preparation.prepare import DamagedDocumentError, prepare

OUT = "file:///tmp/canary.png"
RELATIONSHIP = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


@pytest.fixture
def prepared(tmp_path):
    """The content that an engine gets for a document."""

    def run(content: bytes) -> bytes:
        source, destination = tmp_path / "source", tmp_path / "prepared"
        source.write_bytes(content)
        return destination.read_bytes() if prepare(source, destination) else content

    return run


def text_of(documents, package: bytes, name: str) -> str:
    return documents.part(package, name).decode()


def slide(documents, content: str) -> bytes:
    return documents.fodp(documents.slide("Text") + content)


def relationships(*rows: str) -> str:
    space = "http://schemas.openxmlformats.org/package/2006/relationships"
    return f'<Relationships xmlns="{space}">{"".join(rows)}</Relationships>'


def relationship(number: int, kind: str, target: str, mode: str = ' TargetMode="External"') -> str:
    return f'<Relationship Id="rId{number}" Type="{RELATIONSHIP}/{kind}" Target="{target}"{mode}/>'


@pytest.mark.parametrize("make", ["odp", "fodp", "pptx", "docx", "fods", "fodt"])
def test_a_document_that_refers_to_nothing_outside_is_not_copied(prepared, documents, make):
    content = getattr(documents, make)("Text")
    assert prepared(content) is content


def test_hyperlinks_and_what_the_package_contains_stay(prepared, documents):
    body = (
        f'<draw:a xlink:href="{OUT}">{documents.slide("a")}</draw:a>'
        + documents.slide('<text:a xlink:href="https://example.org/">there</text:a>')
        + documents.picture_link("Pictures/a.png")
        + '<draw:frame><draw:object xlink:href="./Object 1"/><draw:image xlink:href="./ObjectReplacements/Object%201"/>'
        '</draw:frame><draw:rect><office:event-listeners><presentation:event-listener xlink:href="https://example.org/"/>'
        '<presentation:event-listener xlink:href="#2"/></office:event-listeners></draw:rect>'
    )
    package = documents.odp(body)
    for name in ("Pictures/a.png", "Object 1/content.xml", "ObjectReplacements/Object 1"):
        package = documents.with_part(package, name, "<a/>")
    assert prepared(package) is package


@pytest.mark.parametrize(
    ("followed", "left"),
    [
        ("../slideLayouts/slideLayout1.xml", {1}),
        ("../slideLayouts/slideLayout2.xml", {2}),
        ("/ppt/slideLayouts/SlideLayout2.xml", {2}),
    ],
)
def test_of_a_masters_layouts_those_that_a_slide_follows_stay(prepared, documents, followed, left):
    rows = {n: relationship(n, "slideLayout", f"../slideLayouts/slideLayout{n}.xml", "") for n in (1, 2, 3)}
    theme = relationship(4, "theme", "../theme/theme1.xml", "")
    part = "ppt/slideMasters/_rels/slideMaster1.xml.rels"
    package = documents.with_part(documents.pptx("Text"), part, relationships(*rows.values(), theme))
    on_slide = relationships(relationship(1, "slideLayout", followed, ""))
    package = documents.with_part(package, "ppt/slides/_rels/slide1.xml.rels", on_slide)
    kept = relationships(*(rows[number] for number in left), theme)
    assert text_of(documents, prepared(package), part) == kept


def test_only_the_reference_is_deleted(prepared, documents):
    content = slide(documents, documents.picture_link(OUT))
    assert prepared(content) == content.replace(f' xlink:href="{OUT}"'.encode(), b"")


def test_of_a_film_its_picture_stays(prepared, documents):
    film = '<draw:plugin xlink:href="Media/a.mp4" draw:mime-type="video/mp4"><draw:param/></draw:plugin>'
    package = documents.odp(f'<draw:frame>{film}<draw:image xlink:href="Pictures/a.png"/></draw:frame>')
    for name in ("Media/a.mp4", "Pictures/a.png"):
        package = documents.with_part(package, name, b"\0")
    left = text_of(documents, prepared(package), "content.xml")
    assert left == text_of(documents, package, "content.xml").replace(film, "")


def test_of_a_film_in_powerpoint_its_picture_stays(prepared, documents):
    slide_part = "ppt/slides/slide1.xml"
    film = '<a:videoFile r:link="rId2"/>'
    newer = '<p:ext uri="{DAA4B4D4}"><p14:media xmlns:p14="m" r:embed="rId3"><p14:trim st="1"/></p14:media></p:ext>'
    told = f"<p:nvPr>{film}<p:extLst>{newer}</p:extLst></p:nvPr>"
    picture = f'<p:pic>{told}<p:blipFill><a:blip r:embed="rId4"/></p:blipFill></p:pic>'
    package = documents.pptx("Text")
    whole = text_of(documents, package, slide_part).replace("</p:spTree>", f"{picture}</p:spTree>")
    left = text_of(documents, prepared(documents.with_part(package, slide_part, whole)), slide_part)
    assert left == whole.replace(film, "").replace(newer, '<p:ext uri="{DAA4B4D4}"></p:ext>')


def test_members_that_stay_are_copied_as_they_are_compressed(prepared, documents):
    picture = bytes(range(256)) * 100
    package = documents.with_part(documents.odp(documents.picture_link(OUT)), "Pictures/a.png", picture)
    with (
        zipfile.ZipFile(io.BytesIO(package)) as before,
        zipfile.ZipFile(io.BytesIO(prepared(package))) as after,
    ):
        assert after.testzip() is None
        assert after.namelist() == before.namelist()
        assert OUT.encode() not in after.read("content.xml")
        old, new = before.getinfo("Pictures/a.png"), after.getinfo("Pictures/a.png")
        assert (old.compress_size, old.CRC) == (new.compress_size, new.CRC)
        assert after.getinfo("mimetype").header_offset == 0


@pytest.mark.parametrize("family", ["presentation", "text", "spreadsheet"])
@pytest.mark.parametrize("make", [opendocument.flat, opendocument.zipped])
def test_no_path_is_left_in_an_opendocument(prepared, tmp_path, family, make):
    def targets(extension: str) -> list[str]:
        return writings(tmp_path / f"canary.{extension}", "127.0.0.1:1")

    content = prepared(make(family, targets))
    parts = [content]
    if make is opendocument.zipped:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = [archive.read(name) for name in archive.namelist()]
    assert not any(b"canary" in part or b"%63%61%6e" in part for part in parts)


@pytest.mark.parametrize(
    "attributes",
    [
        'xlink:href="&#x66;ile:///tmp/canary.png"',
        "xlink:href='file:///tmp/canary.png'",
        'xlink:href\n=\n"file:///tmp/canary.png"',
        'other:href="file:///tmp/canary.png" xmlns:other="http://www.w3.org/1999/xlink"',
        'xlink:title=" href=" xlink:href="file:///tmp/canary.png"',
    ],
)
def test_however_xml_writes_an_attribute_it_goes(prepared, documents, attributes):
    content = slide(documents, f"<draw:frame><draw:image {attributes}/></draw:frame>")
    assert b"canary" not in prepared(content)


def test_a_base_makes_no_reference_lead_out(prepared, documents):
    content = slide(documents, '<draw:frame xml:base="file:///tmp/"><draw:image xlink:href="canary.png"/></draw:frame>')
    assert b"file:" not in prepared(content)
    assert b"canary" not in prepared(content)


def test_attributes_that_only_a_vocabulary_shows_reach_no_engine(prepared, documents):
    declared = f'<!DOCTYPE d [<!ATTLIST draw:image xlink:href CDATA "{OUT}">]><office:document '.encode()
    content = slide(documents, "<draw:frame><draw:image/></draw:frame>").replace(b"<office:document ", declared)
    assert b"canary" not in prepared(content)


def test_a_document_type_and_a_style_sheet_go(prepared, documents):
    before = (
        b'<!DOCTYPE d SYSTEM "file:///tmp/canary.dtd"><?xml-stylesheet href="file:///tmp/canary.xsl"?><office:document '
    )
    content = documents.fodp("Text")
    assert prepared(content.replace(b"<office:document ", before)) == content


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_two_bytes_a_letter_are_read_too(prepared, documents, encoding):
    text = slide(documents, documents.picture_link(OUT)).decode().replace('"UTF-8"', '"UTF-16"')
    content = prepared(text.encode(encoding))
    assert b"canary" not in content
    assert "canary".encode(encoding)[-12:] not in content
    assert b"Text" in content


@pytest.mark.parametrize("encoding", ["utf-7", "cp037", "utf-32", "hz"])
def test_xml_in_an_encoding_that_parsers_disagree_about_reaches_no_engine(prepared, documents, encoding):
    text = documents.fodp("Text").decode().replace("UTF-8", encoding)
    package = documents.with_part(documents.odp("Text"), "styles.xml", text.encode(encoding))
    assert text_of(documents, prepared(package), "styles.xml") == ""


def test_what_follows_a_fault_in_xml_reaches_no_engine(prepared, documents):
    faulty = f'<a><b>good</b><c x="1" x="2"/><draw:image xlink:href="{OUT}"/></a>'
    package = documents.with_part(documents.odp("Text"), "styles.xml", faulty)
    kept = text_of(documents, prepared(package), "styles.xml")
    assert "good" in kept
    assert "canary" not in kept


def test_an_svg_in_a_package_refers_to_nothing(prepared, documents, tmp_path):
    picture = opendocument.svg(lambda extension: writings(tmp_path / f"canary.{extension}", "127.0.0.1:1"))
    picture = picture.replace(
        "</svg>", f'<style>@import "{OUT}"; a {{fill: url({OUT})}}</style><image href="#x"/></svg>'
    )
    for package in (documents.odp("Text"), documents.pptx("Text")):
        kept = text_of(documents, prepared(documents.with_part(package, "media/a.bin", picture)), "media/a.bin")
        assert "canary" not in kept
        assert 'href="#x"' in kept


def test_a_compressed_svg_that_leads_out_goes(prepared, documents):
    for reference, kept in ((OUT, False), ("#x", True)):
        svg = f'<svg xmlns="http://www.w3.org/2000/svg"><image href="{reference}"/></svg>'.encode()
        package = documents.with_part(documents.odp("Text"), "Pictures/a.svgz", gzip.compress(svg))
        assert bool(zipfile.ZipFile(io.BytesIO(prepared(package))).read("Pictures/a.svgz")) is kept


def test_a_file_within_flat_xml_that_leads_out_goes(prepared, documents):
    for reference, kept in ((OUT, False), ("#x", True)):
        svg = f'<svg xmlns="http://www.w3.org/2000/svg"><image href="{reference}"/></svg>'.encode()
        data = base64.encodebytes(svg).decode()
        binary = f"<office:binary-data>{data}</office:binary-data>"
        content = prepared(slide(documents, f"<draw:frame><draw:image>{binary}</draw:image></draw:frame>"))
        assert (binary.encode() in content) is kept


@pytest.mark.parametrize(
    "kind", ["image", "oleObject", "video", "attachedTemplate", "externalLinkPath", "frame", "any"]
)
def test_relationships_that_lead_out_go_and_others_stay(prepared, documents, kind):
    rows = (relationship(1, "slideLayout", "../slideLayouts/slideLayout1.xml", ""), relationship(2, kind, OUT))
    package = documents.with_part(
        documents.pptx("Text"),
        "ppt/slides/_rels/slide1.xml.rels",
        relationships(*rows, relationship(3, "hyperlink", OUT)),
    )
    assert text_of(documents, prepared(package), "ppt/slides/_rels/slide1.xml.rels") == relationships(
        rows[0], relationship(3, "hyperlink", OUT)
    )


@pytest.mark.parametrize("target", [OUT, "//host/x", "\\\\host\\x", "../../../../x", "..%2f..%2fx", "/../x", "C:\\x"])
def test_a_relationship_that_calls_itself_internal_does_not_lead_out(prepared, documents, target):
    rows = (
        relationship(1, "slideLayout", "../slideLayouts/slideLayout1.xml", ""),
        relationship(2, "image", target, ""),
    )
    package = documents.with_part(documents.pptx("Text"), "ppt/slides/_rels/slide1.xml.rels", relationships(*rows))
    assert target not in text_of(documents, prepared(package), "ppt/slides/_rels/slide1.xml.rels")


def test_a_hyperlink_is_used_as_nothing_else(prepared, documents):
    package = documents.with_part(
        documents.pptx("Text"),
        "ppt/slides/_rels/slide1.xml.rels",
        relationships(
            relationship(1, "slideLayout", "../slideLayouts/slideLayout1.xml", ""), relationship(2, "hyperlink", OUT)
        ),
    )
    use = '<a:blip r:link="rId2"/><a:hlinkClick r:id="rId2"/>'
    text = text_of(documents, package, "ppt/slides/slide1.xml").replace("</p:spTree>", f"{use}</p:spTree>")
    kept = text_of(
        documents, prepared(documents.with_part(package, "ppt/slides/slide1.xml", text)), "ppt/slides/slide1.xml"
    )
    assert kept == text.replace(' r:link="rId2"', "")


@pytest.mark.parametrize(
    "instruction", ["INCLUDEPICTURE", "includetext", "LINK Excel.Sheet", "DDEAUTO a", "RD", "UNHEARD"]
)
def test_fields_that_read_files_lose_their_instruction_and_keep_their_result(prepared, documents, instruction):
    text = openxml.field(f"{instruction} {OUT}") + openxml.field("PAGE") + openxml.field("HYPERLINK https://x/")
    package = documents.docx("Text")
    body = text_of(documents, package, "word/document.xml").replace("</w:body>", f"{text}</w:body>")
    kept = text_of(documents, prepared(documents.with_part(package, "word/document.xml", body)), "word/document.xml")
    assert OUT not in kept
    assert "GE<" in kept
    assert "https://x/" in kept
    assert kept.count("result") == 3


def test_a_field_whose_word_comes_from_another_field_goes(prepared, documents):
    inner = openxml.field("QUOTE INCLUDEPICTURE").removeprefix("<w:p>").removesuffix("</w:p>")
    text = openxml.field(f"X {OUT}").replace(
        '<w:fldChar w:fldCharType="begin"/></w:r>', f'<w:fldChar w:fldCharType="begin"/></w:r>{inner}'
    )
    package = documents.docx("Text")
    body = text_of(documents, package, "word/document.xml").replace("</w:body>", f"{text}</w:body>")
    assert OUT not in text_of(
        documents, prepared(documents.with_part(package, "word/document.xml", body)), "word/document.xml"
    )


def test_a_document_in_a_document_is_prepared_too(prepared, documents):
    inner = documents.docx("Text", picture_url=OUT)
    middle = documents.with_part(documents.pptx("Text"), "ppt/embeddings/a.docx", inner)
    outer = documents.with_part(documents.odp("Text"), "Object 1", middle)
    with (
        zipfile.ZipFile(io.BytesIO(prepared(outer))) as package,
        zipfile.ZipFile(io.BytesIO(package.read("Object 1"))) as within,
    ):
        assert OUT not in text_of(documents, within.read("ppt/embeddings/a.docx"), "word/_rels/document.xml.rels")


def test_documents_within_each_other_without_end_go(prepared, documents):
    package = documents.docx("Text", picture_url=OUT)
    for _ in range(8):
        package = documents.with_part(documents.odp("Text"), "Object 1", package)
    content, depth = prepared(package), 0
    while content:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            content, depth = archive.read("Object 1"), depth + 1
    assert depth < 8


def test_an_archive_that_can_be_read_in_two_ways_is_written_anew(prepared, documents):
    """With two members of one name, one reader takes the first and another the last."""
    buffer = io.BytesIO(documents.odp("Text"))
    with zipfile.ZipFile(buffer, "a") as archive, pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr("content.xml", slide(documents, documents.picture_link(OUT)))
    content = prepared(buffer.getvalue())
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert not any(OUT.encode() in archive.read(entry) for entry in archive.infolist())


def test_an_archive_whose_headers_disagree_with_its_directory_is_written_anew(prepared, documents):
    """One reader goes by the header, another by the directory."""
    content = documents.odp("Text").replace(b"content.xml", b"another.xml", 1)
    with zipfile.ZipFile(io.BytesIO(prepared(content))) as archive:
        assert b"Text" in archive.read("content.xml")


def test_an_archive_after_something_else_is_damaged(prepared, documents):
    with pytest.raises(DamagedDocumentError):
        prepared(b"PK\x03\x04" + b"MZ" * 1000 + documents.odp("Text"))


def test_a_damaged_archive_is_said_to_be_damaged(prepared, documents):
    with pytest.raises(DamagedDocumentError):
        prepared(documents.odp("Text")[:-30])


def test_no_path_is_left_in_rtf(prepared, tmp_path):
    def targets(extension: str) -> list[str]:
        return writings(tmp_path / f"canary.{extension}", "127.0.0.1:1")

    content = prepared(rtf.rtf(targets))
    assert b"canary" not in content
    assert content.count(b"fldrslt result") == len(rtf.instructions(targets)) * 6


def test_fields_and_pictures_of_rtf_that_read_nothing_stay(prepared):
    content = (
        rb'{\rtf1{\field{\*\fldinst { HYPERLINK "https://example.org/" }}{\fldrslt there}}'
        rb"{\field{\*\fldinst{\rtlch\fcs1 \af0 \ltrch\fcs0 \insrsid1  PAGE  \\* MERGEFORMAT}}{\fldrslt 1}}"
        rb"{\*\shppict{\pict\pngblip 89504e47}}{\sp{\sn pib}{\sv {\pict\pngblip 89504e47}}}"
        rb"{\sp{\sn pihlShape}{\sv {\*\hl{\hlsrc https://example.org/}}}}{\pict\bin4 {\}{}}"
    )
    assert prepared(content) is content


def test_rtf_nested_without_end_is_damaged(prepared):
    with pytest.raises(DamagedDocumentError):
        prepared(b"{\\rtf1" + b"{" * 20_000)


def test_a_tag_of_many_megabytes_is_read_in_one_go(prepared, documents):
    content = slide(documents, f'<draw:frame draw:name="{"x" * 24_000_000}"/>' + documents.picture_link(OUT))
    assert OUT.encode() not in prepared(content)


@functools.cache
def photo(width: int, height: int) -> bytes:
    """Nowhere plain, as a camera's picture, and of megabytes."""
    picture = Image.effect_noise((width // 12, height // 12), 80).resize((width, height)).convert("RGB")
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=97, dpi=(300, 300))
    return file.getvalue()


def with_photo(documents, picture: bytes, slide: str = "") -> bytes:
    return documents.with_part(documents.odp(f"<draw:frame/>{slide}"), "Pictures/0.jpg", picture)


def test_a_photo_that_is_larger_than_any_screen_becomes_as_large_as_a_screen(documents, prepared):
    large = photo(5000, 3750)
    picture = Image.open(io.BytesIO(documents.part(prepared(with_photo(documents, large)), "Pictures/0.jpg")))
    assert (picture.format, picture.size, picture.info["dpi"]) == ("JPEG", (2880, 2160), (173, 173))
    wanted = Image.open(io.BytesIO(large)).resize(picture.size, Image.Resampling.LANCZOS)
    assert max(ImageStat.Stat(ImageChops.difference(picture, wanted)).rms) < 4  # 36 dB


CLIPPED = '<style:graphic-properties fo:clip="rect(0cm, 1cm, 0cm, 0cm)"/>'


@pytest.mark.parametrize("markup", ['<draw:fill-image draw:name="a"/>', CLIPPED, '<a:srcRect l="2500"/>', "<a:tile/>"])
def test_markup_that_shows_a_part_of_a_picture_or_tiles_is_found_wherever_its_chunks_end(markup):
    text = (" " * 200 + markup).encode()
    assert all(shows_parts_or_tiles([text[:at], text[at:]]) for at in range(200, len(text)))


@pytest.mark.parametrize("markup", ['fo:clip="rect(0cm, 0cm, 0cm, 0cm)"', "<a:srcRect/>", '<a:srcRect l="0" t="0"/>'])
def test_a_clip_that_cuts_nothing_off_is_none(markup):
    assert not shows_parts_or_tiles([markup.encode()])


def test_a_photo_of_which_a_part_is_shown_stays(documents, prepared):
    package = with_photo(documents, photo(5000, 3750), CLIPPED)
    assert prepared(package) == package


def test_a_photo_of_a_phone_and_a_damaged_one_stay(documents, prepared):
    for picture in (photo(4000, 3000), photo(5000, 3750)[:2_000_000], b"\xff\xd8\xff" + bytes(2_000_000)):
        package = with_photo(documents, picture)
        assert prepared(package) == package
