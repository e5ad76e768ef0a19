"""What is done once before offices start: symbol fonts are made, and fontconfig learns of all fonts."""

import os
import subprocess
import sys
from pathlib import Path

import structlog

from infoscreen.converter.fonts.dingbats import CHARACTERS, ORIGIN
from infoscreen.converter.fonts.fontconfig import FontFolders, fontconfig_file

log = structlog.get_logger(__name__)

_SECONDS = 120.0  # hundreds of big fonts on a slow disk


def prepare_fonts(directory: Path, own: Path | None) -> FontFolders:
    """Make in `directory` what offices read of fonts, and say where it is.

    What cannot be made is logged and missing afterwards; offices start all the same.

    Args:
        directory: the converter's, kept as long as it likes.
        own: an operator's fonts; it need not exist.
    """
    folders = FontFolders(own, directory / "symbols", directory / "cache")
    directory.mkdir(parents=True, exist_ok=True)
    configuration = directory / "fonts.conf"
    configuration.write_text(fontconfig_file(FontFolders(own, cache=folders.cache)), encoding="utf-8")
    try:
        _make_symbols(configuration, directory / "symbols")
        configuration.write_text(fontconfig_file(folders), encoding="utf-8")
        _fontconfig(configuration, "fc-cache")
    except (OSError, subprocess.SubprocessError) as error:
        log.warning("fonts_not_prepared", error=str(error), consequence="symbols may be boxes, and starts be slow")
    return folders


def _make_symbols(configuration: Path, folder: Path) -> None:
    """Fonts for those that the machine does not have."""
    listed = _fontconfig(configuration, "fc-list", "--format", "%{family[0]}\t%{file}\n")
    installed = dict(line.split("\t", 1) for line in listed.splitlines())
    for made in folder.glob("*.ttf"):
        if made.stem in {family.replace(" ", "") for family in installed}:
            made.unlink()
    missing = [family for family in CHARACTERS if family not in installed]
    if ORIGIN in installed:
        maker = (sys.executable, "-m", "infoscreen.converter.fonts.symbol_fonts")
        _run(*maker, installed[ORIGIN], str(folder), *missing)
    elif missing:
        log.warning("symbols_missing", families=missing, consequence="they are boxes", mend="install fonts-symbola")


def _fontconfig(configuration: Path, *command: str) -> str:
    return _run(*command, FONTCONFIG_FILE=str(configuration))


def _run(*command: str, **environment: str) -> str:
    done = subprocess.run(
        command,
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=True,
        timeout=_SECONDS,
    )
    return done.stdout
