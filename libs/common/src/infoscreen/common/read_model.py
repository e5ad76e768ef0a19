"""The read model that the catalog publishes to the player gateway inside Postgres, as both sides use it.

Names of the role, the view, the functions and the notification channels, the form of a notification, the digest of an
enrolment code, and the estimate of a waiting time. The catalog's migrations define the view and the functions; a name
here changes only together with a migration.
"""

from collections.abc import Iterator, Sequence
from math import ceil
from typing import Literal
from uuid import UUID

from infoscreen.common.auth import token_digest

GATEWAY_ROLE = "infoscreen_gateway"
"""The role of the player gateway: it may read the view and call the functions, and nothing else."""

PLAYER_VIEW = "player_view"
"""Every medium that is not deleted, with its current conversion."""

PLAYER_FIND = "player_find"
"""Only the version before calls it."""

PLAYER_SCREEN = "player_screen"
"""A player by its token, with what concerns only its screen."""

PLAYER_PROGRAMME = "player_programme"
"""What concerns every screen of a group, or with NULL those in no group."""

PLAYER_TYPICAL = "player_typical_seconds"
PLAYER_HINTS = "player_hints"
PLAYER_ENROL = "player_enrol"
PLAYER_REPORT = "player_report"
PLAYER_SEEN = "player_seen"
PLAYER_SNAPSHOT_PUT = "player_snapshot_put"
PLAYER_SNAPSHOT_GET = "player_snapshot_get"
PLAYER_SNAPSHOT_WANT = "player_snapshot_want"

MEDIA_CHANNEL = "player_view_changed"
"""Tells which media changed; the payload is one of ``media_notifications`` or ``ALL_MEDIA``."""

PLAYERS_CHANNEL = "players_changed"
"""Tells that a player or its credentials changed; the payload is the player's id."""

PROGRAMMES_CHANNEL = "programmes_changed"
"""Tells what is to be shown otherwise; the payload is ``ALL_PROGRAMMES``, ``player_changed`` or ``group_changed``."""

ALL_PROGRAMMES = "*"
"""The payload that says that what concerns all screens changed."""

ALL_MEDIA = "*"
"""The payload that says that any medium may have changed."""

TOKEN_HINT_LENGTH, CODE_HINT_LENGTH = 16, 5
"""How many characters of a digest ``player_hints`` returns."""

DEFAULT_DURATION_SECONDS = 5.0
"""What a conversion is taken to last before the first one ended: an ordinary deck on one core."""

_IDS_IN_PAYLOAD = 200  # Postgres takes payloads below 8000 bytes


def media_notifications(media_ids: Sequence[str]) -> Iterator[str]:
    """The payloads that name these media."""
    for start in range(0, len(media_ids), _IDS_IN_PAYLOAD):
        yield ",".join(media_ids[start : start + _IDS_IN_PAYLOAD])


def notified_media(payload: str) -> list[UUID] | None:
    """The media that a payload names; None for all of them.

    Raises:
        ValueError: the payload is neither.
    """
    return None if payload == ALL_MEDIA else [UUID(media_id) for media_id in payload.split(",")]


def player_changed(player_id: UUID) -> str:
    """The payload that says that what concerns one screen changed."""
    return f"player:{player_id}"


def group_changed(group_id: UUID) -> str:
    """The payload that says that what concerns the screens of a group changed."""
    return f"group:{group_id}"


def notified_programme(payload: str) -> tuple[Literal["player", "group"], UUID] | None:
    """Whom a payload of ``PROGRAMMES_CHANNEL`` concerns; None for all screens.

    Raises:
        ValueError: the payload is none of them.
    """
    if payload == ALL_PROGRAMMES:
        return None
    kind, _, concerned = payload.partition(":")
    match kind:
        case "player" | "group":
            return kind, UUID(concerned)
    raise ValueError(f"{payload!r} is no notification of a programme")


def code_digest(code: str) -> str:
    """The digest by which the catalog stores a one-time code; case and separators do not matter."""
    return token_digest("".join(c for c in code.upper() if c.isalnum()))


def remaining_seconds(typical_seconds: float, elapsed_seconds: float) -> float:
    """The remaining time of a conversion that is under way; one that takes longer than usual counts as about to end."""
    return round(max(typical_seconds - elapsed_seconds, min(1.0, typical_seconds)), 1)


def remaining_by_progress(told_seconds: float | None, since_seconds: float) -> float | None:
    """The remaining time by what a slow conversion's converter told of it this long ago; None while it cannot tell."""
    return None if told_seconds is None else round(max(told_seconds - since_seconds, 1.0), 1)


def waiting_seconds(ahead: int, workers: int, typical_seconds: float) -> float:
    """The time until a conversion with ``ahead`` others before it is done, where ``workers`` share the work."""
    return round(ceil((ahead + 1) / max(workers, 1)) * typical_seconds, 1)
