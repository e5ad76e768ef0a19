"""Whom the doctor examines: a system on this machine, by its data directory, or any other, by the environment."""

import os
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from infoscreen.cli import endpoints
from infoscreen.cli.datadir import DataDir
from infoscreen.cli.errors import CliError
from infoscreen.cli.servers_access import Access, of_environment, of_running_system


@dataclass(frozen=True)
class Patient:
    """How to reach every hop.

    Attributes:
        access: NATS, the object store, the database.
        edge: the edge's address as this process reaches it. token: an operator's.
        ops: where services tell how they are, by name; None where that cannot be known from here.
        data_dir: where its servers keep their data, if on this machine.
    """

    access: Access
    edge: str
    token: str = field(repr=False)
    ops: dict[str, str] | None = None
    data_dir: Path | None = None


class _EdgeSettings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="INFOSCREEN_", frozen=True)

    token: SecretStr
    edge_url: str | None = None


def find(data_dir: Path) -> Patient:
    """The system that the environment names, else the one of this directory.

    Raises:
        CliError: a setting is missing, or nothing runs there.
    """
    if "NATS_URL" not in os.environ:
        data = DataDir(data_dir.absolute())
        running = endpoints.read(data.endpoints)
        return Patient(of_running_system(data), running.edge, running.operator_token, running.ops, data.path)
    access = of_environment()
    try:
        settings = _EdgeSettings()
    except ValidationError:
        raise CliError("Set INFOSCREEN_TOKEN to an operator's token: the doctor uploads as a person does.") from None
    return Patient(access, settings.edge_url or access.s3.public_endpoint, settings.token.get_secret_value())
