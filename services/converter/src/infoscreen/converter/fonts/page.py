"""docs/fonts.md, made of the tables that offices are configured by."""

from infoscreen.converter.fonts.dingbats import CHARACTERS
from infoscreen.converter.fonts.substitutes import SUBSTITUTES, WIDTHS, Source, Substitute

_HEAD = """# Fonts

A deck is drawn in the fonts that it names where they are installed, or in
[an operator's own folder](how-to/add-fonts.md), or embedded in the file. Otherwise another font stands in. This page is
what `python -m infoscreen.converter.fonts` prints of the converter's tables.

## What stands in for what

The width is that of an average character of English text, in thousandths of an em. Text in a font that stands in takes
so much more room, or less. Where several fonts stand in, the first that is installed does.

| in the deck | drawn in | width | its stand-in's | | source |
|---|---|--:|--:|--:|---|
"""

_TAIL = """
Where the widths of fonts that are not free come from; those of the stand-ins were measured on Debian 12, in the same
way:

{sources}

Bold and italic follow; a cut that is a family of its own is drawn bold or regular, whichever is nearer. A font that is
not on this page is replaced by Noto Sans.

## Symbols

{symbols}
are made from Symbola when a converter starts, where the machine does not have them: the same pictures on the same
codes, drawn otherwise. The codes of other symbol fonts mean nothing without that font, and are boxes.

## Other scripts and emoji

Every script that Noto has is drawn; `infoscreen doctor` tries a page of each and names what is missing. Emoji are
drawn in colour (Noto Color Emoji); LibreOffice up to 7.4 leaves them blank, and the converter puts them in afterwards.
"""


def fonts_page() -> str:
    """The whole page."""
    rows = "".join(_row(substitute) for substitute in SUBSTITUTES)
    sources = "\n".join(f"- {source.name.lower()}: {source.value}" for source in Source)
    *most, last = CHARACTERS
    return _HEAD + rows + _TAIL.format(sources=sources, symbols=f"{', '.join(most)} and {last}")


def _row(substitute: Substitute) -> str:
    stand_in = WIDTHS[substitute.by[0]]
    cells = [", ".join(substitute.names), ", ".join(substitute.by)]
    if substitute.width is None or substitute.source is None:
        cells += ["", str(stand_in), "", ""]
    else:
        difference = 100 * (stand_in / substitute.width - 1)
        cells += [str(substitute.width), str(stand_in), f"{difference:+.0f} %", substitute.source.name.lower()]
    return f"| {' | '.join(cells)} |\n"
