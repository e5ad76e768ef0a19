"""Documents that try to read what is not theirs: each kind of reference, each way to write a path, each format."""

import io
import zipfile
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

Targets = Callable[[str], list[str]]
"""The ways to write where the file with an extension lies; a reference takes a file that it could show."""


def writings(path: Path, address: str) -> list[str]:
    """The ways to write where a file lies; `address` (HOST:PORT) is where a server listens."""
    absolute = str(path)
    encoded = "".join(f"%{ord(letter):02x}" if letter.isalnum() else letter for letter in absolute)
    climbing = "../" * 20 + absolute.lstrip("/")
    return [
        f"file://{absolute}",
        f"file://localhost{absolute}",
        f"file:{absolute}",
        f"FILE://{absolute}",
        f"  file://{absolute}",
        f"file://{encoded}",
        absolute,
        climbing,
        climbing.replace("../", "..%2f"),
        f"./{climbing}",
        f"Pictures/{climbing}",
        absolute.replace("/", "\\"),
        "file:" + absolute.replace("/", "\\"),
        f"//127.0.0.1{absolute}",
        "\\\\127.0.0.1" + absolute.replace("/", "\\"),
        f"smb://127.0.0.1{absolute}",
        f"vnd.sun.star.expand:$ORIGIN/{climbing}",
        f"vnd.sun.star.pkg://{quote(f'file://{absolute}', safe='')}/content.xml",
        f"http://{address}/{path.name}",
        f"//{address}/{path.name}",
    ]


def package(parts: dict[str, str | bytes]) -> bytes:
    """A zip."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return buffer.getvalue()
