"""What documents say of themselves that a PDF cannot show, read from their files alone."""

import io
import struct

import pytest
from support.compound_files import compound_file
from support.lossy_decks import ADDRESS, lossy_fodp

from infoscreen.common.deck_report import FindingKind as Kind
from infoscreen.common.document_types import DOCUMENT_TYPES
from infoscreen.converter.report import source
from infoscreen.converter.report.boxes import TextBox
from infoscreen.converter.report.source import read_source

RELATIONSHIPS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
SPACES = (
    'xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main" '
    f'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" xmlns:r="{RELATIONSHIPS}"'
)
THEME = (
    '<a:theme xmlns:a="a"><a:fontScheme name="x"><a:majorFont><a:latin typeface="Aptos Display"/></a:majorFont>'
    '<a:minorFont><a:latin typeface="Aptos"/></a:minorFont></a:fontScheme></a:theme>'
)
FADE = "<p:transition><p:fade/></p:transition>"
TIMED = "<p:transition advTm='3000'/>"
TWICE = (
    f"<mc:AlternateContent xmlns:mc='m'><mc:Choice>{TIMED}</mc:Choice><mc:Fallback>{TIMED}</mc:Fallback>"
    "</mc:AlternateContent>"
)
ANIMATED = '<p:timing><p:cTn presetClass="entr" presetID="1"/></p:timing>'


def read(content: bytes, extension: str):
    return read_source(io.BytesIO(content), DOCUMENT_TYPES[extension])


def notes(facts):
    return {(kind, tuple(slides), detail) for (kind, detail), slides in facts.notes.items()}


@pytest.fixture
def deck(documents):
    """A PPTX with these things on its second slide, and a plain first one."""

    def make(content: str = "", shapes: str = "", relationships: str = "", attributes: str = "") -> bytes:
        package = documents.with_part(documents.pptx("First", "Second"), "ppt/theme/theme1.xml", THEME)
        slide = f"<p:sld {SPACES}{attributes}><p:cSld><p:spTree>{shapes}</p:spTree></p:cSld>{content}</p:sld>"
        package = documents.with_part(package, "ppt/slides/slide2.xml", slide)
        links = f'<Relationships xmlns="x">{relationships}</Relationships>'
        return documents.with_part(package, "ppt/slides/_rels/slide2.xml.rels", links)

    return make


@pytest.fixture
def following(documents, deck):
    """A deck with this shape on its second slide, and these on the layout and the master that it follows."""

    def make(shape: str, on_layout: str, on_master: str) -> bytes:
        links = f'<Relationship Id="r" Type="{RELATIONSHIPS}/slideLayout" Target="../slideLayouts/slideLayout1.xml"/>'
        package = deck(shapes=shape, relationships=links)
        for part, shapes in (("slideLayouts/slideLayout1", on_layout), ("slideMasters/slideMaster1", on_master)):
            package = documents.with_part(package, f"ppt/{part}.xml", f"<p:x {SPACES}>{shapes}</p:x>")
        return package

    return make


def run(text: str, properties: str = "", *, shape: str = "") -> str:
    return (
        f"<p:sp>{shape}<p:txBody><a:bodyPr/><a:p><a:r><a:rPr>{properties}</a:rPr><a:t>{text}</a:t></a:r>"
        '<a:endParaRPr><a:latin typeface="Unused"/></a:endParaRPr></a:p></p:txBody></p:sp>'
    )


def external(kind: str, target: str) -> str:
    return f'<Relationship Id="rId5" Type="{RELATIONSHIPS}/{kind}" Target="{target}" TargetMode="External"/>'


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        (Kind.TRANSITION, FADE),
        (Kind.TRANSITION, f"<mc:AlternateContent xmlns:mc='m'><mc:Choice>{FADE}</mc:Choice></mc:AlternateContent>"),
        (Kind.ANIMATION, ANIMATED),
        (Kind.SOUND, '<p:transition><p:sndAc><p:stSnd><p:snd r:embed="rId3"/></p:stSnd></p:sndAc></p:transition>'),
    ],
)
def test_what_moves_or_sounds_on_a_slide_of_a_pptx_is_found(deck, kind, content):
    assert notes(read(deck(content), "pptx")) == {(kind, (2,), "")}


