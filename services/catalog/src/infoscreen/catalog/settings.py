"""The settings that the catalog reads from the environment."""

from typing import Annotated

from pydantic import Field, SecretStr
from pydantic_settings import SettingsConfigDict

from infoscreen.common.rate_limit import Limit
from infoscreen.common.settings import ListenSettings

Seconds = Annotated[float, Field(gt=0)]
Amount = Annotated[int, Field(gt=0)]

_DAY_SECONDS = 24 * 3600


class DatabaseSettings(ListenSettings):
    """Where the database is: all that the migration job needs. Prefix ``CATALOG_``."""

    model_config = SettingsConfigDict(env_prefix="CATALOG_", frozen=True)

    database_url: SecretStr
    gateway_database_password: SecretStr | None = Field(
        default=None, description="The migration gives it to the role infoscreen_gateway"
    )


class CatalogSettings(DatabaseSettings):
    """The running catalog's settings, prefix ``CATALOG_``."""

    batch_events: Annotated[int, Field(gt=0, le=5000)] = 1000
    catch_up_seconds: Seconds = Field(default=5, description="How long a read waits for what it knows is stored")
    rate_limit: Annotated[Limit, Field(description="Requests that one token is good for")] = "6000/minute"
    event_streams_per_token: Annotated[Amount, Field(description="Event streams that one token may have open")] = 250
    event_streams: Annotated[Amount, Field(description="Event streams that may be open in one process")] = 1000
    figures_interval_seconds: Seconds = Field(default=10, description="How old the figures in the metrics may be")
    sweep_interval_seconds: Seconds = 15
    processing_deadline_seconds: Seconds = Field(default=600, description="Requested again when silent for this long")
    pending_deadline_seconds: Seconds = Field(default=600, description="As above, once it was delivered")
    overdue_requests: Annotated[int, Field(ge=0)] = 2
    cleanup_interval_seconds: Seconds = 3600
    failed_retention_seconds: Seconds = 7 * _DAY_SECONDS
    deleted_retention_seconds: Seconds = Field(
        default=7 * _DAY_SECONDS,
        description="How long all of a deleted medium is remembered: at least the stream's duplicate window",
    )
    trash_seconds: Seconds = Field(default=30 * _DAY_SECONDS, description="How long the trash keeps a medium")
    versions: Annotated[int, Field(ge=0, description="How many earlier versions of a medium are kept")] = 10
    version_seconds: Seconds = Field(default=90 * _DAY_SECONDS, description="How long each is kept, once replaced")
    orphan_grace_seconds: Seconds = _DAY_SECONDS
    dark_screen_seconds: Seconds = Field(default=600, description="Unheard of for so long, an enrolled screen is dark")
    screen_watch_interval_seconds: Seconds = 10
    plays_retention_seconds: Seconds = Field(default=400 * _DAY_SECONDS, description="How long proof of play is kept")
