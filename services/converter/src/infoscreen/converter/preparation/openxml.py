"""What of Office Open XML leads out of the document.

Its parts refer by way of relationships: of those that lead out only hyperlinks stay, and only for what is a hyperlink
where it is used, since engines look relationships up by nothing but their id. Besides, fields, formulas and sources
of data name files in their text.
"""

import posixpath
import re
from collections.abc import Sequence

from infoscreen.converter.preparation.fields import FieldStack, is_harmless
from infoscreen.converter.preparation.markup import MarkupScanner
from infoscreen.converter.preparation.references import formula_leads_out

_NO_PATH = re.compile(r"\s*[a-z][a-z0-9+.-]*:|\s*//|[^\\%]*(?:\\|%(?:2f|5c|2e|3a))", re.IGNORECASE)
_HYPERLINKS = frozenset({"hlinkClick", "hlinkHover", "hlinkMouseOver", "hyperlink"})
_FORMULAS = frozenset(
    {
        *("f", "formula", "formula1", "formula2", "oldFormula"),
        *("definedName", "calculatedColumnFormula", "totalsRowFormula"),
    }
)
# Elements that say where data comes from, with the attributes that do.
_SOURCES = {
    "connection": {"sourceFile", "odcFile"},
    "webPr": {"url", "post", "editPage"},
    "dbPr": {"connection", "command", "serverCommand"},
    "olapPr": {"localConnection"},
    "textPr": {"sourceFile"},
    "ddeLink": {"ddeService", "ddeTopic"},
    "webPublishItem": {"destinationFile"},
    "connectString": {"val"},
    "query": {"val"},
    "udl": {"val"},
    "imagedata": {"href"},
    "fill": {"href"},
    "stroke": {"href"},
    "link": {"href"},
}
# A PDF plays no film and no sound, and LibreOffice 7.4 waits 20 s for a picture of each film that its player cannot
# open; the picture that stands for it stays.
_FILMS = frozenset({"videoFile", "audioFile", "quickTimeFile", "wavAudioFile", "audioCd", "media"})
MASTERS = "ppt/slideMasters"
_PICTURE_SOURCES = frozenset({"src", "althref"})  # of VML, beside the relationship


class RelationshipsScanner(MarkupScanner):
    """Finds what leads out of one file of relationships, and layouts of a master that no slide follows.

    LibreOffice from 25.2 on reads every layout of a master, which takes longer than the slides of a small deck.

    Args:
        folder: of the part that they belong to, in the package.
        layouts: the names of those that slides follow: those of a part are added, and those of a master looked up.

    Attributes:
        hyperlinks: the ids of those that stay although they lead out.
    """

    def __init__(self, folder: str, layouts: set[str]) -> None:
        super().__init__()
        self._folder, self._layouts = folder, layouts
        self._steps_to_root = len([step for step in folder.split("/") if step])
        self.hyperlinks: set[str] = set()

    def element(self, name: str, attributes: Sequence[str]) -> None:
        """See MarkupScanner."""
        if name != "Relationship":
            return
        given = {self.local(key): value for key, value in zip(attributes[::2], attributes[1::2], strict=True)}
        external = given.get("TargetMode", "Internal") != "Internal"
        if external and given.get("Type", "").endswith("/hyperlink"):
            self.hyperlinks.add(given.get("Id", ""))
        elif external or self._climbs_out(target := given.get("Target", "")):
            self.delete_element()
        elif given.get("Type", "").endswith("/slideLayout"):
            self._layout(posixpath.normpath(posixpath.join("/", self._folder, target)).lower())

    def _layout(self, name: str) -> None:
        if self._folder != MASTERS:
            self._layouts.add(name)
        elif name not in self._layouts:
            self.delete_element()

    def _climbs_out(self, target: str) -> bool:
        if target.startswith("#"):
            return False
        if _NO_PATH.match(target):
            return True
        steps_to_root = 0 if target.startswith("/") else self._steps_to_root
        for step in target.split("/"):
            steps_to_root += -1 if step == ".." else step not in {"", "."}
            if steps_to_root < 0:
                return True
        return False


class OpenXmlScanner(MarkupScanner):
    """Finds what leads out of one part.

    Args:
        hyperlinks: the ids of this part's relationships that lead out, and stay.
    """

    def __init__(self, hyperlinks: set[str]) -> None:
        super().__init__()
        self._hyperlinks = hyperlinks
        self._fields = FieldStack(self.edits)
        self._formula_depth = 0
        self._text: list[str] = []
        self._text_start = 0

    def element(self, name: str, attributes: Sequence[str]) -> None:
        """See MarkupScanner."""
        if self._fields and not self._formula_depth:
            self._give_text_to_fields()
        if name in _FILMS:
            self.delete_element()
            return
        outward = [
            index // 2
            for index in range(0, len(attributes), 2)
            if self._leads_out(name, attributes[index], attributes[index + 1])
        ]
        if outward:
            self.delete_attributes(outward)
        if name == "fldChar":
            self._field_character(attributes)
        elif name in _FORMULAS and not self._formula_depth:
            self._formula_depth = self.depth
            self.watch(self._collect)

    def element_end(self) -> None:
        """See MarkupScanner."""
        if self._formula_depth == self.depth:
            if self._text and formula_leads_out("".join(self._text)):
                self.edits.delete(self._text_start, self.position)
            self._text, self._formula_depth = [], 0
            self.watch(self._collect if self._fields else None)
        elif self._fields and not self._formula_depth:
            self._give_text_to_fields()

    def _leads_out(self, element: str, attribute: str, value: str) -> bool:
        name = self.local(attribute)
        if name in _PICTURE_SOURCES or name in _SOURCES.get(element, ()):
            return not value.startswith("#")
        if name == "instr":
            return not is_harmless(value)
        return value in self._hyperlinks and element not in _HYPERLINKS

    def _field_character(self, attributes: Sequence[str]) -> None:
        for kind in attributes[1::2]:
            if kind == "begin":
                self._fields.begin()
            elif kind == "separate":
                self._fields.separate()
            elif kind == "end":
                self._fields.end()
        self.watch(self._collect if self._fields else None)

    def _collect(self, data: str) -> None:
        if not self._text:
            self._text_start = self.position
        self._text.append(data)

    def _give_text_to_fields(self) -> None:
        if self._text:
            self._fields.text("".join(self._text), self._text_start, self.position)
            self._text = []
