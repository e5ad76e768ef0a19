"""The settings that accounts reads from the environment."""

from typing import Annotated

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from infoscreen.common.client_address import Networks
from infoscreen.common.rate_limit import Limit
from infoscreen.common.settings import ListenSettings

Seconds = Annotated[float, Field(gt=0)]

_DAY_SECONDS = 24 * 3600


class MigrationSettings(BaseSettings):
    """What the migration job needs. Prefix ``ACCOUNTS_``."""

    model_config = SettingsConfigDict(env_prefix="ACCOUNTS_", frozen=True)

    owner_database_url: SecretStr = Field(description="The database, as its owner")
    database_password: SecretStr | None = Field(
        default=None, description="The migration gives it to the role infoscreen_accounts"
    )


class AccountsSettings(ListenSettings):
    """The running service's settings. Prefix ``ACCOUNTS_``."""

    model_config = SettingsConfigDict(env_prefix="ACCOUNTS_", frozen=True)

    database_url: SecretStr = Field(description="The database, as the role infoscreen_accounts")
    public_url: str = Field(description="Where browsers reach the edge; with https, they send cookies only so")
    rate_limit: Annotated[Limit, Field(description="Requests that one token is good for")] = "6000/minute"
    session_seconds: Seconds = Field(default=30 * _DAY_SECONDS, description="How long a session lasts")
    invite_seconds: Seconds = Field(default=3 * _DAY_SECONDS, description="How long an invite can be accepted")
    sync_interval_seconds: Seconds = Field(default=60, description="How often the access bucket is compared")
    trusted_proxies: Annotated[
        Networks, Field(description="Where the edge is: its word about a client's address is believed")
    ] = "127.0.0.0/8,::1"
