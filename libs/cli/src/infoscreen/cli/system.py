"""Describes every process that `infoscreen up` starts: command, settings, ports.

The only module that wires the parts of one machine to each other. It starts nothing itself.
"""

import json
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from infoscreen.cli import postgres, servers
from infoscreen.cli.child import ChildSpec, Liveness
from infoscreen.cli.datadir import DataDir
from infoscreen.cli.endpoints import Endpoints
from infoscreen.cli.ports import LOOPBACK, PortBook
from infoscreen.cli.probes import LIVENESS_SECONDS, http_ok
from infoscreen.cli.system_secrets import Secrets
from infoscreen.common.grace import CONVERSION_GRACE_SECONDS, REQUEST_GRACE_SECONDS, WIND_UP_SECONDS
from infoscreen.common.messaging import permissions

HTTP_SERVICES = {
    "accounts": "ACCOUNTS",
    "ingest": "INGEST",
    "catalog": "CATALOG",
    "player-gateway": "PLAYER_GATEWAY",
    "notifier": "NOTIFIER",
}


class EngineChoice(StrEnum):
    """The software that converts documents."""

    LIBREOFFICE = "libreoffice"
    GOTENBERG = "gotenberg"


@dataclass(frozen=True, kw_only=True)
class Options:
    """The options of `infoscreen up`."""

    data_dir: Path
    host: str = LOOPBACK
    port: int = 8080
    public_url: str | None = None
    converters: int = 1
    engine: EngineChoice = EngineChoice.LIBREOFFICE
    gotenberg_url: str | None = None

    @property
    def local_url(self) -> str:
        """The edge's address for this machine itself."""
        host = LOOPBACK if self.host in {"0.0.0.0", "::"} else self.host  # noqa: S104 - compared, not bound
        return f"http://{f'[{host}]' if ':' in host else host}:{self.port}"

    @property
    def edge_url(self) -> str:
        """The edge's address for browsers and players."""
        return (self.public_url or self.local_url).rstrip("/")


