"""What Office Open XML says of itself: presentations slide by slide, documents and sheets as a whole."""

import posixpath
import re
from collections.abc import Sequence
from html import unescape

from infoscreen.common.deck_report import FindingKind
from infoscreen.common.formats.package import Package
from infoscreen.converter.outline import Outline, slide_parts
from infoscreen.converter.report.facts import WHOLE_DOCUMENT, Budget, SourceFacts
from infoscreen.converter.report.markup import MarkupReader
from infoscreen.converter.report.openxml_boxes import Shape, ShapeReader, boxes_of, length

_THEME_HEAD_BYTES = 64 * 1024
_THEME_FONT = re.compile(rb'<a:(major|minor)Font>\s*<a:latin\s+typeface="([^"]*)"')
_SHEET_FONT = re.compile(rb'<(?:x:)?name\s+val="([^"]*)"')
_VIDEO = frozenset({"videoFile", "quickTimeFile"})
_SOUND = frozenset({"audioFile", "wavAudioFile", "audioCd", "snd"})
_NO_EFFECT = frozenset({"sndAc", "stSnd", "endSnd", "snd", "extLst", "ext"})  # of what stands in a transition
_EFFECTS = frozenset({"entr", "emph", "exit", "path"})
_FALSE = frozenset({"0", "false", "off"})
_TITLES = frozenset({"title", "ctrTitle"})
# External relationships that lose nothing of what is drawn, or that are told of by the element that uses them.
_HARMLESS_LINKS = frozenset({"hyperlink", "attachedTemplate", "video", "audio", "media", "mailMergeSource"})
_EXTERNAL = re.compile(rb"<(?:\w+:)?Relationship\s[^>]*>")
_ATTRIBUTE = re.compile(rb"""(\w+)\s*=\s*["']([^"']*)["']""")
_DATE_FIELD = re.compile(r"\s*(?:DATE|TIME)\b", re.IGNORECASE)
_VOLATILE = re.compile(rb"\b(?:TODAY|NOW)\(\)")
_MILLISECONDS = re.compile(r"[0-9]{1,10}")
_FIRST_IDEOGRAPH = "\u2e80"


def read_open_xml(package: Package, facts: SourceFacts, budget: Budget) -> None:
    """Collect the facts of a package; raises OutOfBudgetError."""
    slides = slide_parts(package)
    if slides is not None:
        _presentation(package, slides, facts, budget)
    elif package.find("word/document.xml"):
        _text(package, facts, budget)
    else:
        _sheets(package, facts, budget)
    numbers = {f"{name.rpartition('/')[2]}.rels": number for number, name in enumerate(slides or (), 1)}
    for entry in package.entries:
        if entry.filename.endswith(".rels"):
            folder, _, name = entry.filename.rpartition("/")
            slide = numbers.get(name, WHOLE_DOCUMENT) if folder.endswith("slides/_rels") else WHOLE_DOCUMENT
            if not folder.endswith("charts/_rels"):  # a chart keeps what it draws; its table is the editor's
                _links(b"".join(budget.counted(package.unpacked(entry))), slide, facts)
        elif entry.filename.lower().endswith("vbaproject.bin"):
            facts.note(FindingKind.MACRO)


def _presentation(package: Package, slides: Sequence[str], facts: SourceFacts, budget: Budget) -> None:
    theme = theme_fonts(package, "ppt/theme/theme1.xml")
    show = _ShowReader()
    for part in ("ppt/presentation.xml", "ppt/presProps.xml"):
        if entry := package.find(part):
            show.read(budget.counted(package.unpacked(entry)))
    facts.turned_by_hand = show.turned_by_hand
    shown = []
    masters = _Masters(package, budget)
    for number, name in enumerate(slides, 1):
        entry = package.find(name)
        reader = _SlideReader(number, facts, theme)
        if entry is not None:
            reader.read(budget.counted(package.unpacked(entry)))
        shown.append(not reader.hidden)
        if show.slide_height > 0 and any(shape.paragraphs for shape in reader.shapes):
            facts.boxes[number] = list(boxes_of(reader.shapes, *masters.of(name), show.slide_height))
    facts.outline = Outline(tuple(shown))


