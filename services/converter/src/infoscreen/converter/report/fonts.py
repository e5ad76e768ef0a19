"""Which fonts of a document are not in its PDF, and which stand in for them."""

import re
from collections.abc import Iterable, Mapping

from infoscreen.common.deck_report import ReplacedFont
from infoscreen.converter.fonts.dingbats import CHARACTERS
from infoscreen.converter.fonts.substitutes import SUBSTITUTES, WIDTHS

_CUTS = re.compile(r"(?:regular|bold|italic|oblique|book|roman|psmt|mt|ps|vkana)+$")
_FALLBACKS = ("Noto Sans", *(family for family in WIDTHS if family != "Noto Sans"), "Noto Serif CJK JP")
_METRIC_TWINS = {
    "calibri": "Carlito",
    "cambria": "Caladea",
    "arial": "Liberation Sans",
    "arial narrow": "Liberation Sans Narrow",
    "helvetica": "Liberation Sans",
    "times new roman": "Liberation Serif",
    "times": "Liberation Serif",
    "courier new": "Liberation Mono",
    "courier": "Liberation Mono",
}
"""Fonts whose every letter is as wide as that of the free one, so that lines keep their length."""


def plain(name: str) -> str:
    """A family or a PDF's name of a font, without what programs write in different ways: spaces, dashes, cuts."""
    letters = re.sub(r"[\s,_-]", "", name).lower()
    return _CUTS.sub("", letters) or letters


_TWINS = {plain(name): twin for name, twin in _METRIC_TWINS.items()}
_BY_TABLE = {plain(name): substitute.by for substitute in SUBSTITUTES for name in substitute.names}
_SYMBOLS = {plain(name) for name in (*CHARACTERS, "StarSymbol", "OpenSymbol", "Segoe UI Symbol", "Segoe UI Emoji")}
"""Bullets and pictures: what matters of them is whether the character is there."""


def replaced_fonts(written: Iterable[str], declared: Iterable[str], embedded: Iterable[str]) -> list[ReplacedFont]:
    """The fonts of a document that its PDF does not have, with what it has instead.

    A font is told only if the PDF has what stands in for it: text that is nowhere to be seen misses none.

    Args:
        written: the families that text is written in.
        declared: families of which that is not known.
        embedded: the names of the PDF's fonts.
    """
    there = {plain(font) for font in embedded} - _SYMBOLS
    used = {plain(font): font for font in written}
    named = {plain(font): font for font in declared} | used
    missing = {key: font for key, font in sorted(named.items()) if key not in there and key not in _SYMBOLS}
    known = {key: _stand_in(key, there) for key in missing}
    explained = named.keys() | {plain(by) for by in known.values() if by}
    other = next((family for family in _FALLBACKS if plain(family) in there - explained), None)
    return [
        ReplacedFont(font=font, by=by, same_widths=_TWINS.get(key) == by)
        for key, font in missing.items()
        if (by := known[key] or (other if key in used and not _candidates(key) else None))
    ]


def _stand_in(key: str, there: set[str]) -> str | None:
    return next((family for family in _candidates(key) if plain(family) in there), None)


def _candidates(key: str) -> tuple[str, ...]:
    twin = _TWINS.get(key)
    return (*((twin,) if twin else ()), *_BY_TABLE.get(key, ()))


def slides_of(fonts: Mapping[str, set[int]], replaced: str) -> set[int]:
    """The slides that are written in a font, however its name is spelled there."""
    return set().union(*(slides for font, slides in fonts.items() if plain(font) == plain(replaced)))
