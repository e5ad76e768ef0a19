"""The leader's watch over screens: it states in the stream which are dark, which are back, and what overrides them.

The stream itself holds what was stated, so a new leader goes on where the last one was, and states nothing twice. Time
in which the database could not be asked counts for no screen: gateways could not note there that they heard of one.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from sqlmodel import col, select

from infoscreen.catalog.database import Database
from infoscreen.catalog.models import Player
from infoscreen.catalog.programme import overrides
from infoscreen.catalog.programme.models import Override
from infoscreen.common.clock import Clock
from infoscreen.common.errors import UnavailableError
from infoscreen.common.events import (
    EventPublisher,
    ScreenBack,
    ScreenDark,
    ScreenEvent,
    ScreenOverridden,
    event_id,
    subjects,
    try_decode,
)
from infoscreen.common.messaging.stream_reader import StreamReader
from infoscreen.common.waiting import wait_for

_PUBLISH_SECONDS = 5.0
_MOST_SUBJECTS = 500  # of one read; the server answers up to 1024

_log = structlog.get_logger(__name__)


@dataclass
class ScreenWatch:
    """States what becomes of screens, while this process leads.

    Attributes:
        dark_after: for how long no gateway must have heard of a screen, with the database there all the time.
        interval_seconds: between two looks.
    """

    database: Database
    reader: StreamReader
    publisher: EventPublisher
    clock: Clock
    dark_after: timedelta
    interval_seconds: float
    _since: datetime | None = None

    async def run(self, stop: asyncio.Event) -> None:
        """Look again and again until ``stop`` is set."""
        self._since = None
        while not stop.is_set():
            try:
                await self.look()
            except UnavailableError as error:
                self._since = None
                _log.warning("screen_watch_interrupted", error=str(error))
            await wait_for(stop, self.interval_seconds)

    async def look(self) -> None:
        """Look once, and publish what changed since it was last stated.

        Raises:
            UnavailableError: Postgres or NATS is away.
        """
        now = self.clock()
        async with self.database.read() as session:
            enrolled = col(Player.enrolled_at).is_not(None) & col(Player.revoked_at).is_(None)
            players = (await session.exec(select(Player).where(enrolled))).all()
            shown = await overrides.list_active(session, now)
        self._since = self._since or now
        await self._state_screens(players, now - self.dark_after)
        await self._state_overrides(shown)

    async def _state_screens(self, players: Sequence[Player], limit: datetime) -> None:
        stated = await self._stated(players)
        for player in players:
            known, seen_at = stated.get(player.id), _seen_at(player)
            if isinstance(known, ScreenDark):
                if seen_at > known.last_seen_at:
                    back = ScreenBack(player_id=player.id, name=player.name, last_seen_at=seen_at)
                    await self._publish(back, known.last_seen_at)
            elif max(seen_at, self._since or seen_at) < limit:
                await self._publish(ScreenDark(player_id=player.id, name=player.name, last_seen_at=seen_at), seen_at)

    async def _stated(self, players: Sequence[Player]) -> dict[UUID, ScreenEvent]:
        """What the stream says last of each screen."""
        wanted = [subject for player in players for subject in subjects.states_of_screen(player.id)]
        found: dict[UUID, ScreenEvent] = {}
        for first in range(0, len(wanted), _MOST_SUBJECTS):
            for message in await self.reader.newest(wanted[first : first + _MOST_SUBJECTS]):
                envelope = try_decode(message.headers, message.data)
                if envelope and isinstance(envelope.event, ScreenEvent):
                    found[envelope.event.player_id] = envelope.event
        return found

    async def _publish(self, event: ScreenEvent, fact: datetime) -> None:
        identity = event_id(event.type, event.player_id, fact.isoformat())
        await self.publisher.publish(event, identity, deadline_seconds=_PUBLISH_SECONDS)
        _log.info("screen_state_changed", player_id=str(event.player_id), state=event.type)

    async def _state_overrides(self, shown: Sequence[Override]) -> None:
        for override in shown:
            if await self.reader.last(subjects.override_of(override.id)) is None:
                event = ScreenOverridden(
                    override_id=override.id,
                    group_id=override.group_id,
                    media_id=override.media_id,
                    until=override.until,
                    created_by=override.created_by,
                )
                identity = event_id(event.type, override.id)
                await self.publisher.publish(event, identity, deadline_seconds=_PUBLISH_SECONDS)


def _seen_at(player: Player) -> datetime:
    seen_at = player.last_seen_at or player.enrolled_at or player.created_at
    return max(seen_at, player.enrolled_at or seen_at)