def theme_fonts(package: Package, name: str) -> dict[str, str]:
    """The families that a theme gives to headings ("major") and text ("minor")."""
    entry = package.find(name)
    head = package.head(entry, _THEME_HEAD_BYTES) if entry else b""
    return {kind.decode(): unescape(family.decode("utf-8", "replace")) for kind, family in _THEME_FONT.findall(head)}


def _links(relationships: bytes, slide: int, facts: SourceFacts) -> None:
    if b"External" not in relationships:
        return
    for tag in _EXTERNAL.findall(relationships):
        given = {name: unescape(value.decode("utf-8", "replace")) for name, value in _ATTRIBUTE.findall(tag)}
        kind = given.get(b"Type", "").rpartition("/")[2]
        if given.get(b"TargetMode") == "External" and kind not in _HARMLESS_LINKS:
            found = FindingKind.EXTERNAL_PICTURE if kind == "image" else FindingKind.EXTERNAL_LINK
            facts.note(found, slide, given.get(b"Target", ""))


class _ShowReader(MarkupReader):
    """The size of the slides, in EMU, and the settings of the slide show."""

    slide_height = 0
    turned_by_hand = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "showPr":
            self.turned_by_hand = attributes.get("useTimings") in _FALSE
        elif name == "sldSz":
            self.slide_height = length(attributes.get("cy", ""))


class _RelationshipReader(MarkupReader):
    """What a part refers to: the last word of the type, and the target."""

    def __init__(self) -> None:
        super().__init__()
        self.targets: dict[str, str] = {}

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "Relationship":
            self.targets[attributes.get("Type", "").rpartition("/")[2]] = attributes.get("Target", "")


class _Masters:
    """The shapes of the layouts and masters that slides follow; each is read once."""

    def __init__(self, package: Package, budget: Budget) -> None:
        self._package, self._budget = package, budget
        self._shapes: dict[str, list[Shape]] = {"": []}
        self._followed: dict[str, str] = {"": ""}

    def of(self, slide: str) -> tuple[list[Shape], list[Shape]]:
        """The shapes of a slide's layout, and of that one's master."""
        layout = self._target(slide, "slideLayout")
        if layout not in self._followed:
            self._followed[layout] = self._target(layout, "slideMaster")
        return self._read(layout), self._read(self._followed[layout])

    def _target(self, part: str, kind: str) -> str:
        folder, _, name = part.rpartition("/")
        reader = _RelationshipReader()
        if entry := self._package.find(f"{folder}/_rels/{name}.rels"):
            reader.read(self._budget.counted(self._package.unpacked(entry)))
        target = reader.targets.get(kind)
        return posixpath.normpath(posixpath.join("/", folder, target)).removeprefix("/") if target else ""

    def _read(self, part: str) -> list[Shape]:
        if part not in self._shapes:
            reader = ShapeReader()
            if entry := self._package.find(part):
                reader.read(self._budget.counted(self._package.unpacked(entry)))
            self._shapes[part] = reader.shapes
        return self._shapes[part]


