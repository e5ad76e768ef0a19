"""The doctor's test deck: one slide in several fonts and one slide per script; its bytes are different each time."""

import io
import re
from uuid import uuid4
from xml.sax.saxutils import escape

import pikepdf

from infoscreen.common.glyphs.scripts import SCRIPTS
from infoscreen.common.glyphs.uncovered import uncovered_characters

FONTS = ("Carlito", "Liberation Sans", "DejaVu Sans", "Open Sans", "Noto Sans")
"""The fonts that most presentations use, or their metric-compatible replacements."""

NAME = "infoscreen-doctor.fodp"
_ODF = "urn:oasis:names:tc:opendocument:xmlns:"


def make() -> bytes:
    """A new deck: the fonts on its first slide, then a slide for each of SCRIPTS, in their order."""
    styles = "".join(
        f'<style:style style:name="t{number}" style:family="text">'
        f"<style:text-properties fo:font-family=\"'{font}'\"/></style:style>"
        for number, font in enumerate(FONTS)
    )
    lines = "".join(
        f'<text:p><text:span text:style-name="t{number}">{font}</text:span></text:p>'
        for number, font in enumerate(FONTS)
    )
    slides = [f"{lines}<text:p>{uuid4()}</text:p>", *(f"<text:p>{escape(line)}</text:p>" for line in SCRIPTS.values())]
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document xmlns:office="{_ODF}office:1.0" '
        f'xmlns:style="{_ODF}style:1.0" xmlns:text="{_ODF}text:1.0" xmlns:draw="{_ODF}drawing:1.0" '
        f'xmlns:fo="{_ODF}xsl-fo-compatible:1.0" xmlns:svg="{_ODF}svg-compatible:1.0" office:version="1.3" '
        'office:mimetype="application/vnd.oasis.opendocument.presentation">'
        f"<office:automatic-styles>{styles}</office:automatic-styles>"
        f"<office:body><office:presentation>{''.join(map(_slide, slides))}</office:presentation></office:body>"
        "</office:document>"
    ).encode()


def _slide(text: str) -> str:
    return (
        '<draw:page><draw:frame svg:x="2cm" svg:y="2cm" svg:width="24cm" svg:height="8cm">'
        f"<draw:text-box>{text}</draw:text-box></draw:frame></draw:page>"
    )


def missing_fonts(pdf: bytes) -> list[str]:
    """Those of FONTS that the PDF does not embed. LibreOffice writes font names uncompressed."""
    embedded = [name.rpartition(b"+")[2].decode() for name in re.findall(rb"/FontName\s*/([^\s/]+)", pdf)]
    return [font for font in FONTS if not any(name.startswith(font.replace(" ", "")) for name in embedded)]


def uncovered_scripts(pdf: bytes) -> dict[str, str]:
    """Maps each script to those of its characters that the PDF shows as boxes or not at all.

    Raises:
        pikepdf.PdfError: the bytes are no PDF.
    """
    names = dict(enumerate(SCRIPTS, 2))
    with pikepdf.open(io.BytesIO(pdf)) as content:
        uncovered = uncovered_characters(content)
    return {names.get(page, f"page {page}"): "".join(characters) for page, characters in uncovered.items()}
