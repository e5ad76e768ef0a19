"""The system that the doctor examines: one on this machine, by its data directory, or any other, by the environment."""

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
class Target:
    """Addresses and credentials of every hop.

    Attributes:
        access: NATS, the object store, the database.
        edge: the edge's address as this process reaches it. token: an operator's token.
        ops: the services' ops addresses, by name; None if this process cannot know them.
        data_dir: the servers' data directory, if they run on this machine.
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


def find_target(data_dir: Path) -> Target:
    """The system that the environment names, otherwise the one in this directory.

    Raises:
        CliError: a setting is missing, or no system runs there.
    """
    if "NATS_URL" not in os.environ:
        data = DataDir(data_dir.absolute())
        running = endpoints.read(data.endpoints)
        return Target(of_running_system(data), running.edge, running.operator_token, running.ops, data.path)
    access = of_environment()
    try:
        settings = _EdgeSettings()
    except ValidationError:
        raise CliError("Set INFOSCREEN_TOKEN to an operator's token: the doctor uploads as a person does.") from None
    return Target(access, settings.edge_url or access.s3.public_endpoint, settings.token.get_secret_value())
