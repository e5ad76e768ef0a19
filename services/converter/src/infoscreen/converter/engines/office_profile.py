"""The LibreOffice profile of a slot, which keeps an untrusted document from doing anything but be drawn, and its fonts.

It is written as text before the first start, so that no setting takes effect a document too late.
"""

import re
from pathlib import Path
from xml.sax.saxutils import quoteattr

from infoscreen.converter.fonts import emoji
from infoscreen.converter.fonts.fontconfig import FontFolders, fontconfig_file

FONTS_FILE = "fonts.conf"
"""In an office's home: what fontconfig reads."""

EMBEDDED_FONTS = "profile/user/temp/embeddedfonts/fromdocs"
"""In an office's home: where LibreOffice unpacks the fonts that documents bring."""

_DRAWS_COLOUR_FONTS = (7, 5)
"""The first LibreOffice that draws them into a PDF; earlier ones leave blanks."""

_COMMON = "/org.openoffice.Office.Common"
_INET = "/org.openoffice.Inet/Settings"
_RECOVERY = "/org.openoffice.Office.Recovery"

_SETTINGS: tuple[tuple[str, str, str], ...] = (
    # Nothing is fetched for a document, and nothing in it runs.
    (f"{_COMMON}/Security/Scripting", "BlockUntrustedRefererLinks", "true"),
    (f"{_COMMON}/Security/Scripting", "DisableActiveContent", "true"),  # from LibreOffice 7.5 on
    (f"{_COMMON}/Security/Scripting", "DisableMacrosExecution", "true"),
    (f"{_COMMON}/Security/Scripting", "MacroSecurityLevel", "3"),
    ("/org.openoffice.Office.Writer/Content/Update", "Link", "0"),  # 0 is never
    ("/org.openoffice.Office.Calc/Content/Update", "Link", "2"),  # 2 is never
    ("/org.openoffice.Office.Calc/Formula/Load", "OOXMLRecalcMode", "1"),  # 1 is never
    ("/org.openoffice.Office.Calc/Formula/Load", "ODFRecalcMode", "1"),
    # LibreOffice 7.4 fetches pictures linked from an ODP all the same: a proxy that is not there ends that.
    (_INET, "ooInetProxyType", "2"),  # 2 is a proxy set by hand
    (_INET, "ooInetHTTPProxyName", "127.0.0.1"),
    (_INET, "ooInetHTTPProxyPort", "1"),
    (_INET, "ooInetHTTPSProxyName", "127.0.0.1"),
    (_INET, "ooInetHTTPSProxyPort", "1"),
    (_INET, "ooInetNoProxy", ""),
    # Nothing is kept of a document, so the profile stays as small as it was.
    (f"{_COMMON}/History", "PickListSize", "0"),
    (f"{_COMMON}/Misc", "UseLocking", "false"),
    (f"{_COMMON}/Misc", "UseDocumentSystemFileLocking", "false"),
    (f"{_COMMON}/Save/Document", "GenerateThumbnail", "false"),
    (f"{_RECOVERY}/AutoSave", "Enabled", "false"),
    (f"{_RECOVERY}/RecoveryInfo", "Enabled", "false"),
    # Nothing is asked and nothing is tried on start.
    (f"{_COMMON}/Misc", "FirstRun", "false"),
    (f"{_COMMON}/Misc", "ShowTipOfTheDay", "false"),
    (f"{_COMMON}/Misc", "UseOpenCL", "false"),
)


def write_profile(directory: Path, program_directory: Path) -> None:
    """Make a UserInstallation in `directory`, which does not exist yet, for the LibreOffice in `program_directory`."""
    items = "".join(
        f'<item oor:path={quoteattr(path)}><prop oor:name={quoteattr(name)} oor:op="fuse">'
        f"<value>{value}</value></prop></item>\n"
        for path, name, value in _SETTINGS
    )
    user = directory / "user"
    user.mkdir(parents=True)
    (user / "registrymodifications.xcu").write_text(
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<oor:items xmlns:oor="http://openoffice.org/2001/registry">\n'
        f"{items}</oor:items>\n",
        encoding="utf-8",
    )
    if build := _build_id(program_directory / "versionrc"):
        # What LibreOffice writes on a profile's first start, before it starts all over again (1 s).
        extensions = user / "extensions"
        extensions.mkdir()
        (extensions / "buildid").write_text(build, encoding="utf-8")


def write_fonts_file(home: Path, folders: FontFolders, program_directory: Path) -> None:
    """Make the FONTS_FILE in `home` for the LibreOffice in `program_directory`.

    Emoji are to be drawn in colour where LibreOffice can, or its PDF is coloured afterwards; else in outlines.
    """
    draws_colour = _version(program_directory / "bootstraprc") >= _DRAWS_COLOUR_FONTS
    rejected = () if draws_colour or emoji.FONT_FILE.exists() else (emoji.FAMILY,)
    (home / FONTS_FILE).write_text(fontconfig_file(folders, rejected), encoding="utf-8")


def _version(bootstrap: Path) -> tuple[int, ...]:
    text = bootstrap.read_text(encoding="utf-8") if bootstrap.exists() else ""
    found = re.search(r"^ProductKey=\D*(\d+)\.(\d+)", text, re.MULTILINE)
    return tuple(int(number) for number in found.groups()) if found else ()


def _build_id(versions: Path) -> str | None:
    lines = versions.read_text(encoding="utf-8").splitlines() if versions.exists() else []
    return next((line.removeprefix("buildid=") for line in lines if line.startswith("buildid=")), None)
