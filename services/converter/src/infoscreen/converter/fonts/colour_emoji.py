"""Emoji in colour, in PDFs of a LibreOffice that leaves them blank.

LibreOffice before 7.5 writes a font of coloured pictures into a PDF as outlines that it does not have: there is room
for each emoji, and nothing in it. The font is replaced by one of type 3, whose glyphs are the pictures.
"""

import mmap
from collections.abc import Iterator
from pathlib import Path

import pikepdf
from pikepdf import Array, Dictionary, Name
from PIL import Image, ImageDraw, ImageFont

from infoscreen.common.glyphs.embedded import Drawn, EmbeddedFont, read_font
from infoscreen.converter.fonts import emoji

_EMBEDDED_NAME = "NotoColorEmoji"
# The one size that the font has, and its cell in pixels.
_PIXELS_PER_EM, _WIDTH, _HEIGHT, _ASCENT = 109, 136, 128, 101


def colour_emoji(pdf: Path) -> bool:
    """Draw the emoji of a PDF in colour; False when there is nothing to do, and the PDF is as it was.

    Raises:
        pikepdf.PdfError, OSError: it cannot be read or written.
    """
    if not _mentions(pdf) or not emoji.FONT_FILE.exists():
        return False
    coloured = pdf.with_name(f"{pdf.name}.coloured")
    with pikepdf.open(pdf) as content:
        blank = list(_blank_fonts(content))
        if not blank:
            return False
        for font, embedded in blank:
            _draw(content, font, embedded)
        try:
            content.save(coloured)
        except BaseException:
            coloured.unlink(missing_ok=True)
            raise
    coloured.replace(pdf)
    return True


def _mentions(pdf: Path) -> bool:
    with pdf.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        return content.find(_EMBEDDED_NAME.encode()) >= 0


def _blank_fonts(content: pikepdf.Pdf) -> Iterator[tuple[pikepdf.Object, EmbeddedFont]]:
    for found in content.objects:
        if isinstance(found, Dictionary) and found.get("/Type") == "/Font" and found.get("/Subtype") == "/TrueType":
            font = read_font(found)
            if font.name == _EMBEDDED_NAME and Drawn.BLANK in font.lacking.values():
                yield found, font


def _draw(content: pikepdf.Pdf, font: pikepdf.Object, embedded: EmbeddedFont) -> None:
    """Make of the font one of type 3: the same codes at the same widths, with pictures."""
    face = ImageFont.truetype(emoji.FONT_FILE, _PIXELS_PER_EM, layout_engine=ImageFont.Layout.RAQM)
    per_pixel = 1000 / _PIXELS_PER_EM
    place = f"{_WIDTH * per_pixel:.1f} 0 0 {_HEIGHT * per_pixel:.1f} 0 {(_ASCENT - _HEIGHT) * per_pixel:.1f} cm"
    glyphs, pictures, differences = Dictionary(), Dictionary(), Array()
    for code, text in embedded.text.items():
        name = Name(f"/e{code}")
        pictures[name] = _picture(content, face, text)
        glyphs[name] = content.make_stream(f"{_WIDTH * per_pixel:.1f} 0 d0 q {place} {name} Do Q".encode())
        differences.append(code)
        differences.append(name)
    del font["/FontDescriptor"], font["/BaseFont"]
    font.Subtype = Name.Type3
    font.FontBBox = Array([0, -300, 1300, 1000])
    font.FontMatrix = Array([0.001, 0, 0, 0.001, 0, 0])
    font.Encoding = Dictionary(Type=Name.Encoding, Differences=differences)
    font.CharProcs, font.Resources = glyphs, Dictionary(XObject=pictures)


def _picture(content: pikepdf.Pdf, face: ImageFont.FreeTypeFont, text: str) -> pikepdf.Object:
    cell = Image.new("RGBA", (_WIDTH, _HEIGHT))
    ImageDraw.Draw(cell).text((0, _ASCENT), text, font=face, anchor="ls", embedded_color=True)
    picture = {"Type": Name.XObject, "Subtype": Name.Image, "Width": _WIDTH, "Height": _HEIGHT, "BitsPerComponent": 8}
    mask = content.make_stream(cell.getchannel("A").tobytes(), **picture, ColorSpace=Name.DeviceGray)
    colours = cell.convert("RGB").tobytes()
    return content.make_stream(colours, **picture, ColorSpace=Name.DeviceRGB, SMask=mask)