@pytest.mark.parametrize(
    "content",
    [
        '<p:transition advTm="5000"/>',
        '<p:timing><p:tnLst><p:par><p:cTn id="1" dur="indefinite" nodeType="tmRoot"/></p:par></p:tnLst></p:timing>',
        '<p:timing><p:cTn presetClass="mediacall" presetID="1"/></p:timing>',
    ],
)
def test_timings_without_an_effect_are_no_loss(deck, content):
    assert notes(read(deck(content), "pptx")) == set()


@pytest.mark.parametrize(
    ("kind", "element"),
    [
        (Kind.VIDEO, "videoFile"),
        (Kind.VIDEO, "quickTimeFile"),
        (Kind.SOUND, "audioFile"),
        (Kind.SOUND, "wavAudioFile"),
    ],
)
def test_films_and_sounds_of_a_pptx_are_found_once_a_slide(deck, kind, element):
    shape = f'<p:pic><p:nvPr><a:{element} r:link="rId5"/></p:nvPr></p:pic>'
    facts = read(deck(shapes=shape * 2, relationships=external("video", "film.mp4")), "pptx")
    assert notes(facts) == {(kind, (2,), "")}


def test_a_date_that_follows_the_calendar_is_found_with_its_text(deck):
    field = (
        '<p:sp><a:p><a:fld type="datetime1"><a:t>27.11.2026</a:t></a:fld><a:fld type="slidenum"><a:t>2</a:t></a:fld>'
    )
    assert notes(read(deck(shapes=f"{field}</a:p></p:sp>"), "pptx")) == {(Kind.DATE_FROZEN, (2,), "27.11.2026")}


def test_what_lies_outside_a_pptx_is_found_but_hyperlinks(deck):
    relationships = external("image", ADDRESS) + external("oleObject", "file:///C:/a.xlsx") + external("hyperlink", "x")
    assert notes(read(deck(relationships=relationships), "pptx")) == {
        (Kind.EXTERNAL_PICTURE, (2,), ADDRESS),
        (Kind.EXTERNAL_LINK, (2,), "file:///C:/a.xlsx"),
    }


@pytest.mark.parametrize("part", ["ppt/vbaProject.bin", "word/vbaProject.bin", "xl/vbaProject.bin"])
def test_macros_of_office_files_are_found(documents, part):
    extension = {"ppt": "pptm", "word": "docx", "xl": "xlsx"}[part.partition("/")[0]]
    content = documents.pptx("x") if extension == "pptm" else documents.docx("x")
    assert notes(read(documents.with_part(content, part, b"x"), extension)) == {(Kind.MACRO, (0,), "")}


def test_the_fonts_of_a_slide_are_those_that_its_text_is_written_in(deck):
    listed = '<a:lstStyle><a:lvl1pPr><a:defRPr><a:latin typeface="Listed"/></a:defRPr></a:lvl1pPr></a:lstStyle>'
    title = '<p:nvSpPr><p:nvPr><p:ph type="title"/></p:nvPr></p:nvSpPr>'
    shapes = (
        run("own", '<a:latin typeface="Own"/><a:ea typeface="Kept"/>')
        + run("text")
        + run("heading", shape=title)
        + run("of the theme", '<a:latin typeface="+mj-lt"/>')
        + run("  ", '<a:latin typeface="Blank"/>')
        + run("漢字", '<a:latin typeface="NotThis"/><a:ea typeface="Yu Gothic"/>')
        + run("in a list").replace("<a:bodyPr/>", f"<a:bodyPr/>{listed}")
    )
    facts = read(deck(shapes=shapes), "pptx")
    own = {"Own", "Aptos Display", "Yu Gothic", "Listed"}
    assert facts.fonts == {"Aptos": {1, 2}} | {font: {2} for font in own}


