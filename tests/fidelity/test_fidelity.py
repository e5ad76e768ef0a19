"""What is on the wall is what the author made: no character is a box, fonts are those of the table, words are there."""

import re
from collections import Counter
from dataclasses import replace

import pytest
import pytest_asyncio

from fidelity.__main__ import differences, is_deck
from fidelity.measured import CUT, Fidelity, measure
from infoscreen.cli.doctor.deck import make as scripts_deck
from infoscreen.cli.requirements import repository_root
from infoscreen.common.glyphs.scripts import SCRIPTS

SHARED = repository_root().parent / "shared"
WITHOUT_FONT = "\U0010fffd\U000f0001"  # private use: no font has them
CASES = {
    "cjk_hindi_thai_emoji.pptx": {"NotoSansCJK", "NotoSansDevanagari"},
    "office_font_widths.pptx": {"Carlito", "LiberationSans", "LiberationSansNarrow"},
    "wingdings_in_text.pptx": {"Carlito", "Wingdings", "Symbol", "Webdings"},
    "impact_font.pptx": {"OpenSans-CondensedBold", "NotoSans", "Symbol"},
    "empty_placeholders.pptx": set(),
}
"""File to fonts that it must be drawn in, without the names of their cuts, which differ between releases of Debian.

The exact fonts of other scripts depend on what else is installed.
"""

SMALL_DECKS = ("testOptionalHyphen.pptx", "testPPT_comment.pptx", "testPPT_various2.pptx", "testODP_NPE.odp")

pytestmark = pytest.mark.asyncio(loop_scope="module")


def named(fonts):
    """Without their cuts, and CJK without its region, of which LibreOffice 25.2 takes another than 7.4."""
    return {re.sub(r"(?<=CJK)(jp|kr|sc|tc|hk)$", "", CUT.sub("", font)) for font in fonts}


def shared(folder, *names):
    paths = [SHARED / folder / name for name in names]
    return [path for path in paths if path.exists()]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def measured(tmp_path_factory):
    """Every deck by its name, drawn once."""
    folder = tmp_path_factory.mktemp("fidelity")
    scripts, planted = folder / "scripts.fodp", folder / "planted.fodp"
    scripts.write_bytes(scripts_deck())
    planted.write_bytes(scripts_deck().replace(SCRIPTS["Thai"].encode(), WITHOUT_FONT.encode(), 1))
    decks = [scripts, planted, *shared("cases", *CASES), *shared("decks", *SMALL_DECKS)]
    return {deck.name: deck async for deck in measure(decks, folder)}


def found(measured, name):
    if name not in measured:
        pytest.skip(f"{name} is not beside the repository")
    return measured[name]


async def test_every_script_is_drawn_whole(measured):
    scripts = measured["scripts.fodp"]
    assert len(SCRIPTS) >= 30
    assert (scripts.uncovered, scripts.pages) == ({}, 1 + len(SCRIPTS))
    assert scripts.words > 0.85  # some are split over lines: 0.92 by LibreOffice 7.4, 0.895 by 25.2


async def test_a_character_that_no_font_has_is_found(measured):
    assert measured["planted.fodp"].uncovered == dict.fromkeys(WITHOUT_FONT, 1)


@pytest.mark.parametrize("name", CASES)
async def test_what_was_reported_of_fonts_stays_mended(measured, name):
    case = found(measured, name)
    assert case.uncovered == {}
    assert CASES[name] <= named(case.fonts)
    assert case.words in {1.0, None}


async def test_empty_placeholders_are_not_drawn(measured):
    assert found(measured, "empty_placeholders.pptx").pictures == 0


async def test_widths_are_those_of_the_table(measured):
    """Each line is drawn in the font of the table, and none in DejaVu Sans, which is a fifth wider."""
    case = found(measured, "office_font_widths.pptx")
    assert named(case.fonts) == CASES["office_font_widths.pptx"]
    assert "Aptos" in case.replaced


@pytest.mark.parametrize("name", SMALL_DECKS)
async def test_a_real_deck_is_drawn_whole(measured, name):
    deck = found(measured, name)
    assert (deck.uncovered, deck.pages) == ({}, deck.slides)
    assert deck.words > 0.9


async def test_what_another_engine_does_otherwise_is_told():
    same, other, mine, theirs = [
        Fidelity(name, Counter(), pages=1, pictures=0, fonts=set()) for name in ("same", "other", "mine", "theirs")
    ]
    told = list(differences([same, other, mine], [same, replace(other, pages=2, uncovered=Counter("ab")), theirs]))
    assert told == [
        "| other | uncovered | 0 | 2 |",
        "| other | pages | 1 | 2 |",
        "| mine | | converted | not converted |",
        "| theirs | | not converted | converted |",
    ]


@pytest.mark.exhaustive
@pytest.mark.timeout(600)
async def test_no_real_deck_lacks_a_character(tmp_path):
    if not (SHARED / "decks").is_dir():
        pytest.skip("the folder shared/decks is not beside the repository")
    decks = [path for path in sorted((SHARED / "decks").iterdir()) if is_deck(path)]
    lacking = {deck.name: deck.uncovered async for deck in measure(decks, tmp_path) if deck.uncovered}
    assert lacking == {}
