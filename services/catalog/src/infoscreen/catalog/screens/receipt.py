"""The receipt of a medium: which screen has which version of it, told by what each player reported."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID


class ScreenState(StrEnum):
    """How far a screen is with the current version of a medium."""

    SHOWING = "showing"
    """It is on the glass."""
    HELD = "held"
    """It is on the player, and comes when it is its turn."""
    OLDER = "older"
    """The player shows or has an older version."""
    DOWNLOADING = "downloading"
    """The player does not have it yet."""
    FAILED = "failed"
    """The player could not show it, or there is nothing to show: its conversion failed."""
    OFFLINE = "offline"
    """The player has not been heard of."""


@dataclass(frozen=True)
class Versions:
    """The versions of a medium.

    Attributes:
        current: the hash of what screens are to show; None while there is nothing, because it is being converted.
        generations: by the hash of what is shown, for those versions that are known.
        failed: True where the current version cannot be converted.
    """

    media_id: UUID
    current: str | None
    generations: Mapping[str, int]
    failed: bool = False


@dataclass(frozen=True)
class ScreenReceipt:
    """What a screen has of a medium.

    Attributes:
        sha256: of the version that it shows or has; None where it has none, or does not say.
        since: since when it shows it or, of an offline screen, when it was last heard of; None where it does not say.
    """

    state: ScreenState
    sha256: str | None
    generation: int | None
    since: datetime | None


def receipt_of(report: Mapping[str, Any] | None, versions: Versions, *, online: bool) -> ScreenReceipt:
    """Tell from a player's last report which version of a medium it has."""
    report = report or {}
    showing = report.get("showing") or {}
    shown = showing.get("sha256") if showing.get("media_id") == str(versions.media_id) else None
    held = {file["sha256"]: file["state"] for file in report.get("held") or ()}
    state, sha256 = _state(shown, held, versions)
    return ScreenReceipt(
        state=state if online else ScreenState.OFFLINE,
        sha256=sha256,
        generation=versions.generations.get(sha256) if sha256 else None,
        since=datetime.fromisoformat(showing["since"]) if shown and showing.get("since") else None,
    )


def _state(shown: str | None, held: Mapping[str, str], versions: Versions) -> tuple[ScreenState, str | None]:
    current = versions.current
    if shown is not None and shown == current:
        return ScreenState.SHOWING, shown
    if current is not None and held.get(current) == "held":
        return ScreenState.HELD, current
    has = [sha256 for sha256, state in held.items() if state == "held" and sha256 in versions.generations]
    older = shown or max(has, key=lambda sha256: versions.generations[sha256], default=None)
    if versions.failed or (current is not None and held.get(current) == "failed"):
        return ScreenState.FAILED, older
    return (ScreenState.OLDER, older) if older else (ScreenState.DOWNLOADING, None)
