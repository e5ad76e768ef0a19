"""Which fonts stand in for which: the table holds what it says, and fontconfig does what the table says."""

import os
import subprocess
from collections import Counter

import pytest
from fontTools.ttLib import TTFont
from PIL import ImageFont

from infoscreen.converter.engines.office_profile import FONTS_FILE, write_fonts_file
from infoscreen.converter.fonts import emoji
from infoscreen.converter.fonts.dingbats import CHARACTERS, FIRST_CODE, NO_CHARACTER
from infoscreen.converter.fonts.fontconfig import FontFolders, fontconfig_file
from infoscreen.converter.fonts.preparation import prepare_fonts
from infoscreen.converter.fonts.substitutes import SANS, SERIF, SUBSTITUTES, WIDTHS

NAMES = [(name, substitute.by[0]) for substitute in SUBSTITUTES for name in substitute.names]
ENGLISH = (
    "The canteen on the ground floor opens at noon today, and visitors who come by train are asked to register first "
    "with the people at the desk in room 12. Please take the stairs on your left; the lift is closed until Friday."
)


def matched(configuration, family, what="family"):
    """The font that fontconfig takes for this family."""
    done = subprocess.run(
        ["fc-match", "--format", f"%{{{what}}}", family],
        env={**os.environ, "FONTCONFIG_FILE": str(configuration)},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


@pytest.fixture
def configuration(tmp_path):
    file = tmp_path / "fonts.conf"
    file.write_text(fontconfig_file(FontFolders(own=tmp_path / "own")))
    return file


def font_file(target, family, origin="Open Sans Condensed"):
    """A font of that name, which is another one in truth."""
    file = subprocess.run(["fc-match", "--format", "%{file}", origin], capture_output=True, text=True, check=True)
    with TTFont(file.stdout) as font:
        font["name"].names = []
        for number, text in enumerate((family, "Regular", family, family, "1", family.replace(" ", "")), 1):
            font["name"].setName(text, number, 3, 1, 0x409)
        target.parent.mkdir(exist_ok=True)
        font.save(target)


def width(family):
    """Of English text, in thousandths of an em a character."""
    regular = "regular" if family != "Open Sans Condensed" else "bold"
    file = subprocess.run(
        ["fc-match", "--format", "%{file}", f"{family}:{regular}"], capture_output=True, text=True, check=True
    ).stdout
    font = ImageFont.truetype(file, 1000, layout_engine=ImageFont.Layout.BASIC)
    return font.getlength(ENGLISH) / len(ENGLISH)


@pytest.mark.parametrize("family", WIDTHS)
def test_a_width_is_the_installed_fonts(family):
    scale = 1 if "Mono" in family else WIDTHS["Liberation Sans"] / width("Liberation Sans")
    assert scale * width(family) == pytest.approx(WIDTHS[family], rel=0.02)


@pytest.mark.parametrize("substitute", [one for one in SUBSTITUTES if one.width], ids=lambda one: one.names[0])
def test_what_stands_in_first_is_the_nearest_of_its_kind(substitute):
    kind = next((kind for kind in (SANS, SERIF) if substitute.by[0] in kind), substitute.by)
    distance = {family: abs(WIDTHS[family] - substitute.width) for family in kind}
    assert distance[substitute.by[0]] == min(distance.values())


def test_no_family_is_in_the_table_twice_and_every_stand_in_has_a_width():
    names = Counter(name for name, _ in NAMES)
    assert max(names.values()) == 1
    assert {family for substitute in SUBSTITUTES for family in substitute.by[:1]} <= WIDTHS.keys()
    assert not names.keys() & WIDTHS.keys()


@pytest.mark.parametrize(("name", "stand_in"), NAMES)
def test_fontconfig_takes_the_first_that_stands_in(configuration, name, stand_in):
    assert stand_in in matched(configuration, name).split(",")


@pytest.mark.parametrize("name", ["Segoe UI", "Impact", "Wingdings"])
def test_a_font_that_is_there_comes_before_what_stands_in(configuration, tmp_path, name):
    font_file(tmp_path / "own" / "font.ttf", name)
    assert matched(configuration, name) == name


def test_a_cut_that_is_heavy_by_name_is_drawn_bold(configuration):
    assert matched(configuration, "Segoe UI Semibold", "style") == "Bold"
    assert matched(configuration, "Segoe UI Light", "style") == "Regular"


def test_a_folder_may_have_any_name(tmp_path):
    folder = tmp_path / "R&D <fonts>"
    file = tmp_path / "fonts.conf"
    file.write_text(fontconfig_file(FontFolders(own=folder, symbols=folder, cache=folder / "cache")))
    font_file(folder / "font.ttf", "Of Our Own")
    assert matched(file, "Of Our Own") == "Of Our Own"


@pytest.mark.parametrize(
    ("product", "coloured_later", "left_out"),
    [("7.4", True, False), ("7.4", False, True), ("7.5", False, False), ("24.8", False, False), ("", False, True)],
)
def test_a_colour_font_is_left_out_where_it_would_stay_blank(tmp_path, monkeypatch, product, coloured_later, left_out):
    if product:
        (tmp_path / "bootstraprc").write_text(f"[Bootstrap]\nProductKey=LibreOffice {product}\n")
    monkeypatch.setattr(emoji, "FONT_FILE", tmp_path if coloured_later else tmp_path / "none.ttf")
    write_fonts_file(tmp_path, FontFolders(), tmp_path)
    assert ("Noto Color Emoji" in (tmp_path / FONTS_FILE).read_text()) is left_out


@pytest.mark.parametrize("family", CHARACTERS)
def test_a_symbol_font_has_its_pictures_on_its_codes(tmp_path, family):
    folders = prepare_fonts(tmp_path, own=None)
    with TTFont(folders.symbols / f"{family.replace(' ', '')}.ttf") as font:
        glyphs = font.getBestCmap()
    drawn = {FIRST_CODE + place for place, character in enumerate(CHARACTERS[family]) if character != NO_CHARACTER}
    assert {code for code in glyphs if code < 0x100} == {code - 0xF000 for code in glyphs if code >= 0x100} == drawn
    assert matched(tmp_path / "fonts.conf", family) == family


def test_a_symbol_font_stands_in_for_no_other(tmp_path):
    prepare_fonts(tmp_path, own=None)
    assert matched(tmp_path / "fonts.conf", ":charset=f0fc") not in CHARACTERS


def test_a_symbol_font_of_an_operators_own_is_not_made_again(tmp_path):
    own = tmp_path / "own"
    prepare_fonts(tmp_path / "fonts", own)
    font_file(own / "wingding.ttf", "Wingdings")
    prepare_fonts(tmp_path / "fonts", own)
    assert {made.stem for made in (tmp_path / "fonts/symbols").iterdir()} == {
        family.replace(" ", "") for family in CHARACTERS if family != "Wingdings"
    }
    assert str(own) in matched(tmp_path / "fonts/fonts.conf", "Wingdings", "file")
