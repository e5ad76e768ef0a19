"""Which fonts a deck is drawn in: an operator's own, those embedded in the deck, what stands in for others."""

import io
import re
import subprocess
from collections import Counter

import pikepdf
import pytest
import pytest_asyncio
from fontTools.ttLib import TTFont
from PIL import Image

from infoscreen.common.glyphs.embedded import read_font
from infoscreen.common.glyphs.uncovered import uncovered_in_file
from infoscreen.converter.engines.libreoffice import LibreOfficeConverter
from infoscreen.converter.pdf import PdfInspector

pytestmark = pytest.mark.asyncio(loop_scope="module")

ODF = "urn:oasis:names:tc:opendocument:xmlns:"
WORDML = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
RELATIONSHIPS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
FONT_KEY = "{00112233-4455-6677-8899-AABBCCDDEEFF}"


def font(family):
    """A font of that name, made of one that is installed."""
    command = ["fc-match", "--format", "%{file}", "Open Sans Condensed"]
    origin = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    content = io.BytesIO()
    with TTFont(origin) as made:
        made["name"].names = []
        for number, text in enumerate((family, "Regular", family, family, "1", family.replace(" ", "")), 1):
            made["name"].setName(text, number, 3, 1, 0x409)
        made["OS/2"].fsType = 0  # may be embedded
        made["OS/2"].usWeightClass, made["OS/2"].fsSelection, made["head"].macStyle = 400, 0x40, 0
        made.save(content)
    return content.getvalue()


def fonts_of(pdf):
    """The names of the fonts of each page; of a regular cut without it, which Carlito has on Debian 13 alone."""
    with pikepdf.open(pdf) as content:
        fonts = [filter(None, page.resources.get("/Font", {}).values()) for page in content.pages]
        return [{read_font(used).name.removesuffix("-Regular") for used in page} for page in fonts]


def run(text, **attributes):
    """A run of a slide's text, with a typeface."""
    faces = "".join(f'<a:{kind} typeface="{face}"/>' for kind, face in attributes.items())
    return f"</a:t></a:r><a:r><a:rPr>{faces}</a:rPr><a:t>{text}</a:t></a:r><a:r><a:t>"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def office(tmp_path_factory, desk_for):
    """An engine with a folder of fonts of its own."""
    folder, own = tmp_path_factory.mktemp("office"), tmp_path_factory.mktemp("own")
    (own / "deep").mkdir()
    (own / "deep" / "probe.ttf").write_bytes(font("Probe Of Our Own"))
    (own / "corbel.ttf").write_bytes(font("Corbel"))
    engine = LibreOfficeConverter(1, folder, own_fonts=own)
    await engine.start()
    yield desk_for(engine, folder)
    await engine.close()


async def test_a_font_of_an_operators_own_is_drawn_in(office, documents):
    pdf = await office.convert(documents.pptx(run("Hello", latin="Probe Of Our Own")), "pptx")
    assert "ProbeOfOurOwn" in fonts_of(pdf)[0]


async def test_a_font_of_an_operators_own_comes_before_what_stands_in_for_it(office, documents):
    text = run("Hello", latin="Corbel") + run("again", latin="Candara")
    assert {"Corbel", "Carlito"} <= fonts_of(await office.convert(documents.pptx(text), "pptx"))[0]


@pytest.mark.parametrize(
    ("typeface", "drawn"),
    [
        ("Aptos Display", "Carlito"),
        ("Segoe UI", "LiberationSans"),
        ("Segoe UI Semibold", "LiberationSans-Bold"),
        ("Arial Narrow", "LiberationSansNarrow"),
        ("Trebuchet MS", "DejaVuSansCondensed"),
        ("Georgia", "DejaVuSerifCondensed"),
        ("Consolas", "LiberationMono"),
        ("Impact", "OpenSans-CondensedBold"),
        ("Comic Sans MS", "NotoSans"),
    ],
)
async def test_the_office_draws_in_what_stands_in(office, documents, typeface, drawn):
    assert drawn in fonts_of(await office.convert(documents.pptx(run("Hello", latin=typeface)), "pptx"))[0]


async def test_symbols_are_those_of_their_font_whatever_else_has_the_same_size(office, documents):
    fonts = ("Wingdings", "Symbol", "Webdings", "Wingdings 2", "Wingdings 3")
    text = "".join(run("\uf04a\uf0ae\uf061", sym=family) for family in fonts)
    pdf = await office.convert(documents.pptx(text), "pptx")
    assert uncovered_in_file(pdf) == {}
    assert {family.replace(" ", "") for family in fonts} <= fonts_of(pdf)[0]


async def test_codes_of_an_unknown_symbol_font_are_boxes_and_not_other_pictures(office, documents):
    pdf = await office.convert(documents.pptx(run("\uf0fc", latin="Icons Of Someone")), "pptx")
    assert uncovered_in_file(pdf) == {1: {"\uf0fc": 1}}


