"""Writes a PDF of one page with text, shapes and a gradient: all that notices need.

The fonts are Helvetica and Helvetica-Bold, which every PDF reader has, so the PDF embeds none. The widths are from
Adobe's metrics. PDF 1.4: https://opensource.adobe.com/dc-acrobat-sdk-docs/pdfstandards/pdfreference1.4.pdf
"""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import accumulate

Colour = tuple[float, float, float]
Point = tuple[float, float]

# fmt: off
_REGULAR = (
    278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556, 556, 556, 556, 556,
    556, 556, 556, 278, 278, 584, 584, 584, 556, 1015, 667, 667, 722, 722, 667, 611, 778, 722, 278, 500, 667, 556,
    833, 722, 778, 667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 278, 278, 278, 469, 556, 333, 556, 556, 500,
    556, 556, 278, 556, 556, 222, 222, 500, 222, 833, 556, 556, 556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500,
    334, 260, 334, 584,
)
_BOLD = (
    278, 333, 474, 556, 556, 889, 722, 238, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556, 556, 556, 556, 556,
    556, 556, 556, 333, 333, 584, 584, 584, 611, 975, 722, 722, 722, 722, 667, 611, 778, 722, 278, 556, 722, 611, 833,
    722, 778, 667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 333, 278, 333, 584, 556, 333, 556, 611, 556, 611,
    556, 333, 611, 611, 278, 278, 556, 278, 889, 611, 611, 611, 611, 389, 556, 333, 611, 556, 778, 556, 556, 500, 389,
    280, 389, 584,
)
# fmt: on
_FIRST_CODE = 32
_OTHER_WIDTH = 556
_CIRCLE = 0.5522847  # how far the control points of a quarter of a circle are
_ELLIPSIS = "…"


def encodable(text: str) -> str:
    """The text in characters that the fonts have: other letters lose their accents or become a question mark."""
    kept = [char if _has(char) else unicodedata.normalize("NFKD", char)[0] for char in text if char.isprintable()]
    return "".join(char if _has(char) else "?" for char in kept)


def _has(char: str) -> bool:
    try:
        char.encode("cp1252")
    except UnicodeEncodeError:
        return False
    return True


def width(text: str, size: float, *, bold: bool = False) -> float:
    """How wide a text is, in points."""
    widths = _BOLD if bold else _REGULAR
    plain = (ord(unicodedata.normalize("NFKD", char)[0]) - _FIRST_CODE for char in text)
    return sum(widths[code] if 0 <= code < len(widths) else _OTHER_WIDTH for code in plain) * size / 1000


def wrap(text: str, size: float, limit: float, *, bold: bool = False, lines: int = 99) -> list[str]:
    """Break a text into lines of limited width, with an ellipsis at the end of a text that is too long."""
    result: list[str] = []
    for word in encodable(text).split():
        longer = f"{result[-1]} {word}" if result else word
        if result and width(longer, size, bold=bold) <= limit:
            result[-1] = longer
        else:
            result.append(word)
    kept = [*result[: lines - 1], " ".join(result[lines - 1 :])]
    return [_shortened(line, size, limit, bold=bold) for line in kept if line]


def _shortened(line: str, size: float, limit: float, *, bold: bool) -> str:
    if width(line, size, bold=bold) <= limit:
        return line
    while line and width(line + _ELLIPSIS, size, bold=bold) > limit:
        line = line[:-1]
    return line.rstrip() + _ELLIPSIS


