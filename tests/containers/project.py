"""A Compose project of the committed files, with secrets, folders and an address of its own."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from secrets import token_hex

import httpx
from support.until import wait_until

from containers.engine import CommandFailedError, Engine, run
from containers.images import REGISTRY, ROOT, override
from infoscreen.cli.ports import PortBook

COMPOSE = ROOT / "deploy" / "compose"
UP_SECONDS = 1800.0
OPERATING_USER = 1000
"""Whom the commands that the how-tos give run as: the owner of the checkout."""


@dataclass(frozen=True)
class Project:
    """Compose's files, of the checkout or of another tree, under a name that no other project has.

    Attributes:
        files: below deploy/compose, in the order of `-f`.
        changes: attributes by service, instead of those in the files.
        settings: what .env would say beside the folders and the port.
    """

    engine: Engine
    directory: Path
    files: tuple[str, ...]
    changes: dict[str, dict] = field(default_factory=dict)
    settings: dict[str, str] = field(default_factory=dict)
    name: str = field(default_factory=lambda: f"infoscreen-{token_hex(3)}")
    port: int = field(default_factory=lambda: PortBook().port("edge"))

    def prepare(self) -> None:
        """Make the secrets, as `make-secrets` does, and the folders."""
        run([str(COMPOSE / "make-secrets"), str(self.secrets)], {}, 60)
        (self.directory / "fonts").mkdir(exist_ok=True)
        self.backups.mkdir(exist_ok=True)
        os.chown(self.backups, OPERATING_USER, OPERATING_USER)
        (self.directory / "override.yaml").write_text(override(self.changes))

    def compose(self, *arguments: str, seconds: float = UP_SECONDS, **settings: str) -> str:
        """What Compose prints.

        Raises:
            CommandFailedError: it failed.
        """
        files = [*(str(COMPOSE / name) for name in self.files), str(self.directory / "override.yaml")]
        where = ["--project-name", self.name, *(word for name in files for word in ("--file", name))]
        return self.engine.compose(*where, *arguments, seconds=seconds, **{**self._environment, **settings})

    def up(self, *arguments: str, **settings: str) -> None:
        """Start it and wait until all is healthy.

        Raises:
            CommandFailedError: a container did not become healthy, or a job failed; with the last lines of the logs.
        """
        try:
            self.compose("up", "--detach", "--wait", *arguments, **settings)
        except CommandFailedError as error:
            raise CommandFailedError(f"{error}\n{self.compose('logs', '--tail', '15')}") from None

    @property
    def secrets(self) -> Path:
        """The folder of the secrets."""
        return self.directory / "secrets"

    @property
    def backups(self) -> Path:
        """The folder that the operator's container sees as /backups."""
        return self.directory / "backups"

    @property
    def url(self) -> str:
        """The address of the edge."""
        return f"http://localhost:{self.port}"

    def secret(self, name: str) -> str:
        """One of the secrets."""
        return (self.secrets / name).read_text()

    def client(self, role: str = "operator") -> httpx.Client:
        """A client of the edge."""
        headers = {"Authorization": f"Bearer {self.secret(f'{role}_token')}"}
        return httpx.Client(base_url=self.url, headers=headers, timeout=60)

    def containers(self, *services: str) -> list[str]:
        """The ids of what runs."""
        return self.compose("ps", "--quiet", *services).split()

    def inspect(self, *services: str) -> list[dict]:
        """What the engine knows of the containers that run."""
        return json.loads(self.engine.docker("inspect", *self.containers(*services)))

    @cached_property
    def _environment(self) -> dict[str, str]:
        return {
            "SECRETS_DIR": str(self.secrets),
            "BACKUP_DIR": str(self.backups),
            "FONTS_DIR": str(self.directory / "fonts"),
            "EDGE_PORT": str(self.port),
            "PUBLIC_URL": self.url,
            "REGISTRY": REGISTRY,
            **self.settings,
        }


@contextmanager
def running(project: Project, *arguments: str) -> Iterator[Project]:
    """The project, built and started; nothing of it is left afterwards.

    Args:
        arguments: of `docker compose up`.
    """
    project.prepare()
    try:
        project.up("--build", *arguments)
        yield project
    finally:
        project.compose("--profile", "*", "down", "--volumes", "--timeout", "0")


def upload(client: httpx.Client, name: str, content: bytes) -> str:
    """The id of the medium that these bytes became."""
    answer = client.post("/api/media", params={"filename": name}, content=content)
    assert answer.status_code in {201, 202}, answer.text
    return str(answer.json()["media_id"])


def shown(client: httpx.Client, media_id: str, seconds: float = 180) -> dict:
    """What a player is told of a medium, once it is ready or failed."""

    def told() -> dict | None:
        answer = client.get(
            f"/api/media/{media_id}/display", params={"wait": 10}, headers={"Accept": "application/json"}
        )
        return answer.json() if answer.status_code == 200 else None

    return wait_until(told, f"{media_id} is ready or failed", seconds, ignoring=(httpx.TransportError,))