async def test_emoji_are_drawn_in_colour(office, documents, pdf_texts):
    pdf = await office.convert(documents.pptx("🥳 👩‍💻 🇩🇪 👍🏽 done"), "pptx", name="emoji")
    blank = uncovered_in_file(pdf).get(1, Counter()).total()
    assert blank in {0, 4}  # LibreOffice draws them by itself from 7.5 on
    before, inspector = pdf.stat().st_size, PdfInspector(office.folder)
    try:
        summary = await inspector.inspect(pdf, office.folder / "thumbnail")
    finally:
        await inspector.close()
    assert summary.size_bytes == pdf.stat().st_size
    assert (before < summary.size_bytes) == bool(blank)
    assert uncovered_in_file(pdf) == {}
    assert "🥳 👩‍💻 🇩🇪 👍🏽 done" in pdf_texts(pdf)[0]
    with Image.open(office.folder / "thumbnail") as picture:
        colours = {colour for _, colour in picture.convert("RGB").quantize(32).convert("RGB").getcolors()}
    assert any(max(colour) - min(colour) > 100 for colour in colours)


async def test_a_pdf_without_blank_emoji_stays_byte_for_byte(office, documents):
    pdf = await office.convert(documents.pptx("Hello"), "pptx", name="plain")
    before, inspector = pdf.read_bytes(), PdfInspector(office.folder)
    try:
        await inspector.inspect(pdf, office.folder / "thumbnail")
    finally:
        await inspector.close()
    assert pdf.read_bytes() == before


def odp_with(documents, family, program=None):
    """A deck that names a font, and brings it along if there is a program."""
    source = (
        '<svg:font-face-src><svg:font-face-uri xlink:href="Fonts/one.ttf" xlink:type="simple">'
        '<svg:font-face-format svg:string="truetype"/></svg:font-face-uri></svg:font-face-src>'
    )
    style = '<style:style style:name="t" style:family="text"><style:text-properties style:font-name="F"/></style:style>'
    deck = documents.odp(documents.slide('<text:span text:style-name="t">Hello</text:span>'), automatic_styles=style)
    with_face = re.sub(
        b"<office:automatic-styles>",
        f'<office:font-face-decls><style:font-face style:name="F" svg:font-family="{family}">'
        f"{source if program else ''}</style:font-face></office:font-face-decls><office:automatic-styles>".encode(),
        documents.part(deck, "content.xml"),
        count=1,
    )
    deck = documents.with_part(deck, "content.xml", with_face)
    if program is None:
        return deck
    entry = b'<manifest:file-entry manifest:full-path="Fonts/one.ttf" manifest:media-type="application/x-font-ttf"/>'
    manifest = documents.part(deck, "META-INF/manifest.xml").replace(
        b"</manifest:manifest>", entry + b"</manifest:manifest>"
    )
    deck = documents.with_part(deck, "META-INF/manifest.xml", manifest)
    return documents.with_part(deck, "Fonts/one.ttf", program)


def docx_with(documents, family, program):
    """A letter that brings its font along, scrambled as Word does it."""
    key = bytes.fromhex(re.sub(r"[{}-]", "", FONT_KEY))[::-1]
    scrambled = bytes(byte ^ key[place % 16] for place, byte in enumerate(program[:32])) + program[32:]
    letter = documents.docx("Hello")
    faces = f'<w:rPr><w:rFonts w:ascii="{family}" w:hAnsi="{family}"/></w:rPr><w:t>'.encode()
    letter = documents.with_part(
        letter, "word/document.xml", documents.part(letter, "word/document.xml").replace(b"<w:t>", faces)
    )
    kinds = documents.part(letter, "[Content_Types].xml").replace(
        b"</Types>",
        b'<Default Extension="odttf" ContentType="application/vnd.openxmlformats-officedocument.obfuscatedFont"/>'
        b'<Override PartName="/word/fontTable.xml" ContentType="application/vnd.openxmlformats-officedocument.'
        b'wordprocessingml.fontTable+xml"/></Types>',
    )
    relations = documents.part(letter, "word/_rels/document.xml.rels").replace(
        b"</Relationships>",
        f'<Relationship Id="rId5" Type="{RELATIONSHIPS}/fontTable" Target="fontTable.xml"/></Relationships>'.encode(),
    )
    table = (
        f'<w:fonts xmlns:w="{WORDML}" xmlns:r="{RELATIONSHIPS}"><w:font w:name="{family}">'
        f'<w:embedRegular r:id="rId1" w:fontKey="{FONT_KEY}"/></w:font></w:fonts>'
    )
    inner = (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        f'<Relationship Id="rId1" Type="{RELATIONSHIPS}/font" Target="fonts/font1.odttf"/></Relationships>'
    )
    for name, content in {
        "[Content_Types].xml": kinds,
        "word/_rels/document.xml.rels": relations,
        "word/fontTable.xml": table,
        "word/_rels/fontTable.xml.rels": inner,
        "word/fonts/font1.odttf": scrambled,
    }.items():
        letter = documents.with_part(letter, name, content)
    return letter


async def test_a_font_embedded_in_an_odp_is_drawn_in_and_in_no_later_document(office, documents):
    embedded = odp_with(documents, "Brought Along", font("Brought Along"))
    assert "BroughtAlong" in fonts_of(await office.convert(embedded, "odp"))[0]
    pdf = await office.convert(odp_with(documents, "Brought Along"), "odp")
    assert "BroughtAlong" not in fonts_of(pdf)[0]


async def test_a_font_embedded_in_a_docx_is_drawn_in(office, documents):
    letter = docx_with(documents, "Brought By Word", font("Brought By Word"))
    assert "BroughtByWord" in fonts_of(await office.convert(letter, "docx"))[0]