def test_the_text_of_a_table_is_written_in_its_fonts(deck):
    cell = '<a:r><a:rPr><a:latin typeface="Own"/></a:rPr><a:t>cell</a:t></a:r>'
    facts = read(deck(shapes=f"<p:graphicFrame><a:tbl><a:p>{cell}</a:p></a:tbl></p:graphicFrame>"), "pptx")
    assert facts.fonts["Own"] == {2}


def placed(
    text: str = "", *, frame: str | None = None, kind: str | None = None, body: str = "", turned: str = ""
) -> str:
    """A shape from 25% to 50% of a slide's height, or a placeholder that says no place of its own."""
    placeholder = "" if kind is None else f"<p:nvSpPr><p:nvPr><p:ph {kind}/></p:nvPr></p:nvSpPr>"
    if frame is None:
        frame = f'<a:xfrm {turned}><a:off x="9" y="1714500"/><a:ext cx="9" cy="1714500"/></a:xfrm>'
    paragraphs = "".join(f"<a:p><a:r><a:t>{one}</a:t></a:r></a:p>" for one in text.split("|"))
    fitted = f"<a:bodyPr>{body}</a:bodyPr>" if body.startswith("<") else f"<a:bodyPr {body}/>"
    return f"<p:sp>{placeholder}<p:spPr>{frame}</p:spPr><p:txBody>{fitted}{paragraphs}</p:txBody></p:sp>"


@pytest.mark.parametrize(
    ("shape", "boxes"),
    [
        (placed("first|middle|last"), [TextBox(0.25, 0.5, "first", "last")]),
        (placed("| |only|"), [TextBox(0.25, 0.5, "only", "only")]),
        (placed("turned", turned='rot="5400000"'), []),
        (placed("turned", body='vert="vert270"'), []),
        (placed("grows", body="<a:spAutoFit/>"), []),
        (placed("shrinks", body="<a:normAutofit/>"), [TextBox(0.25, 0.5, "shrinks", "shrinks")]),
        (placed(" "), []),
        (placed("nowhere", frame=""), []),
        (f"<p:grpSp>{placed('of a group')}</p:grpSp>" + placed("x"), [TextBox(0.25, 0.5, "x", "x")]),
    ],
)
def test_boxes_of_a_pptx_are_told_where_their_place_is_known(deck, shape, boxes):
    assert read(deck(shapes=shape), "pptx").boxes[2] == boxes


@pytest.mark.parametrize(
    ("inherited", "kind", "known"),
    [
        ((placed(kind='type="title"'), ""), 'type="title"', True),
        ((placed(kind='type="body" idx="4"'), ""), 'idx="4"', True),
        ((placed(kind='type="body" idx="3"'), ""), 'idx="4"', False),
        ((placed(kind='type="ctrTitle"', frame=""), placed(kind='type="title"')), 'type="ctrTitle"', True),
        ((placed(kind='idx="1"', frame=""), placed(kind='type="body" idx="1"')), 'idx="1"', True),
        ((placed(kind='type="title"', turned='rot="60000"'), ""), 'type="title"', False),
        ((placed(kind='type="title"'), placed(kind='type="title"', body="<a:spAutoFit/>")), 'type="title"', False),
        ((placed(kind='type="title"', frame=""), placed(kind='type="body"')), 'type="title"', False),
    ],
)
def test_a_placeholder_has_the_place_that_its_layout_or_master_gives_it(following, inherited, kind, known):
    package = following(placed("words", kind=kind, frame=""), *inherited)
    assert read(package, "pptx").boxes[2] == ([TextBox(0.25, 0.5, "words", "words")] if known else [])


def test_a_placeholder_says_itself_whether_it_grows(following):
    grows = placed(kind='type="title"', body="<a:spAutoFit/>")
    package = following(placed("words", kind='type="title"', body="<a:noAutofit/>"), grows, grows)
    assert read(package, "pptx").boxes[2] == [TextBox(0.25, 0.5, "words", "words")]


