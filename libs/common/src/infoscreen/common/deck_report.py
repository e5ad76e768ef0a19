"""What a PDF lost of its document, and what to do about it: data that the converter writes and the catalog reads.

The whole report is a JSON object beside the PDF; the event of a conversion carries the worst of it. Fields are only
ever added, with a default, and a kind that this version does not know is read as text.
"""

from collections import Counter
from collections.abc import Sequence
from enum import StrEnum
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field

MAX_FINDINGS = 500
MAX_WORST_FINDINGS = 12
MAX_DETAIL_CHARACTERS = 120
_MAX_PAGES, _MAX_PAGES_OF_WORST = 200, 20


class FindingKind(StrEnum):
    """What may be lost, the worst first: what is wrong on the wall comes before what is merely not there."""

    MISSING_CHARACTER = "missing_character"
    TEXT_OFF_PAGE = "text_off_page"
    TEXT_OVER_BOX = "text_over_box"
    EMPTY_PAGE = "empty_page"
    EXTERNAL_PICTURE = "external_picture"
    FONT_REPLACED = "font_replaced"
    VIDEO = "video"
    HIDDEN_SLIDE = "hidden_slide"
    DATE_FROZEN = "date_frozen"
    EXTERNAL_LINK = "external_link"
    ANIMATION = "animation"
    SOUND = "sound"
    TRANSITION = "transition"
    MACRO = "macro"


_ADVICE = {
    FindingKind.MISSING_CHARACTER: "No font has these characters. Ask your operator for a font that has them, "
    "or put them in as a picture.",
    FindingKind.TEXT_OFF_PAGE: "Move the text into the page, or make it smaller.",
    FindingKind.TEXT_OVER_BOX: "Make the text shorter or smaller, or its box higher.",
    FindingKind.EMPTY_PAGE: "Screens show it as an empty page. Delete or hide it if it is not meant.",
    FindingKind.EXTERNAL_PICTURE: "Nothing outside the file is fetched. Insert the picture into the file.",
    FindingKind.FONT_REPLACED: "Lines may break elsewhere. Use {replacement}, or embed the font in the file "
    "(of a PowerPoint file: save it as ODP with its fonts), or have your operator add it.",
    FindingKind.VIDEO: "Pages are still pictures. Upload the film as a file of its own.",
    FindingKind.HIDDEN_SLIDE: "Hidden slides are left out. Unhide those that screens should show.",
    FindingKind.DATE_FROZEN: "It stays at the day of the conversion. Write a fixed date, or none.",
    FindingKind.EXTERNAL_LINK: "Nothing outside the file is fetched. Insert the content into the file.",
    FindingKind.ANIMATION: "Pages are still pictures: all that moves is shown at once. Check that nothing overlaps, "
    "or make a slide for each step.",
    FindingKind.SOUND: "Screens play no sound from decks. Say it in words on the page.",
    FindingKind.TRANSITION: "Pages follow each other without an effect. There is nothing to do.",
    FindingKind.MACRO: "Macros are never run. Put their result into the file.",
}


class Finding(BaseModel):
    """One thing that the PDF lost, on one page or several."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    kind: Annotated[FindingKind | str, Field(union_mode="left_to_right")]
    page: Annotated[
        int | None, Field(description="Of the PDF, from 1: the first one. Null for the whole document, or unknown.")
    ] = None
    pages: Annotated[tuple[int, ...], Field(description="Every page that it is on.")] = ()
    detail: Annotated[
        str, Field(description="What it is: the characters, the font, the text, the address; hidden slides' numbers.")
    ] = ""
    replacement: Annotated[str | None, Field(description="What is there instead, of a font.")] = None
    count: Annotated[int, Field(ge=1, description="How many of them, such as characters or slides.")] = 1


def advice_on(finding: Finding) -> str:
    """What the author can do about a finding, in English; empty for a kind of a newer version."""
    sentence = _ADVICE[finding.kind] if isinstance(finding.kind, FindingKind) else ""
    return sentence.format(replacement=finding.replacement or "another one")


class ReplacedFont(BaseModel):
    """A font that the document is written in, and the one that it is drawn in."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    font: str
    by: str
    same_widths: Annotated[bool, Field(description="True where every line keeps its length; that is no finding.")]


class DeckReport(BaseModel):
    """Everything that a PDF lost of its document."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    findings: Annotated[tuple[Finding, ...], Field(description="The worst first, at most 500.")] = ()
    counts: Annotated[dict[str, int], Field(description="How many findings there are of a kind.")] = {}
    missing_characters: Annotated[int, Field(ge=0, description="Characters that are boxes, or not there.")] = 0
    hidden_slides: Annotated[int, Field(ge=0, description="Slides that are left out because they are hidden.")] = 0
    replaced_fonts: tuple[ReplacedFont, ...] = ()

    @classmethod
    def of(cls, findings: Sequence[Finding], replaced_fonts: Sequence[ReplacedFont] = ()) -> Self:
        """A report of findings in any order: the worst come first, and what is too long is cut."""
        order = {kind: number for number, kind in enumerate(FindingKind)}
        ranked = sorted(findings, key=lambda one: (order[FindingKind(one.kind)], one.page or 0))
        amounts: Counter[str] = Counter()
        for finding in findings:
            amounts[finding.kind] += finding.count
        return cls(
            findings=tuple(_cut(finding, _MAX_PAGES) for finding in ranked[:MAX_FINDINGS]),
            counts=dict(Counter(str(finding.kind) for finding in ranked)),
            missing_characters=amounts[FindingKind.MISSING_CHARACTER],
            hidden_slides=amounts[FindingKind.HIDDEN_SLIDE],
            replaced_fonts=tuple(replaced_fonts[:MAX_FINDINGS]),
        )

    @property
    def worst(self) -> tuple[Finding, ...]:
        """The first findings, short enough for an event."""
        return tuple(_cut(finding, _MAX_PAGES_OF_WORST) for finding in self.findings[:MAX_WORST_FINDINGS])


def _cut(finding: Finding, pages: int) -> Finding:
    detail = finding.detail
    if len(detail) > MAX_DETAIL_CHARACTERS:
        detail = f"{detail[: MAX_DETAIL_CHARACTERS - 1]}…"
    return finding.model_copy(update={"detail": detail, "pages": finding.pages[:pages]})