@dataclass(frozen=True)
class System:
    """The processes of one embedded system."""

    options: Options
    data: DataDir
    root: Path
    secrets: Secrets
    ports: PortBook

    @property
    def s3_access(self) -> servers.S3Access:
        """The object store's address and keys for the services."""
        endpoint = f"http://{LOOPBACK}:{self.ports.port('s3')}"
        return servers.S3Access(endpoint, self.secrets.s3_access_key, self.secrets.s3_secret_key)

    def nats_url(self, user: str) -> str:
        """The address of NATS with the credentials of one of its users."""
        return servers.nats_url(self.ports, user, self.secrets.nats_passwords[user])

    @property
    def database_url(self) -> str:
        """The database's address, with the owner's credentials."""
        return postgres.database_url(self.ports, self.secrets.postgres_owner_password)

    def servers(self) -> list[ChildSpec]:
        """NATS, S3, Postgres. Writes their configuration; the first call creates the database."""
        return [
            servers.nats(self.data.path / "nats", self.ports, self.secrets.nats_passwords),
            servers.s3(self.data.path / "s3", self.ports, self.s3_access),
            postgres.postgres(
                self.data.path / "postgres",
                self.ports,
                superuser_password=self.secrets.postgres_superuser_password,
                owner_password=self.secrets.postgres_owner_password,
            ),
        ]

    def jobs(self) -> dict[str, Sequence[str]]:
        """The commands that must have finished before the services start; they do not depend on each other."""
        return {
            "topology": (sys.executable, "-m", "infoscreen.cli", "topology", "apply"),
            "migrate": (sys.executable, "-m", "infoscreen.catalog", "migrate"),
            "migrate-notifier": (sys.executable, "-m", "infoscreen.notifier", "migrate"),
            "migrate-accounts": (sys.executable, "-m", "infoscreen.accounts", "migrate"),
        }

    def services(self) -> list[ChildSpec]:
        """The services, with the chosen number of converters."""
        http = [self.service(name, name.replace("-", "_"), {}) for name in HTTP_SERVICES]
        return [*http, *(self.converter(number) for number in range(1, self.options.converters + 1))]

    def converter(self, number: int) -> ChildSpec:
        """One converter."""
        name = f"converter-{number}"
        settings = {
            "CONVERTER_NAME": name,
            "CONVERTER_OPS_PORT": str(self.ports.port(f"{name}-ops")),
            "CONVERTER_ENGINE": self.options.engine.value,
            "CONVERTER_WORK_DIR": str(self.data.path / "work" / name),
            "CONVERTER_FONTS_DIR": str(self.data.fonts),
        }
        if self.options.gotenberg_url:
            settings["CONVERTER_GOTENBERG_URL"] = self.options.gotenberg_url
        (self.data.path / "work" / name).mkdir(parents=True, exist_ok=True)
        return self.service(name, "converter", settings)

    def edge(self) -> ChildSpec:
        """Caddy, in front of all HTTP services."""
        upstreams = {f"{prefix}_UPSTREAM": self._address(f"{name}-http") for name, prefix in HTTP_SERVICES.items()}
        settings = {
            **upstreams,
            "EDGE_HOST": self.options.host,
            "EDGE_PORT": str(self.options.port),
            "S3_UPSTREAM": self._address("s3"),
            "S3_PUBLIC_ORIGINS": "",
            "DASHBOARD_DIR": str(self.root / "services" / "dashboard" / "public"),
            "API_DOCUMENTS_DIR": str(self.root / "docs" / "api"),
        }
        caddyfile = self.root / "deploy" / "edge" / "Caddyfile"
        return servers.edge(self.data.path / "edge", caddyfile, self.options.local_url, settings)

    def service(self, name: str, module: str, settings: Mapping[str, str]) -> ChildSpec:
        """A process of `python -m infoscreen.<module>`; its ops port reports whether it is ready and alive."""
        own = {"NATS_URL": self.nats_url(module.replace("_", "-"))}
        ops, env = f"http://{self._address(f'{name}-ops')}", {**self.environment(), **own, **settings}
        default = CONVERSION_GRACE_SECONDS if module == "converter" else REQUEST_GRACE_SECONDS
        grace_seconds = float(env.get(f"{module.upper()}_SHUTDOWN_GRACE_SECONDS", default))
        return ChildSpec(
            name=name,
            argv=(sys.executable, "-m", f"infoscreen.{module}"),
            env=env,
            probe=http_ok(f"{ops}/readyz"),
            liveness=Liveness(http_ok(f"{ops}/livez", LIVENESS_SECONDS)),
            cwd=self.data.path,
            grace_seconds=grace_seconds + WIND_UP_SECONDS,
        )

    def environment(self) -> dict[str, str]:
        """The settings that all jobs and services share; NATS knows the jobs as the operator."""
        return {
            **os.environ,
            "PYTHONUNBUFFERED": "1",
            "LOG_FORMAT": os.environ.get("LOG_FORMAT", "console"),
            "NATS_URL": self.nats_url(permissions.OPERATOR),
            **self._s3_environment(),
            "AUTH_TOKENS_FILE": str(self.data.tokens),
            "ACCOUNTS_OWNER_DATABASE_URL": self.database_url,
            "ACCOUNTS_DATABASE_PASSWORD": self.secrets.postgres_accounts_password,
            "ACCOUNTS_DATABASE_URL": postgres.database_url(
                self.ports, self.secrets.postgres_accounts_password, user="infoscreen_accounts"
            ),
            "ACCOUNTS_PUBLIC_URL": self.options.edge_url,
            "CATALOG_DATABASE_URL": self.database_url,
            "CATALOG_GATEWAY_DATABASE_PASSWORD": self.secrets.postgres_gateway_password,
            "PLAYER_GATEWAY_DATABASE_URL": postgres.database_url(
                self.ports, self.secrets.postgres_gateway_password, user="infoscreen_gateway"
            ),
            "NOTIFIER_OWNER_DATABASE_URL": self.database_url,
            "NOTIFIER_DATABASE_PASSWORD": self.secrets.postgres_notifier_password,
            "NOTIFIER_DATABASE_URL": postgres.database_url(
                self.ports, self.secrets.postgres_notifier_password, user="infoscreen_notifier"
            ),
            "NOTIFIER_WATCHED_PATHS": os.environ.get("NOTIFIER_WATCHED_PATHS", json.dumps([str(self.data.path)])),
            **{f"{prefix}_HTTP_PORT": str(self.ports.port(f"{name}-http")) for name, prefix in HTTP_SERVICES.items()},
            **{f"{prefix}_OPS_PORT": str(self.ports.port(f"{name}-ops")) for name, prefix in HTTP_SERVICES.items()},
        }

    def endpoints(self, pids: Mapping[str, int]) -> Endpoints:
        """The content of endpoints.json while these processes run."""
        names = [*HTTP_SERVICES, *sorted((n for n in pids if n.startswith("converter-")), key=_number)]
        return Endpoints(
            edge=self.options.edge_url,
            operator_token=self.secrets.operator_token,
            uploader_token=self.secrets.uploader_token,
            player_token=self.secrets.player_token,
            nats=self.nats_url(permissions.OPERATOR),
            s3=self.s3_access,
            postgres=self.database_url,
            ops={name: f"http://{self._address(f'{name}-ops')}" for name in names},
            pids={**pids, "up": os.getpid()},
        )

    def _s3_environment(self) -> dict[str, str]:
        access = self.s3_access
        return {
            "S3_ENDPOINT": access.endpoint,
            "S3_PUBLIC_ENDPOINT": self.options.edge_url,
            "S3_ACCESS_KEY": access.access_key,
            "S3_SECRET_KEY": access.secret_key,
            "S3_REGION": access.region,
            "S3_BUCKET": access.bucket,
        }

    def _address(self, name: str) -> str:
        return f"{LOOPBACK}:{self.ports.port(name)}"


def _number(converter: str) -> int:
    return int(converter.rpartition("-")[2])
