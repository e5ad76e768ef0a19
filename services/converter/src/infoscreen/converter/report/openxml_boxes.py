"""The boxes of text of a PPTX's slides. What a placeholder does not say, its layout's and its master's say."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from infoscreen.converter.report.boxes import TextBox
from infoscreen.converter.report.markup import MarkupReader

_LENGTH = re.compile(r"-?[0-9]{1,18}")
_ON_A_MASTER = {"ctrTitle": "title", "subTitle": "body", "obj": "body", "": "body"}


@dataclass
class Shape:
    """A shape with text, as one file tells of it.

    Attributes:
        placeholder: its type and index; None for one that is no placeholder.
        span: where it begins and ends, from the top of the slide, in EMU; None where it leaves that to the placeholder
            that it follows.
        upright: False where it, or its text, is turned.
        grows: True where it grows with its text; None where it leaves that to its placeholder.
        paragraphs: its text.
    """

    placeholder: tuple[str, str] | None = None
    span: tuple[int, int] | None = None
    upright: bool = True
    grows: bool | None = None
    paragraphs: list[str] = field(default_factory=list)


class ShapeReader(MarkupReader):
    """The shapes of a slide, a layout or a master that are in no group."""

    def __init__(self) -> None:
        super().__init__()
        self.shapes: list[Shape] = []
        self._shape: Shape | None = None
        self._groups = self._top = 0
        self._in_frame = self._in_text = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """A shape or a part of one begins, or something else."""
        if name == "t":
            self._in_text = True
        elif name == "grpSp":
            self._groups += 1
        elif name == "sp" and not self._groups:
            self._shape = Shape()
            self.shapes.append(self._shape)
        elif self._shape is not None:
            self._part(self._shape, name, attributes)

    def _part(self, shape: Shape, name: str, attributes: dict[str, str]) -> None:
        match name:
            case "ph":
                shape.placeholder = attributes.get("type", ""), attributes.get("idx", "")
            case "xfrm":
                self._in_frame = True
                shape.upright = attributes.get("rot", "0") == "0" and "flipV" not in attributes
            case "off" if self._in_frame:
                self._top = length(attributes.get("y", ""))
            case "ext" if self._in_frame:
                shape.span = self._top, self._top + length(attributes.get("cy", ""))
            case "bodyPr":
                turned = attributes.get("vert", "horz") != "horz" or attributes.get("rot", "0") != "0"
                shape.upright = shape.upright and not turned
            case "spAutoFit" | "noAutofit" | "normAutofit":
                shape.grows = name == "spAutoFit"
            case "p":
                shape.paragraphs.append("")

    def end(self, name: str) -> None:
        """It ends."""
        if name == "grpSp":
            self._groups -= 1
        elif name == "sp":
            self._shape = None
        elif name == "xfrm":
            self._in_frame = False
        elif name == "t":
            self._in_text = False

    def text(self, data: str) -> None:
        """Text of the last paragraph."""
        if self._in_text and self._shape is not None and self._shape.paragraphs:
            self._shape.paragraphs[-1] += data


def boxes_of(
    shapes: Sequence[Shape], layout: Sequence[Shape], master: Sequence[Shape], slide_height: int
) -> Iterator[TextBox]:
    """The boxes of a slide whose place is known, and that do not grow with their text.

    Args:
        shapes: of the slide.
        layout: those of its layout.
        master: those of its master.
        slide_height: in EMU.
    """
    for shape in shapes:
        texts = [text for text in shape.paragraphs if text.strip()]
        chain = [shape, *_followed(shape, layout, master)]
        span = next((one.span for one in chain if one.span), None)
        grows = next((one.grows for one in chain if one.grows is not None), False)
        if texts and span and not grows and all(one.upright for one in chain):
            yield TextBox(span[0] / slide_height, span[1] / slide_height, texts[0], texts[-1])


def _followed(shape: Shape, layout: Sequence[Shape], master: Sequence[Shape]) -> Iterator[Shape]:
    """The placeholder of the layout that a placeholder follows, and those of the master."""
    if shape.placeholder is None:
        return
    kind, index = shape.placeholder
    alike = [one for one in layout if one.placeholder and one.placeholder[1] == index]
    followed = next((one for one in alike if one.placeholder == shape.placeholder), alike[0] if alike else None)
    if followed and followed.placeholder:
        yield followed
        kind = followed.placeholder[0]
    on_master = _ON_A_MASTER.get(kind, kind)
    yield from (one for one in master if one.placeholder and one.placeholder[0] == on_master)


def length(emu: str) -> int:
    """A length in EMU; 0 for what is none."""
    return int(emu) if _LENGTH.fullmatch(emu) else 0
