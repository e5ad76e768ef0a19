"""Docker and Compose as commands, with the engine that answers or, for root, one that lives as long as the tests."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from support.until import wait_until

from infoscreen.cli.requirements import repository_root

CACHE = repository_root() / ".cache" / "containers"
"""What is worth keeping between two runs: Compose, and the images of an engine of our own."""

_SMALL_SECONDS = 120.0


class CommandFailedError(Exception):
    """A command ended with an error; the message is what it printed."""


@dataclass(frozen=True)
class Engine:
    """A Docker engine at an address, as DOCKER_HOST has it."""

    host: str

    def docker(self, *arguments: object, seconds: float = _SMALL_SECONDS, **environment: str) -> str:
        """What `docker ARGUMENTS` prints.

        Raises:
            CommandFailedError: it failed.
        """
        return run([_docker(), *map(str, arguments)], {"DOCKER_HOST": self.host, **environment}, seconds)

    def has_image(self, name: str) -> bool:
        """Return True where the engine has an image of that name."""
        return bool(self.docker("image", "ls", "--quiet", name).strip())

    def compose(self, *arguments: str, seconds: float = _SMALL_SECONDS, **environment: str) -> str:
        """What `docker compose ARGUMENTS` prints; its progress only in errors.

        Raises:
            CommandFailedError: it failed.
        """
        settings = {"DOCKER_HOST": self.host, "COMPOSE_PROGRESS": "plain", "COMPOSE_STATUS_STDOUT": "0"}
        return run([*_compose(), *arguments], settings | environment, seconds)


def run(command: list[str], environment: Mapping[str, str], seconds: float) -> str:
    """The output of a command that gets these variables beside ours.

    Raises:
        CommandFailedError: it failed.
    """
    done = subprocess.run(
        command, env=os.environ | environment, capture_output=True, text=True, timeout=seconds, check=False
    )
    if done.returncode:
        raise CommandFailedError(f"{' '.join(command)}:\n{done.stdout[-4000:]}\n{done.stderr[-8000:]}")
    return done.stdout


@contextmanager
def engine() -> Iterator[Engine]:
    """The engine that DOCKER_HOST names or that is Docker's default, else one of our own; skips without."""
    if shutil.which("docker") is None:
        pytest.skip("there is no docker: `scripts/bootstrap --containers` installs Debian's")
    named = Engine(os.environ.get("DOCKER_HOST", "unix:///var/run/docker.sock"))
    if _answers(named):
        yield named
    elif os.geteuid() or shutil.which("dockerd") is None:
        pytest.skip(f"no Docker engine answers at {named.host}, and only root with dockerd can start one")
    else:
        with _own_engine() as started:
            yield started


def _answers(candidate: Engine) -> bool:
    try:
        candidate.docker("version", "--format", "{{.Server.Version}}")
    except CommandFailedError:
        return False
    return True


@contextmanager
def _own_engine() -> Iterator[Engine]:
    """A dockerd with socket, data and process id of its own; its containers end with it."""
    # A socket's path has at most 108 characters.
    with tempfile.TemporaryDirectory(prefix="docker") as short:
        started = Engine(f"unix://{short}/docker.sock")
        places = {"data-root": CACHE / "docker", "exec-root": f"{short}/exec", "pidfile": f"{short}/docker.pid"}
        command = ["dockerd", "--host", started.host, *(f"--{name}={path}" for name, path in places.items())]
        (CACHE / "docker").mkdir(parents=True, exist_ok=True)
        with (CACHE / "dockerd.log").open("wb") as log, subprocess.Popen(command, stdout=log, stderr=log) as process:
            try:
                wait_until(lambda: _answers(started), f"dockerd answers; see {log.name}")
                yield started
            finally:
                process.terminate()


def _docker() -> str:
    return shutil.which("docker") or "docker"


def _compose() -> list[str]:
    """The wheel's Compose, which `make test-containers` installs, or Docker's plugin."""
    installed: Path = CACHE / "packages" / "bin" / "docker-compose"
    return [str(installed)] if installed.exists() else [_docker(), "compose"]
