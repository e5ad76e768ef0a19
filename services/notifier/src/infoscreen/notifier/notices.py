"""What people are told of: how each fact changes a condition that a notice may come of."""

from dataclasses import dataclass
from enum import StrEnum

from infoscreen.common.events import (
    ConversionFailed,
    ConversionSucceeded,
    MediaDeleted,
    MediaTrashed,
    MediaUploaded,
    ScreenBack,
    ScreenDark,
    ScreenOverridden,
    StreamEvent,
)


class Topic(StrEnum):
    """The kinds of notices; a channel chooses among them."""

    DECK_FAILED = "deck_failed"
    DECK_LOSSY = "deck_lossy"
    SCREEN_DARK = "screen_dark"
    DEAD_LETTER = "dead_letter"
    OVERRIDE = "override"
    DISK = "disk"


class State(StrEnum):
    """The state of a condition. An occurrence is told once; what is gone (replaced, deleted) ends without a word."""

    TROUBLE = "trouble"
    OVER = "over"
    GONE = "gone"
    OCCURRENCE = "occurrence"


@dataclass(frozen=True)
class Change:
    """A change of one condition.

    Attributes:
        topic: what kind of condition it is.
        key: which one of its kind: a medium's, a player's or an override's id, a path.
        state: what it is now.
        text: what it is about, for people; empty where the end of it says nothing new.
    """

    topic: Topic
    key: str
    state: State
    text: str = ""


def changes_of(event: StreamEvent, filename: str) -> list[Change]:
    """The changes that a fact makes.

    Args:
        event: the fact.
        filename: of the medium that it is about, if any.
    """
    match event:
        case ConversionFailed():
            changes = [Change(Topic.DECK_FAILED, str(event.media_id), State.TROUBLE, f"{filename}: {event.message}")]
        case ConversionSucceeded():
            changes = [Change(Topic.DECK_FAILED, str(event.media_id), State.OVER, filename), _lossy(event, filename)]
        case MediaUploaded() | MediaDeleted() | MediaTrashed():
            about = (Topic.DECK_FAILED, Topic.DECK_LOSSY)
            changes = [Change(topic, str(event.media_id), State.GONE) for topic in about]
        case ScreenDark():
            text = f"{event.name}: last heard of at {event.last_seen_at:%Y-%m-%d %H:%M} UTC"
            changes = [Change(Topic.SCREEN_DARK, str(event.player_id), State.TROUBLE, text)]
        case ScreenBack():
            changes = [Change(Topic.SCREEN_DARK, str(event.player_id), State.OVER, event.name)]
        case ScreenOverridden():
            changes = [Change(Topic.OVERRIDE, str(event.override_id), State.OCCURRENCE, _override_text(event))]
        case _:
            changes = []
    return changes


def _lossy(event: ConversionSucceeded, filename: str) -> Change:
    amount = sum(event.finding_counts.values())
    if not amount:
        return Change(Topic.DECK_LOSSY, str(event.media_id), State.OVER, filename)
    kinds = ", ".join(f"{kind.replace('_', ' ')} ({count})" for kind, count in sorted(event.finding_counts.items()))
    return Change(Topic.DECK_LOSSY, str(event.media_id), State.TROUBLE, f"{filename}: {kinds}")


def _override_text(event: ScreenOverridden) -> str:
    what = f"medium {event.media_id}" if event.media_id else "a text"
    where = f"the screens of group {event.group_id}" if event.group_id else "every screen"
    return f"{event.created_by} shows {what} on {where} until {event.until:%Y-%m-%d %H:%M} UTC"