def test_hidden_slides_of_a_pptx_are_told(deck):
    assert read(deck(attributes=' show="0"'), "pptx").outline.shown == (True, False)


def test_a_word_file_tells_its_fonts_dates_and_links(documents):
    word = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
    body = (
        '<w:r><w:rPr><w:rFonts w:ascii="Garamond"/></w:rPr><w:t>text</w:t></w:r>'
        '<w:fldSimple w:instr=" DATE \\@ d"/><w:r><w:instrText> CREATEDATE </w:instrText></w:r>'
    )
    package = documents.docx("x", picture_url=ADDRESS)
    package = documents.with_part(package, "word/document.xml", f"<w:document {word}>{body}</w:document>")
    styles = f'<w:styles {word}><w:rFonts w:asciiTheme="minorHAnsi"/></w:styles>'
    package = documents.with_part(package, "word/styles.xml", styles)
    facts = read(documents.with_part(package, "word/theme/theme1.xml", THEME), "docx")
    assert (facts.fonts, facts.declared, facts.outline) == ({"Garamond": {0}}, {"Aptos"}, None)
    assert notes(facts) == {(Kind.DATE_FROZEN, (0,), ""), (Kind.EXTERNAL_PICTURE, (0,), ADDRESS)}


def test_a_workbook_tells_its_fonts_and_what_follows_the_clock(documents):
    package = documents.zip(
        {
            "xl/workbook.xml": "<workbook/>",
            "xl/styles.xml": '<styleSheet><fonts><font><name val="Aptos Narrow"/></font></fonts></styleSheet>',
            "xl/worksheets/sheet1.xml": "<worksheet><c><f>TODAY()</f></c></worksheet>",
            "xl/externalLinks/_rels/externalLink1.xml.rels": external("externalLinkPath", "other.xlsx"),
        }
    )
    facts = read(package, "xlsx")
    assert facts.declared == {"Aptos Narrow"}
    assert notes(facts) == {(Kind.DATE_FROZEN, (0,), ""), (Kind.EXTERNAL_LINK, (0,), "other.xlsx")}


def test_a_flat_presentation_tells_every_kind_of_loss_by_its_slide():
    facts = read(lossy_fodp(), "fodp")
    assert facts.outline.shown == (True, True, False, True, True)
    assert facts.fonts == {"Aptos": {1}, "Carlito": {1, 2, 3, 4}}
    assert notes(facts) == {
        (Kind.MACRO, (0,), ""),
        (Kind.EXTERNAL_PICTURE, (1,), ADDRESS),
        (Kind.EXTERNAL_LINK, (1,), "file:///C:/figures.ods"),
        (Kind.TRANSITION, (2,), ""),
        (Kind.VIDEO, (2,), ""),
        (Kind.SOUND, (2,), ""),
        (Kind.ANIMATION, (2,), ""),
        (Kind.DATE_FROZEN, (4,), ""),
    }


def test_a_packed_presentation_takes_fonts_from_its_styles_and_pictures_from_its_package(documents):
    inside, outside = documents.picture_link("Pictures/a.png"), documents.picture_link("../b.png")
    slide = '<draw:frame draw:style-name="own"><draw:text-box><text:p>text</text:p></draw:text-box></draw:frame>'
    own = '<style:style style:name="own" style:family="graphic" style:parent-style-name="standard"/>'
    package = documents.odp(slide + inside + outside, "<draw:frame/>", automatic_styles=own)
    package = documents.with_part(package, "Pictures/a.png", b"x")
    package = documents.with_part(package, "Basic/Standard/Module1.xml", b"x")
    standard = (
        '<o xmlns:style="s" xmlns:svg="v"><style:font-face style:name="F" svg:font-family="\'Segoe UI\'"/>'
        '<style:style style:name="standard"><style:text-properties style:font-name="F"/></style:style></o>'
    )
    facts = read(documents.with_part(package, "styles.xml", standard), "odp")
    assert facts.fonts == {"Segoe UI": {1}}
    assert notes(facts) == {(Kind.EXTERNAL_PICTURE, (1,), "../b.png"), (Kind.MACRO, (0,), "")}


