"""Reads and writes endpoints.json, by which tests, benches and commands find a running system."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from infoscreen.cli.errors import CliError
from infoscreen.cli.files import write_private
from infoscreen.cli.servers import S3Access


@dataclass(frozen=True)
class Endpoints:
    """The file's content, which other programs rely on."""

    edge: str
    operator_token: str
    uploader_token: str
    player_token: str
    nats: str
    s3: S3Access
    postgres: str
    ops: dict[str, str]
    pids: dict[str, int]

    def write(self, path: Path) -> None:
        """Replaces the file atomically, readable by its owner only."""
        write_private(path, json.dumps(asdict(self), indent=2) + "\n")


def read(path: Path) -> Endpoints:
    """The endpoints of the running system.

    Raises:
        CliError: no system runs there.
    """
    try:
        content: dict[str, Any] = json.loads(path.read_text())
    except FileNotFoundError:
        raise CliError(f"Nothing runs in {path.parent}: start it with `infoscreen up`, or give --data-dir.") from None
    except (OSError, ValueError) as error:
        raise CliError(f"{path} cannot be read ({error}).") from error
    return Endpoints(**{**content, "s3": S3Access(**content["s3"])})
