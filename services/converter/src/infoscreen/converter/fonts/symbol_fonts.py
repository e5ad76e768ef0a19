"""Symbol, Wingdings and Webdings for decks that name them: the same pictures on the same codes, taken from Symbola.

LibreOffice's own way, to look the codes up in OpenSymbol, knows none of Webdings and few of Wingdings, and its cache of
fonts (7.4) confuses two of them that are used in one size.

`python -m infoscreen.converter.fonts.symbol_fonts ORIGIN FOLDER FAMILY…` makes them, so that no converter keeps
fontTools in its memory.
"""

import sys
from collections.abc import Iterable
from pathlib import Path

from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont
from fontTools.ttLib.tables._c_m_a_p import CmapSubtable

from infoscreen.converter.fonts.dingbats import CHARACTERS, FIRST_CODE, NO_CHARACTER, ORIGIN

_PRIVATE_USE = 0xF000  # where Office puts the codes of symbol fonts when it writes text
_WINDOWS, _UNICODE_BMP, _ENGLISH = 3, 1, 0x409
_UNWANTED = ["GSUB", "GPOS", "GDEF", "kern", "gasp", "DSIG"]


def make_symbol_fonts(origin: Path, folder: Path, families: Iterable[str]) -> None:
    """Write a font for each of the `families` into `folder`, unless it is there and newer than its `origin`.

    Raises:
        OSError, fontTools.ttLib.TTLibError: the origin cannot be read, or the folder not written to.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for family in families:
        target = folder / f"{family.replace(' ', '')}.ttf"
        if target.exists() and target.stat().st_mtime >= origin.stat().st_mtime:
            continue
        unfinished = target.with_suffix(".new")
        with TTFont(origin, lazy=True) as font:
            _turn_into(family, font)
            font.save(unfinished)
        unfinished.replace(target)


def _turn_into(family: str, font: TTFont) -> None:
    options = Options(hinting=False, layout_features=[], drop_tables=_UNWANTED, notdef_outline=True)
    subsetter = Subsetter(options)
    subsetter.populate(unicodes=[ord(character) for character in CHARACTERS[family]])
    subsetter.subset(font)
    glyphs = font.getBestCmap()
    codes = CmapSubtable.newSubtable(4)
    codes.platformID, codes.platEncID, codes.language = _WINDOWS, _UNICODE_BMP, 0
    codes.cmap = {
        base + code: glyphs[ord(character)]
        for code, character in enumerate(CHARACTERS[family], FIRST_CODE)
        for base in (0, _PRIVATE_USE)
        if character != NO_CHARACTER and ord(character) in glyphs
    }
    font["cmap"].tables = [codes]
    _name(font, family)


def _name(font: TTFont, family: str) -> None:
    font["name"].names = []
    named = (family, "Regular", f"{family} from {ORIGIN}", family, "Version 1.0", family.replace(" ", ""))
    for number, text in enumerate(named, 1):
        font["name"].setName(text, number, _WINDOWS, _UNICODE_BMP, _ENGLISH)


if __name__ == "__main__":
    make_symbol_fonts(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3:])