class _SlideReader(ShapeReader):
    """One slide: what moves, sounds and changes on it, the fonts of its text, and its shapes."""

    def __init__(self, number: int, facts: SourceFacts, theme: dict[str, str]) -> None:
        super().__init__()
        self.hidden = False
        self._number, self._facts, self._theme = number, facts, theme
        self._in_transition = self._in_run = self._in_date = self._in_list_style = False
        self._run: dict[str, str] = {}
        self._listed: dict[str, str] = {}
        self._inherited = "minor"

    def start(self, name: str, attributes: dict[str, str]) -> None:  # noqa: C901 - one case an element
        super().start(name, attributes)
        if name == "sld":
            self.hidden = attributes.get("show") in _FALSE
        elif name in {"sp", "graphicFrame"}:
            self._listed, self._inherited = {}, "minor"
        elif name == "ph":
            self._inherited = "major" if attributes.get("type") in _TITLES else "minor"
        elif name in {"r", "fld"}:
            self._in_run, self._run = True, {}
            self._in_date = name == "fld" and attributes.get("type", "").startswith("datetime")
        elif name in {"latin", "ea"}:
            if self._in_run or self._in_list_style:
                (self._run if self._in_run else self._listed)[name] = attributes.get("typeface", "")
        elif name == "lstStyle":
            self._in_list_style = True
        elif name == "transition":
            self._in_transition = True
            self._stay(attributes.get("advTm", ""))
        elif name == "cTn" and attributes.get("presetClass") in _EFFECTS:
            self._note(FindingKind.ANIMATION)
        elif name in _VIDEO:
            self._note(FindingKind.VIDEO)
        if name in _SOUND:
            self._note(FindingKind.SOUND)
        elif self._in_transition and name != "transition" and name not in _NO_EFFECT:
            self._note(FindingKind.TRANSITION)

    def end(self, name: str) -> None:
        super().end(name)
        if name == "transition":
            self._in_transition = False
        elif name in {"r", "fld"}:
            self._in_run = self._in_date = False
        elif name == "lstStyle":
            self._in_list_style = False

    def text(self, data: str) -> None:
        super().text(data)
        if not self._in_text or not data.strip():
            return
        if self._in_date:
            self._note(FindingKind.DATE_FROZEN, data)
        kind = "ea" if max(data) >= _FIRST_IDEOGRAPH else "latin"
        font = self._run.get(kind) or self._listed.get(kind) or ("" if kind == "ea" else f"+{self._inherited}")
        if font.startswith("+"):
            font = self._theme.get("major" if font.startswith(("+mj", "+major")) else "minor", "")
        self._facts.write_in(font, self._number)

    def _note(self, kind: FindingKind, detail: str = "") -> None:
        self._facts.note(kind, self._number, detail)

    def _stay(self, milliseconds: str) -> None:
        if _MILLISECONDS.fullmatch(milliseconds):
            self._facts.stay(self._number, int(milliseconds) / 1000)


class _TextReader(MarkupReader):
    """The fonts and dates of a Word document's part."""

    def __init__(self, facts: SourceFacts, theme: dict[str, str]) -> None:
        super().__init__()
        self._facts, self._theme = facts, theme
        self._in_instruction = self._in_run = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "rFonts":
            theme = attributes.get("asciiTheme", "")
            of_theme = self._theme.get("major" if theme.startswith("major") else "minor", "") if theme else ""
            (self._facts.write_in if self._in_run else self._facts.declare)(of_theme or attributes.get("ascii", ""))
        elif name == "r":
            self._in_run = True
        elif name == "fldSimple":
            self._date(attributes.get("instr", ""))
        self._in_instruction = name == "instrText"

    def end(self, name: str) -> None:
        if name == "r":
            self._in_run = False

    def text(self, data: str) -> None:
        if self._in_instruction:
            self._date(data)

    def _date(self, instruction: str) -> None:
        if _DATE_FIELD.match(instruction):
            self._facts.note(FindingKind.DATE_FROZEN)


def _text(package: Package, facts: SourceFacts, budget: Budget) -> None:
    theme = theme_fonts(package, "word/theme/theme1.xml")
    for name in ("word/document.xml", "word/styles.xml"):
        if entry := package.find(name):
            _TextReader(facts, theme).read(budget.counted(package.unpacked(entry)))


def _sheets(package: Package, facts: SourceFacts, budget: Budget) -> None:
    if styles := package.find("xl/styles.xml"):
        for family in _SHEET_FONT.findall(b"".join(budget.counted(package.unpacked(styles)))):
            facts.declare(unescape(family.decode("utf-8", "replace")))
    for entry in package.entries:
        if entry.filename.startswith("xl/worksheets/") and any(
            _VOLATILE.search(chunk) for chunk in budget.counted(package.unpacked(entry))
        ):
            facts.note(FindingKind.DATE_FROZEN)
