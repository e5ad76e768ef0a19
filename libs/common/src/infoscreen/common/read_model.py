"""The read model that the catalog publishes to the player gateway inside Postgres, as both sides use it.

Names of the role, the view, the functions and the notification channels, the form of a notification, the digest of an
enrolment code, and the estimate of a waiting time. The catalog's migrations define the view and the functions; a name
here changes only together with a migration.
"""

from collections.abc import Iterator, Sequence
from math import ceil
from uuid import UUID

from infoscreen.common.auth import token_digest

GATEWAY_ROLE = "infoscreen_gateway"
"""The role of the player gateway: it may read the view and call the functions, and nothing else."""

PLAYER_VIEW = "player_view"
"""Every medium that is not deleted, with its current conversion."""

PLAYER_FIND = "player_find"
PLAYER_HINTS = "player_hints"
PLAYER_ENROL = "player_enrol"
PLAYER_REPORT = "player_report"
PLAYER_SEEN = "player_seen"

MEDIA_CHANNEL = "player_view_changed"
"""Tells which media changed; the payload is one of ``media_notifications`` or ``ALL_MEDIA``."""

PLAYERS_CHANNEL = "players_changed"
"""Tells that a player, its credentials or its media changed; the payload is the player's id."""

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


def code_digest(code: str) -> str:
    """The digest by which the catalog stores a one-time code; case and separators do not matter."""
    return token_digest("".join(c for c in code.upper() if c.isalnum()))


def remaining_seconds(typical_seconds: float, elapsed_seconds: float) -> float:
    """The remaining time of a conversion that is under way; one that takes longer than usual counts as about to end."""
    return round(max(typical_seconds - elapsed_seconds, min(1.0, typical_seconds)), 1)


def waiting_seconds(ahead: int, workers: int, typical_seconds: float) -> float:
    """The time until a conversion with ``ahead`` others before it is done, where ``workers`` share the work."""
    return round(ceil((ahead + 1) / max(workers, 1)) * typical_seconds, 1)
