"""Addresses and credentials of NATS, the object store and the database: of this machine's system, or of any other."""

import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

from pydantic import SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from infoscreen.cli import endpoints, requirements, system_secrets
from infoscreen.cli.background import running
from infoscreen.cli.datadir import DataDir
from infoscreen.cli.errors import CliError
from infoscreen.cli.ports import PortBook
from infoscreen.cli.servers import S3Access
from infoscreen.cli.system import Options, System
from infoscreen.common.messaging import permissions
from infoscreen.common.settings import NatsSettings, S3Settings


class _DatabaseSettings(BaseSettings):
    """The catalog's own setting of its database."""

    model_config = SettingsConfigDict(env_prefix="CATALOG_", frozen=True)

    database_url: SecretStr


@dataclass(frozen=True)
class Access:
    """How to reach the three servers that hold state."""

    nats: NatsSettings
    s3: S3Settings
    database_url: str


def of_environment() -> Access:
    """The servers that the settings name.

    Raises:
        CliError: a setting is missing.
    """
    try:
        return Access(NatsSettings(), S3Settings(), _DatabaseSettings().database_url.get_secret_value())
    except ValidationError as error:
        missing = ", ".join(f"{e['loc'][0]} ({error.title})" for e in error.errors())
        raise CliError(f"Set what the environment lacks beside NATS_URL: {missing}.") from None


def of_running_system(data: DataDir) -> Access:
    """The servers of a running `infoscreen up`.

    Raises:
        CliError: no system runs there.
    """
    found = endpoints.read(data.endpoints)
    return _access(found.nats, found.s3, found.edge, found.postgres)


@contextmanager
def of_stopped_system(data: DataDir) -> Iterator[Access]:
    """Runs only the servers of a data directory, new or not, for the length of the block.

    Raises:
        SetupError: a system runs there, or the directory cannot be used.
        CliError: a server or the migration failed.
    """
    data.prepare()
    with data.locked(), ExitStack() as servers:
        root, ports = requirements.repository_root(), PortBook(data.ports)
        system = System(Options(data_dir=data.path), data, root, system_secrets.load_or_create(data.secrets), ports)
        for spec in system.servers():
            servers.enter_context(running(spec, data.logs / f"{spec.name}.log"))
        _migrate(system)
        yield _access(
            system.nats_url(permissions.OPERATOR), system.s3_access, system.options.edge_url, system.database_url
        )


def _migrate(system: System) -> None:
    for name, command in system.jobs().items():
        if name.startswith("migrate"):
            job = subprocess.run(command, env=system.environment(), capture_output=True, text=True, check=False)
            if job.returncode:
                raise CliError(f"The database's schema could not be made: {(job.stdout + job.stderr).strip()[-500:]}")


def _access(nats_url: str, s3: S3Access, public_endpoint: str, database_url: str) -> Access:
    settings: dict[str, Any] = {
        "endpoint": s3.endpoint,
        "public_endpoint": public_endpoint,
        "access_key": SecretStr(s3.access_key),
        "secret_key": SecretStr(s3.secret_key),
        "region": s3.region,
        "bucket": s3.bucket,
    }
    return Access(NatsSettings(url=SecretStr(nats_url)), S3Settings(**settings), database_url)
