"""What stands in for fonts that decks are written in and that are not free: one table, for people and for fontconfig.

What matters most is the width of the text: a line that grows by a tenth no longer fits into its box, and that is seen
from afar. So of the fonts of a kind (with serifs, without, typewriter) the one whose average character is the nearest
in width comes first; the next ones are there for machines that lack it.
"""

from dataclasses import dataclass
from enum import StrEnum


class Source(StrEnum):
    """Where a width was published; widths are those of an average character of English text."""

    CAPSIZE = "the package @capsizecss/metrics 4.3.0 (npm), xWidthAvg"
    JEFFPUB = "widths against free fonts as measured in JeffOffice/jeffpub (GitHub), and those fonts' widths in capsize"
    POSTSCRIPT = "made to the widths of a font of PostScript, whose free twin in fonts-urw-base35 was measured"
    TWIN = "made to the same widths"


@dataclass(frozen=True, slots=True)
class Substitute:
    """What a font is drawn in where it is not there.

    Attributes:
        names: the families that are replaced, and their cuts, which are families of their own in Office.
        by: the families that stand in, the first that is there.
        width: of the first name's average character, in thousandths of an em; None where none was published.
        source: where the width was published.
    """

    names: tuple[str, ...]
    by: tuple[str, ...]
    width: int | None = None
    source: Source | None = None


WIDTHS = {
    "Carlito": 410,
    "Liberation Sans": 446,
    "Liberation Sans Narrow": 366,
    "DejaVu Sans": 508,
    "DejaVu Sans Condensed": 457,
    "Open Sans": 469,
    "Open Sans Condensed": 398,
    "Noto Sans": 474,
    "Caladea": 411,
    "Liberation Serif": 406,
    "DejaVu Serif": 517,
    "DejaVu Serif Condensed": 465,
    "Noto Serif": 481,
    "Liberation Mono": 600,
    "DejaVu Sans Mono": 602,
}
"""Of the fonts that stand in, measured as capsize does on Debian 12's; a test measures them again."""

SANS = ("Carlito", "Liberation Sans", "DejaVu Sans Condensed", "Open Sans", "Noto Sans", "DejaVu Sans")
SERIF = ("Liberation Serif", "Caladea", "DejaVu Serif Condensed", "Noto Serif", "DejaVu Serif")


def _cuts(family: str, *cuts: str) -> tuple[str, ...]:
    return (family, *(f"{family} {cut}" for cut in cuts))


SUBSTITUTES = (
    # Office's defaults. Aptos has no published width.
    Substitute(_cuts("Calibri", "Light"), ("Carlito",), 410, Source.TWIN),
    Substitute(
        _cuts("Aptos", "Display", "Narrow", "Light", "SemiBold", "ExtraBold", "Black"), ("Carlito", "Liberation Sans")
    ),
    Substitute(_cuts("Aptos Serif", "Light", "SemiBold", "Black"), ("Caladea", "Liberation Serif")),
    Substitute(_cuts("Aptos Mono", "Light", "SemiBold", "Black"), ("Liberation Mono", "DejaVu Sans Mono")),
    Substitute(_cuts("Cambria", "Math"), ("Caladea",), 411, Source.TWIN),
    # Without serifs.
    Substitute(
        (
            *_cuts("Segoe UI", "Light", "Semilight", "Semibold", "Black", "Historic", "Variable"),
            *("Segoe UI Variable Display", "Segoe UI Variable Text", "Segoe UI Variable Small", "Segoe WP"),
        ),
        ("Liberation Sans", "DejaVu Sans Condensed", "Open Sans"),
        443,
        Source.CAPSIZE,
    ),
    Substitute(("Tahoma",), ("Liberation Sans", "DejaVu Sans Condensed"), 448, Source.CAPSIZE),
    Substitute(("Verdana", "Verdana Pro", "MS Reference Sans Serif"), ("DejaVu Sans",), 512, Source.CAPSIZE),
    Substitute(("Lucida Grande", "Lucida Sans", "Lucida Sans Unicode"), ("DejaVu Sans",), 492, Source.CAPSIZE),
    Substitute(("Trebuchet MS", "Trebuchet"), ("DejaVu Sans Condensed", "Open Sans"), 456, Source.CAPSIZE),
    Substitute(_cuts("Corbel", "Light"), ("Carlito",), 410, Source.JEFFPUB),
    Substitute(_cuts("Candara", "Light"), ("Carlito",), 422, Source.JEFFPUB),
    Substitute(("Gill Sans MT", "Gill Sans", "Gill Sans Nova"), ("Carlito",), 401, Source.JEFFPUB),
    Substitute(
        ("Franklin Gothic Book", "Franklin Gothic", "Franklin Gothic Medium", "Franklin Gothic Demi"),
        ("Carlito",),
        414,
        Source.JEFFPUB,
    ),
    Substitute(
        _cuts("Bahnschrift", "Light", "SemiLight", "SemiBold"),
        ("Liberation Sans", "DejaVu Sans Condensed"),
        451,
        Source.JEFFPUB,
    ),
    Substitute(("Century Gothic", "ITC Avant Garde Gothic"), ("Noto Sans", "Open Sans"), 487, Source.POSTSCRIPT),
    Substitute(("Tw Cen MT",), ("Carlito",), 402, Source.JEFFPUB),
    Substitute(
        ("Arial Narrow", "Bahnschrift Condensed", "Bahnschrift SemiBold Condensed", "Franklin Gothic Medium Cond"),
        ("Liberation Sans Narrow", "Carlito"),
        366,
        Source.TWIN,
    ),
    # Headlines and handwriting: plain letters, never a font of ornaments or a chancery hand.
    Substitute(
        ("Impact", "Haettenschweiler", "Franklin Gothic Demi Cond", "Bernard MT Condensed", "Gill Sans MT Condensed"),
        ("Open Sans Condensed", "Liberation Sans Narrow", "Carlito"),
    ),
    Substitute(
        ("Comic Sans MS", "Comic Sans", "Segoe Print", "Ink Free"), ("Noto Sans", "Open Sans"), 474, Source.TWIN
    ),
    # With serifs.
    Substitute(("Georgia", "Georgia Pro"), ("DejaVu Serif Condensed", "Caladea"), 446, Source.CAPSIZE),
    Substitute(("Constantia",), ("Caladea",), 437, Source.JEFFPUB),
    Substitute(("Garamond", "EB Garamond", "Adobe Garamond Pro"), ("Liberation Serif",), 385, Source.JEFFPUB),
    Substitute(("Book Antiqua", "Palatino Linotype", "Palatino"), ("DejaVu Serif Condensed",), 449, Source.POSTSCRIPT),
    Substitute(
        ("Century Schoolbook", "New Century Schoolbook", "Century"), ("DejaVu Serif Condensed",), 470, Source.POSTSCRIPT
    ),
    Substitute(("Bookman Old Style", "Bookman"), ("Noto Serif", "DejaVu Serif Condensed"), 497, Source.POSTSCRIPT),
    Substitute(("Rockwell",), ("DejaVu Serif Condensed",), 469, Source.JEFFPUB),
    # Typewriters.
    Substitute(
        ("Consolas", "Cascadia Code", "Cascadia Mono", "Lucida Console", "Lucida Sans Typewriter"),
        ("Liberation Mono", "DejaVu Sans Mono"),
        552,
        Source.JEFFPUB,
    ),
    # What LibreOffice writes complex scripts in where a deck says nothing: one that also has Arabic, Hebrew and Latin.
    Substitute(("Lohit Hindi", "Lohit Devanagari"), ("DejaVu Sans", "Noto Sans Devanagari")),
)
