"""What a document says of itself that a PDF cannot show, or may show otherwise, and how long its slides stay."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from infoscreen.common.deck_report import FindingKind
from infoscreen.converter.outline import Outline
from infoscreen.converter.report.boxes import TextBox

WHOLE_DOCUMENT = 0
"""Instead of a slide's number."""
_MOST_NOTES = 5000
_LONGEST_DETAIL = 200
_LONGEST_FAMILY = 80
_LONGEST_STAY_SECONDS = 86_400.0  # PowerPoint's limit is a second less


@dataclass
class SourceFacts:
    """Facts about a document, collected slide by slide.

    Attributes:
        outline: which slides are shown; None for what has no slides, or does not tell.
        fonts: the families that text is written in, with the slides' numbers.
        declared: families that are named; whether any text is written in them is not known.
        notes: kind and detail of what is lost, with the slides' numbers.
        boxes: the boxes of text whose place is known, by the slides' numbers.
        seconds: how long slides stay before the next one, by the slides' numbers.
        turned_by_hand: True where the document says that those times do not count.
    """

    outline: Outline | None = None
    fonts: dict[str, set[int]] = field(default_factory=dict)
    declared: set[str] = field(default_factory=set)
    notes: dict[tuple[FindingKind, str], list[int]] = field(default_factory=dict)
    boxes: dict[int, list[TextBox]] = field(default_factory=dict)
    seconds: dict[int, float] = field(default_factory=dict)
    turned_by_hand: bool = False

    def note(self, kind: FindingKind, slide: int = WHOLE_DOCUMENT, detail: str = "") -> None:
        """Remember that a slide loses something."""
        key = kind, " ".join(detail.split())[:_LONGEST_DETAIL]
        if key in self.notes or len(self.notes) < _MOST_NOTES:
            slides = self.notes.setdefault(key, [])
            if not slides or slides[-1] != slide:
                slides.append(slide)

    def stay(self, slide: int, seconds: float) -> None:
        """Remember how long a slide stays. Zero is no time: the slide turns once its effects are over."""
        if 0 < (rounded := round(seconds, 3)) <= _LONGEST_STAY_SECONDS:
            self.seconds[slide] = rounded

    def write_in(self, family: str, slide: int = WHOLE_DOCUMENT) -> None:
        """Remember that text is written in a font."""
        family = _named(family)
        if family and (family in self.fonts or len(self.fonts) < _MOST_NOTES):
            self.fonts.setdefault(family, set()).add(slide)

    def declare(self, family: str) -> None:
        """Remember that a font is named."""
        family = _named(family)
        if family and len(self.declared) < _MOST_NOTES:
            self.declared.add(family)


def _named(family: str) -> str:
    return family.strip("'\" ")[:_LONGEST_FAMILY]


class OutOfBudgetError(Exception):
    """More XML than a report is worth; what was found until then counts."""


class Budget:
    """How many bytes of XML are read for a report."""

    def __init__(self, size_bytes: int) -> None:
        self._left = size_bytes

    def counted(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        """The same chunks; raises OutOfBudgetError."""
        for chunk in chunks:
            self._left -= len(chunk)
            if self._left < 0:
                raise OutOfBudgetError
            yield chunk
