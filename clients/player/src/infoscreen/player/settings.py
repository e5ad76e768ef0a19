"""The settings that the player reads from the environment, prefix ``PLAYER_``."""

from pathlib import Path
from typing import Annotated

from pydantic import Field, StringConstraints
from pydantic_settings import BaseSettings, SettingsConfigDict

Seconds = Annotated[float, Field(gt=0)]
_MEBIBYTE = 1024**2

IMPRESSIVE = [
    "impressive",
    "--fake-fullscreen",  # a plain window of the screen's size: no mode switch, no minimising when it loses the focus
    "--nologo",
    "--mousedelay=500",  # not --nocursor: that sets a timer of 1 ms at each move, in which pygame 2.1 crashes (seen)
    "--noquit",
    "--nooverview",
    "--cache=compressed",  # in memory: a full disk must not empty the screen
    "--transition=Crossfade",
    "--transtime=600",
]


class PlayerSettings(BaseSettings):
    """The player's settings. The server's address and the token are files that ``enrol`` writes."""

    model_config = SettingsConfigDict(env_prefix="PLAYER_", frozen=True, extra="ignore")

    server: Annotated[str, StringConstraints(pattern=r"^https?://")] | None = Field(
        default=None, description="The edge's URL; by default the one of the enrolment"
    )
    config_dir: Path = Path("/etc/infoscreen-player")
    data_dir: Path = Path("/var/lib/infoscreen-player")
    runtime_dir: Path | None = Field(
        default=None, description="For notices and the viewer's temporary files; best in memory"
    )

    viewer: list[str] = Field(
        default=IMPRESSIVE, min_length=1, description="The command, a JSON list; the player appends options and files"
    )
    page_seconds: Annotated[int, Field(ge=0)] = Field(default=10, description="0: a person turns the pages")
    wrap: bool = Field(default=True, description="Begin anew after the last page")
    viewer_title: str = Field(
        default=r"\((\d+)/(\d+)\)",
        description="Matches the viewer's window title as soon as a page shows, with its number and their number",
    )
    viewer_start_seconds: Seconds = Field(default=45, description="How long the first page may take")
    viewer_settle_seconds: Seconds = Field(default=3, description="The same where the player sees no X display")
    viewer_proof_seconds: Seconds = Field(default=30, description="Shown well for so long, a file is proven")

    display_power: list[str] = Field(
        default=["infoscreen-display-power"], min_length=1, description="The command that turns the display on and off"
    )

    disk_limit_bytes: Annotated[int, Field(gt=0)] = 4096 * _MEBIBYTE
    disk_reserve_bytes: Annotated[int, Field(ge=0)] = Field(default=64 * _MEBIBYTE, description="Left free for others")

    wait_seconds: Annotated[float, Field(ge=0, le=55)] = Field(default=25, description="How long a long poll waits")
    retry_seconds: Seconds = Field(default=15, description="The longest pause between two attempts to reach the server")
    report_seconds: Seconds = 60

    log_level: Annotated[str, StringConstraints(to_upper=True, pattern="^(DEBUG|INFO|WARNING|ERROR)$")] = "INFO"
