"""The images of the tests: this machine's Debian as their base, the project's own, and stand-ins for the servers'."""

import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from containers.engine import Engine
from infoscreen.cli.requirements import repository_root

ROOT = repository_root()
REGISTRY = "infoscreen-test"
BASE = f"{REGISTRY}/base"
TOOLS = f"{REGISTRY}/tools"
_SERVERS = Path(__file__).parent / "servers"
_BUILD_SECONDS = 1800.0
STAND_INS = {
    "nats": "nats",
    "postgres": "postgres",
    "seaweedfs": "s3",
    "caddy": "tls",
    "prometheus": "prometheus",
    "blackbox": "blackbox",
    "node-exporter": "node-exporter",
}
"""Stages of servers/Dockerfile, and the Compose service that each stands in for."""

# What the packages' clients of this machine are told by its environment, the base image is told, too.
_CLIENTS = ("SSL_CERT_FILE", "PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "UV_DEFAULT_INDEX", "UV_INDEX")
_PROXIES = ("http_proxy", "https_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY")


@dataclass(frozen=True)
class Images:
    """Builds what is missing in an engine."""

    engine: Engine

    def base(self) -> None:
        """Debian 12 by debootstrap, with the sources, certificates and settings by which this machine gets packages."""
        if self.engine.has_image(BASE):
            return
        if os.geteuid() or shutil.which("debootstrap") is None:
            pytest.skip("only root with debootstrap can make the base image: `scripts/bootstrap --containers`")
        with tempfile.TemporaryDirectory(prefix="base") as folder:
            root, archive = Path(folder) / "root", Path(folder) / "base.tar"
            subprocess.run(["debootstrap", "--variant=minbase", "bookworm", root], check=True, capture_output=True)
            _take_over(root)
            subprocess.run(["tar", "--create", "--file", archive, "--directory", root, "."], check=True)
            told = [f"--change=ENV {name}={os.environ[name]}" for name in _CLIENTS if name in os.environ]
            self.engine.docker("import", *told, "--change=CMD bash", archive, BASE)

    def build(self, stage: str, tag: str, context: Path = ROOT, *, buildkit: bool = False, **arguments: str) -> None:
        """Build a stage of the Dockerfile that is in the context's deploy/, by either of Docker's builders."""
        self._build(
            stage, tag, context / "deploy" / "Dockerfile", context, {"BASE": BASE, **arguments}, buildkit=buildkit
        )

    def stand_ins(self) -> None:
        """The servers whose programs this machine has."""
        self.build("tools", TOOLS)
        for stage in STAND_INS:
            self._stand_in(stage, _SERVERS)

    def minio(self, program: Path) -> None:
        """MinIO's, around its program."""
        with tempfile.TemporaryDirectory(prefix="minio") as folder:
            context = Path(folder)
            shutil.copytree(_SERVERS, context, dirs_exist_ok=True)
            shutil.copy2(program, context / "minio")
            self._stand_in("minio", context)

    def _stand_in(self, stage: str, context: Path) -> None:
        self._build(stage, stand_in(stage), context / "Dockerfile", context, {"TOOLS": TOOLS}, buildkit=False)

    def _build(
        self, stage: str, tag: str, dockerfile: Path, context: Path, arguments: dict[str, str], *, buildkit: bool
    ) -> None:
        proxies = {name: os.environ[name] for name in _PROXIES if name in os.environ}
        given = [f"--build-arg={name}={value}" for name, value in {**proxies, **arguments}.items()]
        command = ["build", "--quiet", "--file", dockerfile, "--target", stage, "--tag", tag, *given, context]
        self.engine.docker(*command, seconds=_BUILD_SECONDS, DOCKER_BUILDKIT=str(int(buildkit)))


def stand_in(stage: str) -> str:
    """The name of a stand-in's image."""
    return f"{REGISTRY}/{stage}"


def runs(stage: str) -> dict:
    """What a service is changed to, so that a stand-in runs."""
    return {"image": stand_in(stage), "pull_policy": "never"}


def _take_over(root: Path) -> None:
    """Where packages come from, whom to trust for it, and how Python's client is set."""
    for place in ("etc/apt/sources.list.d/debian.sources", "etc/pip.conf", "usr/local/share/ca-certificates"):
        source = Path("/") / place
        if source.is_dir():
            shutil.copytree(source, root / place, dirs_exist_ok=True)
        elif source.is_file():
            (root / place).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, root / place)
    authorities = Path("etc/ssl/certs/ca-certificates.crt")
    if (Path("/") / authorities).is_file():
        (root / authorities).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(Path("/") / authorities, root / authorities)


class _Replaced(list):
    """A list that takes the place of the one that it is merged with."""


yaml.SafeDumper.add_representer(_Replaced, lambda dumper, items: dumper.represent_sequence("!override", items))


def override(changes: dict[str, dict]) -> str:
    """A Compose file that has the project built on the base image, and each of these services changed.

    Args:
        changes: attributes by service; lists take the place of those in the other files.
    """
    compose = yaml.safe_load((ROOT / "deploy" / "compose" / "compose.yaml").read_text())["services"]
    services: dict[str, dict] = {
        name: {"build": {"args": {"BASE": BASE}}} for name, service in compose.items() if "build" in service
    }
    for name, attributes in changes.items():
        replaced = {key: _Replaced(value) if isinstance(value, list) else value for key, value in attributes.items()}
        services[name] = services.get(name, {}) | replaced
    return yaml.safe_dump({"services": services})
