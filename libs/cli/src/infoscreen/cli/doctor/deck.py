"""The deck that the doctor sends: one slide in several fonts, of bytes that nobody has converted before."""

import re
from uuid import uuid4

FONTS = ("Carlito", "Liberation Sans", "DejaVu Sans")
"""What presentations are mostly written in, or what stands in for it at the same widths."""

NAME = "infoscreen-doctor.fodp"
_ODF = "urn:oasis:names:tc:opendocument:xmlns:"


def make() -> bytes:
    """A fresh deck."""
    styles = "".join(
        f'<style:style style:name="t{number}" style:family="text">'
        f"<style:text-properties fo:font-family=\"'{font}'\"/></style:style>"
        for number, font in enumerate(FONTS)
    )
    lines = "".join(
        f'<text:p><text:span text:style-name="t{number}">{font}</text:span></text:p>'
        for number, font in enumerate(FONTS)
    )
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document xmlns:office="{_ODF}office:1.0" '
        f'xmlns:style="{_ODF}style:1.0" xmlns:text="{_ODF}text:1.0" xmlns:draw="{_ODF}drawing:1.0" '
        f'xmlns:fo="{_ODF}xsl-fo-compatible:1.0" xmlns:svg="{_ODF}svg-compatible:1.0" office:version="1.3" '
        'office:mimetype="application/vnd.oasis.opendocument.presentation">'
        f"<office:automatic-styles>{styles}</office:automatic-styles>"
        '<office:body><office:presentation><draw:page draw:name="1">'
        '<draw:frame svg:x="2cm" svg:y="2cm" svg:width="20cm" svg:height="8cm"><draw:text-box>'
        f"{lines}<text:p>{uuid4()}</text:p></draw:text-box></draw:frame>"
        "</draw:page></office:presentation></office:body></office:document>"
    ).encode()


def missing_fonts(pdf: bytes) -> list[str]:
    """Which of the fonts the PDF was made without. Font names stand in the open in what LibreOffice writes."""
    embedded = [name.rpartition(b"+")[2].decode() for name in re.findall(rb"/FontName\s*/([^\s/]+)", pdf)]
    return [font for font in FONTS if not any(name.startswith(font.replace(" ", "")) for name in embedded)]