@dataclass
class Page:
    """A page under construction; the origin is at the bottom left, and one unit is a point."""

    width: float
    height: float
    top: Colour
    bottom: Colour
    _operators: list[str] = field(default_factory=list)

    def text(self, x: float, y: float, text: str, size: float, colour: Colour, *, bold: bool = False) -> None:
        """One line of text."""
        code = encodable(text).encode("cp1252").hex()
        font = "B" if bold else "R"
        self._operators.append(f"{_numbers(*colour)} rg BT /{font} {size:g} Tf {_numbers(x, y)} Td <{code}> Tj ET")

    def rectangle(self, x: float, y: float, wide: float, high: float, colour: Colour) -> None:
        """A filled rectangle."""
        self._operators.append(f"{_numbers(*colour)} rg {_numbers(x, y, wide, high)} re f")

    def lines(self, points: Sequence[Point], colour: Colour, thickness: float, *, closed: bool = False) -> None:
        """A line through points, with round ends and corners."""
        path = " ".join(f"{_numbers(*point)} {'l' if at else 'm'}" for at, point in enumerate(points))
        self._stroke(path, colour, thickness, closed=closed)

    def arc(self, x: float, y: float, radius: float, colour: Colour, thickness: float) -> None:
        """The upper quarter of a circle, from its north-east to its north-west."""
        side = radius * 2**-0.5
        reach = radius * _CIRCLE * 2**-0.5
        path = f"{_numbers(x + side, y + side)} m {_numbers(x + side - reach, y + side + reach)} "
        path += f"{_numbers(x - side + reach, y + side + reach, x - side, y + side)} c"
        self._stroke(path, colour, thickness, closed=False)

    def circle(self, x: float, y: float, radius: float, colour: Colour, thickness: float = 0) -> None:
        """A circle: filled, or a line where it has a thickness."""
        k = radius * _CIRCLE
        path = f"{_numbers(x + radius, y)} m "
        for a, b in ((1, 0), (0, 1), (-1, 0), (0, -1)):
            path += f"{_numbers(x + radius * a - k * b, y + radius * b + k * a)} "
            path += f"{_numbers(x + k * a - radius * b, y + k * b + radius * a, x - radius * b, y + radius * a)} c "
        if thickness:
            self._stroke(path, colour, thickness, closed=True)
        else:
            self._operators.append(f"{_numbers(*colour)} rg {path}f")

    def render(self, title: str) -> bytes:
        """The PDF, with a title for the window."""
        paint = "\n".join(["/S sh", *self._operators]).encode()
        font = "<< /Type /Font /Subtype /Type1 /Encoding /WinAnsiEncoding /BaseFont /{} >>"
        resources = "<< /Font << /R 5 0 R /B 6 0 R >> /Shading << /S 7 0 R >> >>"
        box = _numbers(self.width, self.height)
        objects = [
            b"<< /Type /Catalog /Pages 2 0 R >>",
            b"<< /Type /Pages /Count 1 /Kids [3 0 R] >>",
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {box}] /Contents 4 0 R /Resources {resources} >>".encode(),
            b"<< /Length %d >>\nstream\n%b\nendstream" % (len(paint), paint),
            font.format("Helvetica").encode(),
            font.format("Helvetica-Bold").encode(),
            self._gradient().encode(),
            b"<< /Title <FEFF%b> >>" % title.encode("utf-16-be").hex().encode(),
        ]
        return _document(objects)

    def _gradient(self) -> str:
        ends = f"/C0 [{_numbers(*self.top)}] /C1 [{_numbers(*self.bottom)}]"
        function = f"<< /FunctionType 2 /Domain [0 1] /N 1 {ends} >>"
        line = f"[0 {self.height:g} 0 0]"
        return f"<< /ShadingType 2 /ColorSpace /DeviceRGB /Coords {line} /Extend [true true] /Function {function} >>"

    def _stroke(self, path: str, colour: Colour, thickness: float, *, closed: bool) -> None:
        self._operators.append(f"{_numbers(*colour)} RG {thickness:g} w 1 J 1 j {path} {'s' if closed else 'S'}")


def _document(objects: Sequence[bytes]) -> bytes:
    """Number the objects, the catalogue first and the information last, and index them."""
    header = b"%PDF-1.4\n"
    bodies = [b"%d 0 obj\n%b\nendobj\n" % (number, body) for number, body in enumerate(objects, 1)]
    offsets = list(accumulate(map(len, bodies), initial=len(header)))
    index = b"".join(b"%010d 00000 n \n" % offset for offset in offsets[:-1])
    size = len(objects) + 1
    table = b"xref\n0 %d\n0000000000 65535 f \n%b" % (size, index)
    trailer = b"trailer\n<< /Size %d /Root 1 0 R /Info %d 0 R >>\n" % (size, size - 1)
    return header + b"".join(bodies) + table + trailer + b"startxref\n%d\n%%%%EOF\n" % offsets[-1]


def _numbers(*values: float) -> str:
    return " ".join(f"{value:.4f}".rstrip("0").rstrip(".") for value in values)
