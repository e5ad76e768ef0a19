"""The programme of a screen: playlists, the rules of when each is on, and what an operator asks for at once.

Plain values, as manifest 2 carries them. Dates and times are local wall time of the programme's zone.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from typing import Any

_LONGEST_SECONDS = 86_400.0
_EVERY_DAY = frozenset(range(1, 8))


@dataclass(frozen=True, slots=True)
class Item:
    """A position in a playlist.

    Attributes:
        seconds: how long each page stays; None where the player's setting decides.
        deck_timings: whether the times in the deck itself come first, where it has any.
        first_day: the first local day on which it is shown, or None.
        last_day: the last one, or None.
    """

    media_id: str
    seconds: float | None = None
    deck_timings: bool = False
    first_day: date | None = None
    last_day: date | None = None
    id: str = ""

    def on(self, day: date) -> bool:
        """Whether it is shown on a day."""
        return (self.first_day is None or self.first_day <= day) and (self.last_day is None or day <= self.last_day)


@dataclass(frozen=True, slots=True)
class Window:
    """Hours that come again; days, weekdays and exceptions are those on which they start.

    Attributes:
        weekdays: 1 is Monday.
        ends: None is midnight; a time not after ``starts`` is one of the next day, so that equal times are 24 hours.
    """

    weekdays: frozenset[int] = _EVERY_DAY
    starts: time = time()
    ends: time | None = None
    first_day: date | None = None
    last_day: date | None = None
    except_days: frozenset[date] = frozenset()


@dataclass(frozen=True, slots=True)
class ScheduleEntry:
    """A playlist with the hours in which it is on. The highest priority wins, then the lowest position, then the id."""

    id: str
    playlist: str
    window: Window
    priority: int = 0
    position: int = 0


@dataclass(frozen=True, slots=True)
class Override:
    """What every rule stands back for, until a moment: a medium, or a text that the player draws."""

    id: str
    until: datetime
    media_id: str | None = None
    text: str | None = None


@dataclass(frozen=True, slots=True)
class Command:
    """What an operator asks a player to do once."""

    id: str
    kind: str
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Programme:
    """Everything that a server wants of a screen but the files.

    Attributes:
        default: the playlist that is on while no entry's is; None is none.
        power_hours: when the display is on; empty is always.
        snapshot_until: until when a person looks at pictures of the glass, by the server's clock.
    """

    playlists: Mapping[str, tuple[Item, ...]] = field(default_factory=dict)
    default: str | None = None
    entries: tuple[ScheduleEntry, ...] = ()
    override: Override | None = None
    timezone: str = "UTC"
    language: str = "en"
    power_hours: tuple[Window, ...] = ()
    orientation: str = "normal"
    commands: tuple[Command, ...] = ()
    snapshot_until: datetime | None = None

    @classmethod
    def of_items(cls, *items: Item) -> "Programme":
        """A default playlist and nothing else."""
        return cls(playlists={"default": items}, default="default")

    def items(self, playlist: str | None) -> tuple[Item, ...]:
        """The items of a playlist; none of a playlist that the programme does not have."""
        return self.playlists.get(playlist, ()) if playlist is not None else ()


NOTHING = Programme()


def programme_from(document: Mapping[str, Any]) -> Programme:
    """The programme in a manifest 2.

    Raises:
        KeyError, TypeError, ValueError, AttributeError: the JSON is not such a document.
    """
    override, display = document.get("override"), document.get("display") or {}
    return Programme(
        playlists={str(id_): tuple(map(_item, items)) for id_, items in document["playlists"].items()},
        default=document.get("default"),
        entries=tuple(map(_entry, document.get("entries") or ())),
        override=_override(override) if override else None,
        timezone=str(document.get("timezone") or "UTC"),
        language=str(document.get("language") or "en"),
        power_hours=tuple(map(_window, display.get("hours") or ())),
        orientation=str(display.get("orientation") or "normal"),
        commands=tuple(map(_command, document.get("commands") or ())),
        snapshot_until=_moment(document.get("snapshot_until")),
    )


def programme_document(programme: Programme) -> dict[str, Any]:
    """The JSON of a programme without its commands, which count only as long as the server sends them."""
    entries = [
        {"id": entry.id, "playlist": entry.playlist, "priority": entry.priority, "position": entry.position}
        | _window_document(entry.window)
        for entry in programme.entries
    ]
    return {
        "timezone": programme.timezone,
        "language": programme.language,
        "playlists": {id_: [_item_document(item) for item in items] for id_, items in programme.playlists.items()},
        "default": programme.default,
        "entries": entries,
        "override": _override_document(programme.override) if programme.override else None,
        "display": {"hours": list(map(_window_document, programme.power_hours)), "orientation": programme.orientation},
    }


def seconds_from(value: object) -> float:
    """Seconds that a page may stay.

    Raises:
        ValueError: they are not more than none and at most a day.
    """
    seconds = float(str(value))
    if not 0 < seconds <= _LONGEST_SECONDS:
        raise ValueError(f"{value!r} is not a number of seconds in a day")
    return seconds


def _item(plain: Mapping[str, Any]) -> Item:
    seconds = plain.get("seconds")
    return Item(
        media_id=str(plain["media_id"]),
        seconds=seconds_from(seconds) if seconds is not None else None,
        deck_timings=bool(plain.get("deck_timings", False)),
        first_day=_day(plain.get("first_day")),
        last_day=_day(plain.get("last_day")),
        id=str(plain.get("item") or ""),
    )


def _window(plain: Mapping[str, Any]) -> Window:
    weekdays, ends = plain.get("weekdays"), plain.get("ends")
    return Window(
        weekdays=frozenset(map(int, weekdays)) if weekdays is not None else _EVERY_DAY,
        starts=time.fromisoformat(plain["starts"]),
        ends=time.fromisoformat(ends) if ends is not None else None,
        first_day=_day(plain.get("first_day")),
        last_day=_day(plain.get("last_day")),
        except_days=frozenset(map(date.fromisoformat, plain.get("except_days") or ())),
    )


def _entry(plain: Mapping[str, Any]) -> ScheduleEntry:
    priority, position = int(plain.get("priority") or 0), int(plain.get("position") or 0)
    return ScheduleEntry(str(plain["id"]), str(plain["playlist"]), _window(plain), priority, position)


def _override(plain: Mapping[str, Any]) -> Override:
    until = _moment(plain["until"])
    if until is None:
        raise ValueError("an override ends at some time")
    return Override(str(plain["id"]), until, plain.get("media_id"), plain.get("text"))


def _command(plain: Mapping[str, Any]) -> Command:
    return Command(str(plain["id"]), str(plain["kind"]), _moment(plain.get("expires_at")))


def _day(value: str | None) -> date | None:
    return date.fromisoformat(value) if value is not None else None


def _moment(value: str | None) -> datetime | None:
    """A moment; one without an offset is of UTC."""
    if value is None:
        return None
    moment = datetime.fromisoformat(value)
    return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)


def _item_document(item: Item) -> dict[str, Any]:
    return {
        "item": item.id,
        "media_id": item.media_id,
        "seconds": item.seconds,
        "deck_timings": item.deck_timings,
        "first_day": _text(item.first_day),
        "last_day": _text(item.last_day),
    }


def _window_document(window: Window) -> dict[str, Any]:
    return {
        "weekdays": sorted(window.weekdays),
        "starts": _text(window.starts),
        "ends": _text(window.ends),
        "first_day": _text(window.first_day),
        "last_day": _text(window.last_day),
        "except_days": sorted(map(date.isoformat, window.except_days)),
    }


def _override_document(override: Override) -> dict[str, Any]:
    until = override.until.isoformat()
    return {"id": override.id, "media_id": override.media_id, "text": override.text, "until": until}


def _text(value: date | time | None) -> str | None:
    return value.isoformat() if value is not None else None