def test_the_library_of_macros_that_every_file_has_is_no_macro(documents):
    package = documents.with_part(documents.odp("x"), "Basic/Standard/script-lb.xml", b"x")
    assert notes(read(documents.with_part(package, "Basic/script-lc.xml", b"x"), "odp")) == set()


def test_notes_of_a_page_are_nothing_that_a_pdf_lacks(documents):
    slide = '<presentation:notes><draw:frame><draw:image xlink:href="http://a/b"/></draw:frame></presentation:notes>'
    facts = read(documents.odp(slide), "odp")
    assert (facts.fonts, facts.notes) == ({}, {})


def record(kind: int, content: bytes, *, container: bool = False, instance: int = 0) -> bytes:
    return struct.pack("<HHI", instance << 4 | (0xF if container else 0), kind, len(content)) + content


def ppt(*slides: bytes, order: list[int] | None = None, macros: bool = False, by_hand: bool = False) -> bytes:
    """A file with these slides, which are shown in this order; an older edit has them in the one of the file."""
    face = record(0x0FB7, "Aptos".encode("utf-16-le").ljust(68, b"\0"))
    project = record(0x03FF, record(0x0400, struct.pack("<III", 0, macros, 2)), container=True)
    film = record(0x1006, record(0x1004, bytes(8)), container=True)
    show = record(0x0401, struct.pack("<76xHH", 0 if by_hand else 1, 0))
    content = b""
    edit = 0
    for listed in (range(len(slides)), order or range(len(slides))):
        masters = record(0x0FF0, record(0x03F3, struct.pack("<I16x", 1)), container=True, instance=1)
        atoms = b"".join(record(0x03F3, struct.pack("<I16x", number + 2)) for number in listed)
        lists = masters + record(0x0FF0, atoms, container=True)
        places = [len(content)]
        content += record(0x03E8, face + project + film + show + lists, container=True)
        for slide in slides:
            places.append(len(content))
            content += slide
        directory = len(content)
        content += record(0x1772, struct.pack(f"<I{len(places)}I", 1 | len(places) << 20, *places))
        edit, before = len(content), edit
        content += record(0x0FF5, struct.pack("<IHBBIIIIHH", 0, 0, 0, 3, before, directory, 1, 0, 0, 0))
    return compound_file({"PowerPoint Document": content, "Current User": struct.pack("<8xIII", 20, 0, edit)})


def ppt_slide(*, hidden: bool = False, effect: int = 0, seconds: float | None = None, kept_seconds: float = 0) -> bytes:
    """A slide; one without a time may keep the one that it had."""
    flags = (4 if hidden else 0) | (0 if seconds is None else 0x400)
    info = struct.pack("<IIBBHB3x", round((seconds or kept_seconds) * 1000), 0, 0, effect, flags, 1)
    return record(0x03EE, record(0x03F9, info), container=True)


def test_an_old_powerpoint_file_tells_hidden_slides_fonts_films_and_macros():
    facts = read(ppt(ppt_slide(), ppt_slide(hidden=True, effect=3), macros=True), "ppt")
    assert (facts.outline.shown, facts.declared) == ((True, False), {"Aptos"})
    assert notes(facts) == {(Kind.VIDEO, (0,), ""), (Kind.MACRO, (0,), ""), (Kind.TRANSITION, (2,), "")}


def test_an_old_powerpoint_file_without_macros_has_none():
    assert notes(read(ppt(ppt_slide()), "ppt")) == {(Kind.VIDEO, (0,), "")}


def test_slides_of_an_old_powerpoint_file_are_in_the_order_of_its_newest_edit():
    first, hidden, last = ppt_slide(seconds=5), ppt_slide(hidden=True, seconds=1), ppt_slide(kept_seconds=9)
    facts = read(ppt(first, hidden, last, order=[2, 0, 1]), "ppt")
    assert (facts.outline.shown, facts.seconds) == ((True, True, False), {2: 5.0, 3: 1.0})


