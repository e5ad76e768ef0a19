"""The server's address and the player's token: two small files that ``enrol`` writes and each request reads anew.

Under systemd the service may not read the token's file; systemd hands over its content as a credential.
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
        directory: holds the files.
        server_override: a server from the settings, in place of the one in the file.
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
        """The token, or None. The file comes first: it may be newer than what systemd handed over."""
        passed = os.environ.get(_DIRECTORY_VARIABLE)
        return _read(self.directory / "token") or (_read(Path(passed) / "token") if passed else None)

    @property
    def enrolled(self) -> bool:
        """Whether the player has both."""
        return bool(self.server and self.token)

    def store(self, server: str, token: str) -> None:
        """Store an enrolment; only the owner of the files can read the token.

        Raises:
            OSError: a file cannot be written.
        """
        self.directory.mkdir(parents=True, exist_ok=True)
        replace_file(self.directory / "token", f"{token}\n".encode(), mode=0o600)
        replace_file(self.directory / "server", f"{server}\n".encode())


def _read(path: Path) -> str | None:
    try:
        return path.read_text().strip() or None
    except (OSError, UnicodeDecodeError):
        return None
