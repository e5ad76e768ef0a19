"""The settings that the notifier reads from the environment."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from infoscreen.common.client_address import Networks
from infoscreen.common.rate_limit import Limit
from infoscreen.common.settings import ListenSettings

Seconds = Annotated[float, Field(gt=0)]


class MigrationSettings(BaseSettings):
    """What the migration job needs: the database as its owner, and the password of the notifier's role."""

    model_config = SettingsConfigDict(env_prefix="NOTIFIER_", frozen=True)

    owner_database_url: SecretStr
    database_password: SecretStr | None = Field(
        default=None, description="The migration gives it to the role infoscreen_notifier"
    )


class SmtpSecurity(StrEnum):
    """How the connection to the mail server is encrypted."""

    NONE = "none"
    STARTTLS = "starttls"
    TLS = "tls"


class SmtpSettings(BaseSettings):
    """The mail server, prefix ``NOTIFIER_SMTP_``; without a host there are no channels for e-mail."""

    model_config = SettingsConfigDict(env_prefix="NOTIFIER_SMTP_", frozen=True)

    host: str = ""
    port: Annotated[int, Field(ge=1, le=65535)] = 587
    security: SmtpSecurity = SmtpSecurity.STARTTLS
    username: str = ""
    password: SecretStr = SecretStr("")
    sender: str = Field(default="infoscreen@localhost", description="The address that messages come from")


class NotifierSettings(ListenSettings):
    """The notifier's own settings, prefix ``NOTIFIER_``."""

    model_config = SettingsConfigDict(env_prefix="NOTIFIER_", frozen=True)

    database_url: SecretStr
    rate_limit: Annotated[Limit, Field(description="Requests that one token is good for")] = "600/minute"
    hold_seconds: Annotated[float, Field(ge=0, description="How long trouble must last before people are told")] = 60
    settle_seconds: Annotated[float, Field(ge=0, description="How long it must be over before they are told")] = 300
    attempt_seconds: Seconds = Field(default=15, description="How long one attempt at a delivery may take")
    give_up_seconds: Seconds = Field(default=24 * 3600, description="How long a delivery is tried")
    allowed_networks: Annotated[
        Networks, Field(description="Private networks that webhooks may be in, such as 10.1.0.0/16; by default none")
    ] = ""
    watched_paths: tuple[Path, ...] = Field(default=(), description="A JSON list: file systems whose room is watched")
    full_share: Annotated[float, Field(gt=0, lt=1, description="The share of a disk or stream that is too full")] = 0.9
