"""The fontconfig file that an office reads: the system's fonts, an operator's own, and what stands in for others.

Every rule is `binding="same"`: LibreOffice then takes the font that stands in as seriously as the one that was asked
for. A font that is there after all, because an operator added it, comes before what stands in for it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import escape

from infoscreen.converter.fonts.substitutes import SUBSTITUTES, Substitute

SYSTEM_FILE = Path("/etc/fonts/fonts.conf")
_NOTO = (
    "",
    *("Arabic", "Hebrew", "Syriac", "Thaana", "Armenian", "Georgian"),
    *("Devanagari", "Bengali", "Gurmukhi", "Gujarati", "Oriya", "Tamil", "Telugu", "Kannada", "Malayalam", "Sinhala"),
    *("Thai", "Lao", "Myanmar", "Khmer", "Javanese", "Balinese", "Tai Le", "Mongolian", "Yi"),
    *("Ethiopic", "Cherokee", "Canadian Aboriginal", "Tifinagh", "NKo", "Vai", "Ol Chiki"),
)
_BOLD_CUTS = frozenset({"Semibold", "SemiBold", "ExtraBold", "Black", "Demi"})
_HEAD = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "urn:fontconfig:fonts.dtd">
<fontconfig>
"""


@dataclass(frozen=True, slots=True)
class FontFolders:
    """Where an office finds fonts, beside the system's folders.

    Attributes:
        own: an operator's fonts.
        symbols: the symbol fonts that were made for those of Office.
        cache: what fontconfig knows of all fonts, shared by the offices of a pool.
    """

    own: Path | None = None
    symbols: Path | None = None
    cache: Path | None = None

    @property
    def readable(self) -> tuple[str, ...]:
        """What an office must be let read."""
        return tuple(str(folder) for folder in (self.own, self.symbols, self.cache) if folder)


def fontconfig_file(folders: FontFolders, rejected: Sequence[str] = ()) -> str:
    """The text of the file; `rejected` are families that the office cannot draw."""
    parts = [
        *(f"<dir>{escape(str(folder))}</dir>\n" for folder in (folders.own, folders.symbols) if folder),
        f"<cachedir>{escape(str(folders.cache))}</cachedir>\n" if folders.cache else "",
        _preferences(),
        f'<include ignore_missing="yes">{SYSTEM_FILE}</include>\n',
        *(_rule(name, substitute) for substitute in SUBSTITUTES for name in substitute.names),
        _only_by_name(folders.symbols) if folders.symbols else "",
        *(_rejection(family) for family in rejected),
    ]
    return f"{_HEAD}{''.join(parts)}</fontconfig>\n"


def _preferences() -> str:
    """For characters that the text's font lacks: a font of their script, before one that has some of every script.

    The rule stands before the system's, so that its families come before theirs.
    """
    families = "".join(f"<family>{f'Noto Sans {script}'.strip()}</family>" for script in _NOTO)
    generic = "".join(
        f'<test qual="all" name="family" compare="not_eq"><string>{family}</string></test>'
        for family in ("sans-serif", "serif", "monospace")
    )
    return (
        f'<match target="pattern">{generic}'
        '<edit name="family" mode="append_last"><string>sans-serif</string></edit></match>\n'
        f"<alias><family>sans-serif</family><prefer>{families}</prefer></alias>\n"
    )


def _rule(name: str, substitute: Substitute) -> str:
    families = "".join(f"<family>{escape(family)}</family>" for family in substitute.by)
    rule = f'<alias binding="same"><family>{escape(name)}</family><accept>{families}</accept></alias>\n'
    if _BOLD_CUTS.isdisjoint(name.split()):
        return rule
    return (
        f'{rule}<match target="pattern"><test name="family"><string>{escape(name)}</string></test>'
        '<edit name="weight" mode="assign"><const>bold</const></edit></match>\n'
    )


def _only_by_name(folder: Path) -> str:
    """Fonts that are drawn in when a deck names them, and do not stand in for codes of other symbol fonts."""
    return (
        f'<match target="scan"><test name="file" compare="contains"><string>{escape(str(folder))}/</string></test>'
        '<edit name="charset" mode="assign"><minus><name>charset</name>'
        "<charset><range><int>0x21</int><int>0xffff</int></range></charset></minus></edit></match>\n"
    )


def _rejection(family: str) -> str:
    pattern = f'<patelt name="family"><string>{escape(family)}</string></patelt>'
    return f"<selectfont><rejectfont><pattern>{pattern}</pattern></rejectfont></selectfont>\n"
