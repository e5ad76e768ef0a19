"""The programme of a screen, as the catalog publishes it: rules and lists that the player decides by itself.

It comes in two parts: what concerns one screen only, and what all screens of a group share. So a change of a group is
read once, however many screens are in it.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from itertools import chain
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field


class _Published(BaseModel):
    model_config = ConfigDict(frozen=True)


class ListItem(_Published):
    """One turn of a medium in a playlist."""

    item: UUID
    media_id: UUID
    seconds: float | None = Field(default=None, description="Of each page, image or video; null for the player's own")
    deck_timings: bool = Field(default=True, description="The deck's own timings count where it has some")
    first_day: date | None = None
    last_day: date | None = None


class Entry(_Published):
    """When a playlist is shown: local wall time of the screen."""

    id: UUID
    playlist: UUID
    priority: int
    position: int
    weekdays: list[int] = Field(description="1 is Monday; the day on which it starts")
    starts: str
    ends: str | None = Field(description="null for midnight; not after `starts`: on the next day")
    first_day: date | None
    last_day: date | None
    except_days: list[date]


class Override(_Published):
    """What takes the screen at once, until an instant: a medium or, without a usable file, a text."""

    id: UUID
    media_id: UUID | None
    text: str | None
    until: datetime


class Hours(_Published):
    """A time of the week in which the screen is on."""

    weekdays: list[int]
    starts: str
    ends: str | None


class Command(_Published):
    """What the player does once, before it expires; it reports the id in `commands_done`."""

    id: UUID
    kind: str
    expires_at: datetime


Lists = dict[UUID, list[ListItem]]


def _media_of(lists: Mapping[UUID, Sequence[ListItem]]) -> frozenset[UUID]:
    return frozenset(item.media_id for items in lists.values() for item in items)


class Screen(_Published):
    """What concerns one screen only: its own list, its entries, its commands."""

    own: UUID
    playlists: Lists
    entries: list[Entry] = []
    commands: list[Command] = []
    snapshot_until: datetime | None = None

    @cached_property
    def media_ids(self) -> frozenset[UUID]:
        """Every medium of its lists."""
        return _media_of(self.playlists)


class Programme(_Published):
    """What the screens of one group share, or those in no group."""

    timezone: str = "UTC"
    language: str = "en"
    default: UUID | None = None
    hours: list[Hours] = []
    orientation: str = "normal"
    playlists: Lists = {}
    entries: list[Entry] = []
    overrides: list[Override] = []

    @cached_property
    def media_ids(self) -> frozenset[UUID]:
        """Every medium of its lists and of its overrides."""
        return _media_of(self.playlists) | {o.media_id for o in self.overrides if o.media_id}


@dataclass(frozen=True)
class ScreenProgramme:
    """Both parts together, at one moment."""

    screen: Screen
    shared: Programme
    now: datetime

    @cached_property
    def playlists(self) -> Lists:
        """Every list that the screen needs."""
        return self.shared.playlists | self.screen.playlists

    @cached_property
    def default(self) -> UUID:
        """The list that is shown when nothing is scheduled: the screen's own or, where that is empty, its group's."""
        own = self.screen.own
        return own if self.screen.playlists.get(own) else self.shared.default or own

    @cached_property
    def entries(self) -> list[Entry]:
        """The entries in the order in which they win."""
        return sorted((*self.shared.entries, *self.screen.entries), key=lambda e: (-e.priority, e.position, e.id))

    @cached_property
    def override(self) -> Override | None:
        """The newest override that is not over."""
        return next((override for override in self.shared.overrides if override.until > self.now), None)

    @property
    def commands(self) -> list[Command]:
        """The commands that are not done and not expired."""
        return [command for command in self.screen.commands if command.expires_at > self.now]

    @property
    def snapshot_until(self) -> datetime | None:
        """Until when a person looks at the screen's pictures; None where no one does."""
        until = self.screen.snapshot_until
        return until if until and until > self.now else None

    @property
    def changes_at(self) -> datetime | None:
        """When the first of what ends by its time does: until then, only a notification changes what is wanted."""
        ends = [o.until for o in self.shared.overrides] + [c.expires_at for c in self.screen.commands]
        ends += [self.screen.snapshot_until] if self.screen.snapshot_until else []
        return min((end for end in ends if end > self.now), default=None)

    @property
    def media_ids(self) -> list[UUID]:
        """Every medium once: of the override, the default list, then of the entries in the order in which they win."""
        return list(dict.fromkeys(chain(self._overriding(), *map(self._media_of, self._lists()))))

    @property
    def shown_without_schedule(self) -> list[UUID]:
        """What a player shows that knows no schedule: the override's medium, else the default list."""
        return list(self._overriding()) or list(dict.fromkeys(self._media_of(self.default)))

    def _overriding(self) -> Iterator[UUID]:
        if self.override and self.override.media_id:
            yield self.override.media_id

    def _lists(self) -> Iterator[UUID]:
        yield self.default
        yield from (entry.playlist for entry in self.entries)

    def _media_of(self, playlist: UUID) -> Iterable[UUID]:
        return (item.media_id for item in self.playlists.get(playlist, []))
