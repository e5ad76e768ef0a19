"""Everything that the gateway reads from the environment."""

from typing import Annotated

from pydantic import Field, SecretStr
from pydantic_settings import SettingsConfigDict

from infoscreen.common.client_address import Networks
from infoscreen.common.rate_limit import Limit
from infoscreen.common.settings import ListenSettings

Seconds = Annotated[float, Field(gt=0)]
Amount = Annotated[int, Field(gt=0)]


class GatewaySettings(ListenSettings):
    """The gateway's own settings, prefix ``PLAYER_GATEWAY_``."""

    model_config = SettingsConfigDict(env_prefix="PLAYER_GATEWAY_", frozen=True)

    database_url: SecretStr
    held_media: Annotated[int, Field(gt=0, description="How many media are held in memory")] = 10_000
    held_players: Annotated[int, Field(gt=0, description="How many players are held in memory")] = 20_000
    manifest_media: Annotated[int, Field(gt=0, description="How many media the embedded player shows")] = 100
    catch_up_seconds: Seconds = Field(default=2, description="How long to wait for an upload to be projected")
    rate_limit: Annotated[Limit, Field(description="Requests that one token is good for")] = "30000/minute"
    report_limit: Annotated[Limit, Field(description="Reports that one player may send")] = "30/minute"
    snapshot_limit: Annotated[Limit, Field(description="Pictures that one player may send")] = "60/minute"
    guess_limit: Annotated[Limit, Field(description="Wrong enrolment codes that one address may send")] = "60/minute"
    long_polls_per_token: Annotated[Amount, Field(description="Long polls that one token may have open")] = 1000
    long_polls: Annotated[Amount, Field(description="Long polls that may be open in one process")] = 10_000
    trusted_proxies: Annotated[
        Networks, Field(description="Where the edge is: its word about a client's address is believed")
    ] = "127.0.0.0/8,::1"
