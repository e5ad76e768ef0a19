"""The info script with which the player sets up `impressive`: it stands for what no option can say.

- A page that impressive cannot draw is black. Without the script it has impressive's logo on it, which looks like a
  picture to anything that looks at the window.
- A page stays as long as its entry asks for.

An info script is Python that impressive executes; this one contains numbers of the player only.
https://impressive.sourceforge.net/manual.php#infoscript
"""

import hashlib
from collections.abc import Mapping
from pathlib import Path

from infoscreen.player.files import replace_file

_BLACK_PAGE = """\
def DummyPage():
    return Image.new("RGB", (ScreenWidth, ScreenHeight), BackgroundColor)
"""


def write_info_script(directory: Path, page_seconds: Mapping[int, float]) -> Path:
    """Write an info script; returns its path. Earlier ones stay, since a viewer may still read them.

    Args:
        directory: holds the file.
        page_seconds: how long pages stay that ask for a time of their own; pages count from 1.

    Raises:
        OSError: the file cannot be written.
    """
    timeouts = {page: {"timeout": round(seconds * 1000)} for page, seconds in page_seconds.items()}
    content = f"{_BLACK_PAGE}\nPageProps = {timeouts}\n".encode()
    path = directory / f"{hashlib.sha256(content).hexdigest()[:12]}.info"
    if not path.exists():
        replace_file(path, content)
    return path
