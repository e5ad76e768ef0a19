"""Everything that the gateway reads from the environment."""

from typing import Annotated

from pydantic import Field, SecretStr
from pydantic_settings import SettingsConfigDict

from infoscreen.common.settings import ListenSettings

Seconds = Annotated[float, Field(gt=0)]


class GatewaySettings(ListenSettings):
    """The gateway's own settings, prefix ``PLAYER_GATEWAY_``."""

    model_config = SettingsConfigDict(env_prefix="PLAYER_GATEWAY_", frozen=True)

    database_url: SecretStr
    held_media: Annotated[int, Field(gt=0, description="How many media are held in memory")] = 10_000
    held_players: Annotated[int, Field(gt=0, description="How many players are held in memory")] = 5_000
    manifest_media: Annotated[int, Field(gt=0, description="How many media the embedded player shows")] = 100
    catch_up_seconds: Seconds = Field(default=2, description="How long to wait for an upload to be projected")