def test_an_old_powerpoint_file_of_which_no_directory_leads_to_the_slides_tells_none():
    whole = ppt(ppt_slide(hidden=True, seconds=5))
    damaged = whole.replace(struct.pack("<HHI", 0, 0x1772, 12), bytes(8))
    assert damaged != whole
    facts = read(damaged, "ppt")
    assert (facts.outline, facts.seconds, facts.declared) == (None, {}, {"Aptos"})


@pytest.mark.parametrize(
    ("transition", "seconds"),
    [
        ('<p:transition advClick="0" advTm="7250"/>', 7.25),
        ('<p:transition advTm="12000"><p:fade/></p:transition>', 12.0),
        (TWICE, 3.0),
        ('<p:transition advTm="0"/>', None),
        ('<p:transition advTm="86400001"/>', None),
        ('<p:transition advTm="-5"/>', None),
        ('<p:transition advTm="1e3"/>', None),
        ("<p:transition/>", None),
    ],
)
def test_how_long_a_slide_of_a_pptx_stays_is_told(deck, transition, seconds):
    assert read(deck(transition), "pptx").seconds == ({} if seconds is None else {2: seconds})


@pytest.mark.parametrize(("setting", "by_hand"), [('useTimings="0"', True), ('useTimings="1"', False), ("", False)])
def test_a_pptx_may_set_its_timings_aside(documents, deck, setting, by_hand):
    settings = f"<p:presentationPr {SPACES}><p:showPr {setting}/></p:presentationPr>"
    assert read(documents.with_part(deck(), "ppt/presProps.xml", settings), "pptx").turned_by_hand == by_hand


@pytest.mark.parametrize(
    ("properties", "seconds"),
    [
        ('presentation:transition-type="automatic" presentation:duration="PT00H00M07.250000000S"', 7.25),
        ('presentation:transition-type="automatic" presentation:duration="PT1M5S"', 65.0),
        ('presentation:transition-type="automatic" presentation:duration="PT0S"', None),
        ('presentation:transition-type="automatic" presentation:duration="soon"', None),
        ('presentation:transition-type="automatic"', None),
        ('presentation:transition-type="semi-automatic" presentation:duration="PT5S"', None),
        ('presentation:duration="PT5S"', None),
    ],
)
def test_how_long_a_page_of_a_flat_presentation_stays_is_told(properties, seconds):
    timed = lossy_fodp().replace(b'smil:type="fade"', properties.encode())
    assert read(timed, "fodp").seconds == ({} if seconds is None else {2: seconds})


@pytest.mark.parametrize(("setting", "by_hand"), [("true", True), ("false", False)])
def test_a_flat_presentation_may_set_its_timings_aside(setting, by_hand):
    settings = f'<presentation:settings presentation:force-manual="{setting}"/></office:presentation>'
    content = lossy_fodp().replace(b"</office:presentation>", settings.encode())
    assert read(content, "fodp").turned_by_hand == by_hand


@pytest.mark.parametrize("by_hand", [True, False])
def test_an_old_powerpoint_file_may_set_its_timings_aside(by_hand):
    assert read(ppt(ppt_slide(), by_hand=by_hand), "ppt").turned_by_hand == by_hand


@pytest.mark.parametrize("extension", ["pptx", "odp", "ppt", "fodp", "docx", "xls"])
@pytest.mark.parametrize("cut", [1, 40, 500])
def test_a_damaged_file_tells_less_and_fails_nothing(documents, extension, cut):
    whole = {
        "pptx": documents.pptx("x"),
        "odp": documents.odp("x"),
        "docx": documents.docx("x"),
        "fodp": lossy_fodp(),
    }.get(extension, ppt(ppt_slide()))
    assert read(whole[:-cut], extension) is not None


def test_more_markup_than_a_report_is_worth_is_not_read(monkeypatch):
    monkeypatch.setattr(source, "_MOST_XML_BYTES", 1000)
    assert read(lossy_fodp(), "fodp").notes == {}
