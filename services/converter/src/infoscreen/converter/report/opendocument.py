"""What OpenDocument says of itself, packed or flat: presentations page by page, other documents as a whole."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta

from pydantic import TypeAdapter, ValidationError

from infoscreen.common.deck_report import FindingKind
from infoscreen.common.formats.package import Package
from infoscreen.converter.outline import Outline
from infoscreen.converter.preparation.references import Members, is_picture_data
from infoscreen.converter.report.facts import WHOLE_DOCUMENT, Budget, SourceFacts
from infoscreen.converter.report.markup import MarkupReader

_SOUND_SUFFIXES = (".mp3", ".wav", ".ogg", ".oga", ".m4a", ".aac", ".flac", ".wma", ".aif", ".aiff", ".mid", ".midi")
_EFFECTS = frozenset({"entrance", "exit", "emphasis", "motion-path"})
_OLD_EFFECTS = frozenset({"show-shape", "hide-shape", "show-text", "hide-text", "dim", "play"})
_PICTURES = frozenset({"image", "fill-image", "background-image"})
_OBJECTS = frozenset({"object", "object-ole", "floating-frame"})
_STYLE_NAMES = ("style-name", "text-style-name")
_MOST_STYLES = 50_000
_DURATION = TypeAdapter(timedelta)


@dataclass
class _Style:
    parent: str = ""
    family: str = ""
    font: str = ""
    hidden: bool = False
    transition: bool = False
    sound: bool = False
    shows_date: bool = False
    seconds: float = 0


@dataclass
class _Styles:
    """The styles of a document, and which of them have text."""

    faces: dict[str, str] = field(default_factory=dict)
    named: dict[str, _Style] = field(default_factory=dict)
    defaults: dict[str, str] = field(default_factory=dict)
    used: dict[tuple[str, ...], set[int]] = field(default_factory=dict)

    def fonts(self) -> Iterator[tuple[str, set[int]]]:
        """Families with the slides that are written in them."""
        for names, slides in self.used.items():
            found = next(filter(None, map(self._font, names)), "") or next(iter(self.defaults.values()), "")
            yield self.faces.get(found, found).split(",")[0], slides

    def _font(self, name: str) -> str:
        seen: set[str] = set()
        while name not in seen and (style := self.named.get(name)):
            if style.font:
                return style.font
            seen.add(name)
            name = style.parent
        return ""


class _Reader(MarkupReader):
    """One XML file of a document; its styles come before what is written in them."""

    def __init__(self, facts: SourceFacts, styles: _Styles, members: Members) -> None:
        super().__init__()
        self._facts, self._styles, self._members = facts, styles, members
        self._style = _Style()
        self._in_default = False
        self._names: list[str] = []  # of the styles around a place, the innermost last
        self._notes_depth = 0
        self._slide = WHOLE_DOCUMENT
        self._dates: set[str] = set()
        self.shown: list[bool] = []

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self._names.append(next((attributes[key] for key in _STYLE_NAMES if key in attributes), ""))
        if name in {"style", "default-style", "font-face"} or name.endswith("-properties"):
            self._of_style(name, attributes)
        elif name == "page" and "master-page-name" in attributes | {"master-page-name": ""}:
            self._page(attributes)
        elif name == "notes":
            self._notes_depth += 1
        elif "href" in attributes:
            self._reference(name, attributes)
        else:
            self._moving(name, attributes)

    def end(self, name: str) -> None:
        self._names.pop()
        if name == "notes":
            self._notes_depth -= 1
        elif name == "page":
            self._slide = WHOLE_DOCUMENT
        elif name == "default-style":
            self._in_default = False

    def text(self, data: str) -> None:
        if self._notes_depth or not data.strip():
            return
        names = tuple(name for name in reversed(self._names) if name)
        if len(self._styles.used) < _MOST_STYLES:
            self._styles.used.setdefault(names, set()).add(self._slide)

    def _of_style(self, name: str, attributes: dict[str, str]) -> None:
        if name == "font-face":
            self._styles.faces[attributes.get("name", "")] = attributes.get("font-family", "")
        elif name in {"style", "default-style"}:
            self._in_default = name == "default-style"
            self._style = _Style(attributes.get("parent-style-name", ""), attributes.get("family", ""))
            if name == "style" and len(self._styles.named) < _MOST_STYLES:
                self._styles.named[attributes.get("name", "")] = self._style
        elif name == "text-properties":
            self._style.font = attributes.get("font-name") or attributes.get("font-family", "")
            if self._in_default and self._style.font:
                self._styles.defaults[self._style.family] = self._style.font
        elif name == "drawing-page-properties":
            style = self._style
            style.hidden = attributes.get("visibility") == "hidden"
            effects = attributes.get("type", ""), attributes.get("transition-style", "none")
            style.transition = effects != ("", "none")
            style.shows_date = attributes.get("display-date-time") == "true"
            if attributes.get("transition-type") == "automatic":
                style.seconds = _seconds(attributes.get("duration", ""))

    def _page(self, attributes: dict[str, str]) -> None:
        self._slide = len(self.shown) + 1
        style = self._styles.named.get(attributes.get("style-name", ""), _Style())
        self.shown.append(not style.hidden)
        self._facts.stay(self._slide, style.seconds)
        if style.transition:
            self._facts.note(FindingKind.TRANSITION, self._slide)
        if style.sound:
            self._facts.note(FindingKind.SOUND, self._slide)
        if style.shows_date and attributes.get("use-date-time-name") in self._dates:
            self._facts.note(FindingKind.DATE_FROZEN, self._slide)

    def _moving(self, name: str, attributes: dict[str, str]) -> None:
        if attributes.get("preset-class") in _EFFECTS or (name in _OLD_EFFECTS and self._slide):
            self._facts.note(FindingKind.ANIMATION, self._slide)
        elif name in {"date", "time"} and "fixed" not in attributes and not self._notes_depth:
            if self._slide or self.text_begun:
                self._facts.note(FindingKind.DATE_FROZEN, self._slide)
        elif name == "date-time-decl" and attributes.get("source") == "current-date":
            self._dates.add(attributes.get("name", ""))
        elif name == "settings" and attributes.get("force-manual") == "true":
            self._facts.turned_by_hand = True
        elif name in {"library-embedded", "module"}:
            self._facts.note(FindingKind.MACRO)

    @property
    def text_begun(self) -> bool:
        """True within the body of a document, as opposed to what is said about it."""
        return len(self._names) > 3  # noqa: PLR2004 - document, body, text, paragraph

    def _reference(self, name: str, attributes: dict[str, str]) -> None:
        target = attributes["href"]
        if name == "plugin":
            sound = target.lower().endswith(_SOUND_SUFFIXES)
            self._facts.note(FindingKind.SOUND if sound else FindingKind.VIDEO, self._slide)
        elif name in {"sound", "audio"}:
            self._style.sound = not self._slide
            if self._slide:
                self._facts.note(FindingKind.SOUND, self._slide)
        elif name in _PICTURES | _OBJECTS and target and not self._is_inside(target) and not self._notes_depth:
            kind = FindingKind.EXTERNAL_PICTURE if name in _PICTURES else FindingKind.EXTERNAL_LINK
            self._facts.note(kind, self._slide, target)

    def _is_inside(self, target: str) -> bool:
        return target.startswith("#") or self._members.contain(target) or is_picture_data(target)


def _seconds(duration: str) -> float:
    """A duration of ISO 8601 in seconds; 0 for what is none."""
    try:
        return _DURATION.validate_python(duration).total_seconds()
    except ValidationError:
        return 0


def read_flat(chunks: Iterable[bytes], facts: SourceFacts, budget: Budget) -> None:
    """Collect the facts of a flat document; raises OutOfBudgetError."""
    _read([chunks], facts, budget, Members())


def read_package(package: Package, facts: SourceFacts, budget: Budget) -> None:
    """Collect the facts of a package; raises OutOfBudgetError."""
    entries = [entry for name in ("styles.xml", "content.xml") if (entry := package.find(name))]
    members = Members(entry.filename for entry in package.entries)
    _read([package.unpacked(entry) for entry in entries], facts, budget, members)
    for entry in package.entries:
        folder, _, name = entry.filename.partition("/")
        if name and ((folder == "Basic" and not name.endswith(("-lb.xml", "-lc.xml", "/"))) or folder == "Scripts"):
            facts.note(FindingKind.MACRO)


def _read(parts: Iterable[Iterable[bytes]], facts: SourceFacts, budget: Budget, members: Members) -> None:
    styles = _Styles()
    for chunks in parts:
        reader = _Reader(facts, styles, members)
        try:
            reader.read(budget.counted(chunks))
        finally:
            if reader.shown:
                facts.outline = Outline(tuple(reader.shown))
    for family, slides in styles.fonts():
        for slide in slides:
            facts.write_in(family, slide)
