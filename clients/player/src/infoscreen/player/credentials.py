"""Where the player belongs and its token: two small files, written by ``enrol`` and read anew whenever needed.

Under systemd the service is not allowed to read the token's file; it gets its content as a credential.
"""

import os
from dataclasses import dataclass
from pathlib import Path

from infoscreen.player.files import replace_file

_DIRECTORY_VARIABLE = "CREDENTIALS_DIRECTORY"


@dataclass(frozen=True)
class Credentials:
    """The enrolment of this player.

    Attributes:
        directory: where the files are.
        server_override: a server from the settings, instead of the one enrolled at.
    """

    directory: Path
    server_override: str | None = None

    @property
    def server(self) -> str | None:
        """The edge's URL, without a slash at its end."""
        server = self.server_override or _read(self.directory / "server")
        return server.rstrip("/") if server else None

    @property
    def token(self) -> str | None:
        """The token, if there is one. The file is read first: it may be newer than what systemd handed over."""
        passed = os.environ.get(_DIRECTORY_VARIABLE)
        return _read(self.directory / "token") or (_read(Path(passed) / "token") if passed else None)

    @property
    def enrolled(self) -> bool:
        """Whether both are there."""
        return bool(self.server and self.token)

    def store(self, server: str, token: str) -> None:
        """Keep an enrolment; only the files' owner can read the token.

        Raises:
            OSError: it cannot be written.
        """
        self.directory.mkdir(parents=True, exist_ok=True)
        replace_file(self.directory / "token", f"{token}\n".encode(), mode=0o600)
        replace_file(self.directory / "server", f"{server}\n".encode())


def _read(path: Path) -> str | None:
    try:
        return path.read_text().strip() or None
    except (OSError, UnicodeDecodeError):
        return None
