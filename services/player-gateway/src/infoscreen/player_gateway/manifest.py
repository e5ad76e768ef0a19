"""The manifest: what a player needs to decide what to show, with an etag, so that a player fetches only changes."""

import asyncio
import contextlib
import hashlib
import math
import time
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Protocol
from uuid import UUID

from infoscreen.common.auth import Principal
from infoscreen.common.clock import Clock
from infoscreen.common.errors import NotFoundError, UnavailableError
from infoscreen.common.waiting import wait_for
from infoscreen.player_gateway.cache import Cache
from infoscreen.player_gateway.display import Display
from infoscreen.player_gateway.media_state import MediaState
from infoscreen.player_gateway.observability import LONG_POLLS
from infoscreen.player_gateway.players import PlayerPrincipal, PlayerState, check_enrolled
from infoscreen.player_gateway.programme import ListItem, Programme, Screen, ScreenProgramme
from infoscreen.player_gateway.schemas import DisplaySettings, ProgrammeRules

_SETTLE_SECONDS = 0.02  # changes come in bursts: one answer for all of them
_EVERYTHING = UUID(int=0)


class NewestMedia(Protocol):
    """Lists media for the player that may show every one."""

    async def newest(self, limit: int) -> list[MediaState]:
        """The newest media."""


@dataclass(frozen=True)
class Manifest:
    """What a player should show.

    Attributes:
        media: in order; for a player that decides by itself, every file that its rules name.
        rules: by which it decides; None for a player that shows ``media`` in order.
        changes_at: when it is another one without any notification; None for never.
    """

    player: str
    media: list[MediaState]
    rules: ProgrammeRules | None = None
    changes_at: datetime | None = None

    @cached_property
    def etag(self) -> str:
        """A hash of what is to be shown, without the URLs, which differ each time that they are signed."""
        facts = [
            self.player,
            *(f"{m.media_id} {m.generation} {m.status} {m.shown_sha256} {m.page_seconds}" for m in self.media),
        ]
        if self.rules:
            facts.append(self.rules.model_dump_json())
        return hashlib.sha256("\n".join(facts).encode()).hexdigest()[:32]


class Manifests:
    """Makes manifests.

    Args:
        display: knows each medium's state.
        media: notices changes of media.
        players: notices changes of what concerns one screen.
        programmes: notices changes of what a group shares.
        newest: what the embedded player shows, which may show everything.
        everything_limit: how many of those.
        clock: says what is over.
    """

    def __init__(
        self,
        display: Display,
        media: Cache[UUID, MediaState],
        players: Cache[str, PlayerState],
        programmes: Cache[UUID | None, Programme],
        *,
        newest: NewestMedia,
        everything_limit: int,
        clock: Clock,
    ) -> None:
        self._display = display
        self._media = media
        self._players = players
        self._programmes = programmes
        self._newest = newest
        self._everything_limit = everything_limit
        self._clock = clock
        self._everything: list[MediaState] = []

    async def of(
        self, principal: Principal, known_etag: str | None, wait_seconds: float, *, decides: bool = False
    ) -> Manifest:
        """The manifest; with ``wait_seconds``, waits as long for one that differs from the known one.

        Args:
            principal: the player.
            known_etag: of the manifest that it has.
            wait_seconds: zero for the manifest as it is.
            decides: True for a player that follows the rules by itself.
        """
        deadline, changed = time.monotonic() + wait_seconds, asyncio.Event()
        while True:
            with contextlib.ExitStack() as watches:
                changed.clear()
                manifest = await self._made(principal, watches, changed, decides=decides)
                left = deadline - time.monotonic()
                if manifest.etag != known_etag or left <= 0 or self._media.closing:
                    return manifest
                with LONG_POLLS.track_inprogress():
                    if await wait_for(changed, min(left, self._lasts_seconds(manifest))):
                        await asyncio.sleep(_SETTLE_SECONDS)

    def _lasts_seconds(self, manifest: Manifest) -> float:
        """For how long a manifest stays as it is without a notification."""
        return (manifest.changes_at - self._clock()).total_seconds() if manifest.changes_at else math.inf

    async def _made(
        self, principal: Principal, watches: contextlib.ExitStack, changed: asyncio.Event, *, decides: bool
    ) -> Manifest:
        """Make the manifest, and watch whatever it is made of: each is watched before it is read."""
        if not isinstance(principal, PlayerPrincipal):
            watches.enter_context(self._media.watching_all(changed))
            return await self._of_everything(principal.name, decides=decides)
        watches.enter_context(self._players.watching([principal.token_sha256], changed))
        player = check_enrolled(await self._players.get(principal.token_sha256))
        watches.enter_context(self._programmes.watching([player.group_id], changed))
        shared = await self._programmes.get(player.group_id) or Programme()
        programme = ScreenProgramme(player.screen, shared, self._clock())
        media_ids = programme.media_ids if decides else programme.shown_without_schedule
        watches.enter_context(self._media.watching(media_ids, changed))
        shown = await self._states(media_ids)
        rules = _rules(programme, shown) if decides else None
        return Manifest(player.name, shown, rules, programme.changes_at)

    async def _states(self, media_ids: list[UUID]) -> list[MediaState]:
        shown = []
        for media_id in media_ids:
            with contextlib.suppress(NotFoundError):  # deleted since
                shown.append(await self._display.state(media_id))
        return shown

    async def _of_everything(self, name: str, *, decides: bool) -> Manifest:
        with contextlib.suppress(UnavailableError):  # then the last answer is still the best one
            newest = await self._newest.newest(self._everything_limit)
            self._everything = [medium for medium in newest if not await self._display.is_removed(medium.media_id)]
        items = [ListItem(item=medium.media_id, media_id=medium.media_id) for medium in self._everything]
        screen = Screen(own=_EVERYTHING, playlists={_EVERYTHING: items})
        programme = ScreenProgramme(screen, Programme(), self._clock())
        return Manifest(name, self._everything, _rules(programme, self._everything) if decides else None)


def _rules(programme: ScreenProgramme, shown: list[MediaState]) -> ProgrammeRules:
    """The rules as the player gets them: items of media that are gone are left out."""
    known, shared, override = {medium.media_id for medium in shown}, programme.shared, programme.override
    if override and override.media_id not in known:
        override = override.model_copy(update={"media_id": None}) if override.text else None
    needed = {programme.default, *(entry.playlist for entry in programme.entries)}
    return ProgrammeRules(
        timezone=shared.timezone,
        language=shared.language,
        playlists={
            playlist: [item for item in items if item.media_id in known]
            for playlist, items in sorted(programme.playlists.items())
            if playlist in needed
        },
        default=programme.default,
        entries=programme.entries,
        override=override,
        display=DisplaySettings.model_validate({"hours": shared.hours, "orientation": shared.orientation}),
        commands=programme.commands,
        snapshot_until=programme.snapshot_until,
    )
