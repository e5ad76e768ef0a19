"""Characters that no font had, found in PDFs as LibreOffice and others write them."""

import struct

import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name

from infoscreen.common.glyphs.uncovered import UNKNOWN, uncovered_characters

BOX, LETTER = b"box.", b"let."


def truetype(glyphs, codes):
    """A font of these outlines, with the table of codes that LibreOffice writes."""
    glyf = b"".join(glyphs)
    offsets = [sum(map(len, glyphs[:number])) for number in range(len(glyphs) + 1)]
    loca = struct.pack(f">{len(offsets)}L", *offsets)
    head = bytes(50) + struct.pack(">hh", 1, 0)
    cmap = struct.pack(">HHHHLHHH", 0, 1, 1, 0, 12, 0, 262, 0) + bytes(codes.get(code, 0) for code in range(256))
    tables = {b"cmap": cmap, b"glyf": glyf, b"head": head, b"loca": loca}
    directory, body, at = b"", b"", 12 + 16 * len(tables)
    for tag, table in tables.items():
        directory += struct.pack(">4sLLL", tag, 0, at + len(body), len(table))
        body += table
    return struct.pack(">LHHHH", 0x00010000, len(tables), 0, 0, 0) + directory + body


def to_unicode(text):
    rows = "".join(f"<{code:02X}> <{characters.encode('utf-16-be').hex()}>\n" for code, characters in text.items())
    return f"{len(text)} beginbfchar\n{rows}endbfchar".encode()


class Page:
    """A PDF with one page in one font."""

    def __init__(self):
        self.pdf = pikepdf.new()
        self.pdf.add_blank_page()

    def font(self, text, *, truetype=None, type1=None, **more):
        descriptor = Dictionary(Type=Name.FontDescriptor)
        if truetype is not None:
            descriptor.FontFile2 = self.pdf.make_stream(truetype)
        if type1 is not None:
            descriptor.FontFile = self.pdf.make_stream(type1)
        font = Dictionary(Type=Name.Font, Subtype=Name.TrueType, BaseFont=Name("/AAAAAA+Some"), **more)
        font.FontDescriptor = self.pdf.make_indirect(descriptor)
        font.ToUnicode = self.pdf.make_stream(to_unicode(text))
        return self.pdf.make_indirect(font)

    def show(self, font, operators):
        page = self.pdf.pages[0]
        page.obj.Resources = Dictionary(Font=Dictionary(F1=font))
        page.obj.Contents = self.pdf.make_stream(b"BT /F1 12 Tf " + operators + b" ET")
        return uncovered_characters(self.pdf)


@pytest.fixture
def page():
    return Page()


def test_a_copy_of_the_glyph_for_missing_ones_is_a_missing_character(page):
    font = page.font({1: "a", 2: "漢"}, truetype=truetype([BOX, LETTER, BOX], {1: 1, 2: 2}))
    assert page.show(font, b"<010201>Tj <02>Tj") == {1: {"漢": 2}}


def test_the_actual_text_says_which_character_it_was(page):
    font = page.font({1: "a", 2: "漢"}, truetype=truetype([BOX, LETTER, BOX], {1: 1, 2: 2}))
    marked = b"/Span<</ActualText<FEFF5B57>>> BDC <02>Tj EMC [<02>-20<01>]TJ"
    assert page.show(font, marked) == {1: {"字": 1, "漢": 1}}


def test_a_font_that_has_all_characters_lacks_none(page):
    font = page.font({1: "a"}, truetype=truetype([BOX, LETTER], {1: 1}))
    assert page.show(font, b"<01>Tj") == {}


def test_a_character_drawn_blank_is_missing_unless_it_is_blank_by_nature(page):
    blanks = {1: "🎉", 2: " ", 3: "\u200d", 4: "⠀"}
    font = page.font(blanks, truetype=truetype([BOX, b"", b"", b"", b""], {1: 1, 2: 2, 3: 3, 4: 4}))
    assert page.show(font, b"<01020304>Tj") == {1: {"🎉": 1}}


def test_a_type_1_font_names_what_it_lacks(page):
    program = b"%!FontType1-1.0\ndup 1 /a put\ndup 2 /.notdef put\ncurrentfile eexec \x00\x01"
    font = page.font({1: "a", 2: "b"}, type1=program)
    assert page.show(font, b"<0102>Tj") == {1: {"b": 1}}


def test_glyph_0_of_a_composite_font_is_a_missing_character(page):
    descendant = page.pdf.make_indirect(Dictionary(Type=Name.Font, Subtype=Name.CIDFontType2))
    font = page.font({}, Encoding=Name("/Identity-H"), DescendantFonts=Array([descendant]))
    font.Subtype = Name.Type0
    assert page.show(font, b"<00050000>Tj") == {1: {UNKNOWN: 1}}


def test_text_in_a_form_is_looked_at_as_well(page):
    font = page.font({2: "漢"}, truetype=truetype([BOX, LETTER, BOX], {2: 2}))
    form = page.pdf.make_stream(b"BT /F1 12 Tf <02>Tj ET", Type=Name.XObject, Subtype=Name.Form)
    form.Resources = Dictionary(Font=Dictionary(F1=font))
    page.pdf.pages[0].obj.Resources = Dictionary(XObject=Dictionary(X=form))
    assert uncovered_characters(page.pdf) == {1: {"漢": 1}}


@pytest.mark.parametrize("program", [b"", b"\x00\x01\x00\x00\x00\x09", truetype([BOX], {1: 200})])
def test_a_damaged_font_is_no_finding_and_no_failure(page, program):
    assert page.show(page.font({1: "a"}, truetype=program), b"<01>Tj") == {}
