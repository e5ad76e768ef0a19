"""Screens and people who plan what they show, beside everything else; in the end each shows what the rules say.

Every rule holds all day and every day, so that what wins depends on no clock. A screen follows its manifest as a player
does and decides by the player's own function; the rules are read from the catalog's tables and applied by another one.
"""

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import httpx

from chaos.arena import Arena
from chaos.history import History
from infoscreen.player.clock import Reading, Source
from infoscreen.player.decision import DecisionInput, Playlist, Topic, decide
from infoscreen.player.manifest import Connection, Manifest, manifest_from

_SCREENS, _PLAYLISTS = 3, 2
_WAIT_SECONDS = 5
_AGREE_SECONDS = 120

Shown = list[str]
"""The media on a glass in order, or the one text of an announcement."""


@dataclass(frozen=True)
class Entry:
    """A rule of the schedule; of neither a group nor a screen, it concerns all."""

    playlist: str
    priority: int
    position: int
    id: str
    group: str | None
    screen: str | None


@dataclass(frozen=True)
class Rules:
    """The programme in the catalog's tables.

    Attributes:
        lists: the media of each playlist, in order.
        defaults: of each group, the default playlist.
        groups: of each screen, its group.
        texts: of each announcement that is on, newest first, its group and its text.
        showable: media that are neither gone nor without a file.
    """

    lists: Mapping[str, list[str]] = field(default_factory=dict)
    defaults: Mapping[str, str | None] = field(default_factory=dict)
    groups: Mapping[str, str | None] = field(default_factory=dict)
    entries: list[Entry] = field(default_factory=list)
    texts: list[tuple[str | None, str]] = field(default_factory=list)
    showable: frozenset[str] = frozenset()

    def wanted(self, screen: str) -> Shown:
        """What a screen should show; nothing where no list has anything."""
        group = self.groups[screen]
        for concerned, text in self.texts:
            if concerned in {None, group}:
                return [text]
        winning = sorted(self.entries, key=lambda entry: (-entry.priority, entry.position, entry.id))
        lists = [e.playlist for e in winning if e.screen == screen or (not e.screen and e.group in {None, group})]
        lists += [default] if (default := self.defaults.get(group or "")) else []
        shown = ([media for media in self.lists.get(one, []) if media in self.showable] for one in lists)
        return next((media for media in shown if media), [])


class Screen:
    """A screen without a glass, which follows its manifest through whatever happens."""

    def __init__(self, screen_id: str, token: str) -> None:
        self.id = screen_id
        self._headers = {"Authorization": f"Bearer {token}"}
        self._etag = ""
        self._manifest: Manifest | None = None

    async def follow(self, http: httpx.AsyncClient) -> None:
        """Follow for ever."""
        while True:
            with contextlib.suppress(httpx.HTTPError):
                await self._ask(http)
            await asyncio.sleep(0.2)

    async def _ask(self, http: httpx.AsyncClient) -> None:
        known = {"If-None-Match": self._etag} if self._etag else {}
        parameters = {"schema": 2, "wait": _WAIT_SECONDS}
        answer = await http.get("/api/player/manifest", params=parameters, headers=self._headers | known)
        if answer.status_code == httpx.codes.OK:
            self._etag, self._manifest = answer.json()["etag"], manifest_from(answer.json())

    @property
    def shown(self) -> Shown:
        """What would be on its glass, had it every file."""
        facts = DecisionInput(
            connection=Connection.ONLINE,
            manifest=self._manifest,
            usable=lambda _file: True,
            quarantined=lambda _file: False,
            on_screen={},
            last_good={},
            clock=Reading(datetime.now(UTC), Source.SERVER),
        )
        scene = decide(facts).scene
        if isinstance(scene, Playlist):
            return [entry.media_id for entry in scene.entries]
        return [scene.detail] if scene.topic is Topic.OVERRIDE else []


class Planner:
    """A person who changes the programme; every choice comes from the seed."""

    def __init__(self, history: History, seed: int) -> None:
        self._history = history
        self._random = random.Random(f"planner/{seed}")
        self._group = ""
        self._playlists: list[str] = []
        self._overrides: set[str] = set()
        self.screens: list[Screen] = []

    async def prepare(self, people: httpx.AsyncClient) -> None:
        """Create the screens, all but the last in a group, and the playlists; before anything fails."""
        for number in range(_PLAYLISTS):
            created = await _created(people, "/api/playlists", name=f"chaos {number}")
            self._playlists.append(created["playlist_id"])
        group = {"name": "chaos", "timezone": "Europe/Berlin", "default_playlist_id": self._playlists[0]}
        self._group = (await _created(people, "/api/groups", **group))["group_id"]
        for number in range(_SCREENS):
            player = await _created(people, "/api/players", name=f"chaos {number}")
            self.screens.append(Screen(player["player_id"], player["token"]))
        for screen in self.screens[:-1]:
            path, body = f"/api/players/{screen.id}/group", {"group_id": self._group}
            (await people.put(path, json=body)).raise_for_status()

    async def act(self, people: httpx.AsyncClient) -> None:
        """Change something."""
        actions = [self._fill, self._plan, self._cancel, self._announce, self._end]
        [action] = self._random.choices(actions, weights=[5, 3, 3, 1, 2])
        await action(people)

    async def _fill(self, people: httpx.AsyncClient) -> None:
        playlist, recent = self._random.choice(self._playlists), self._history.uploads[-10:]
        media = [self._random.choice(recent).media_id for _ in range(self._random.randrange(4))] if recent else []
        self._history.planned_lists.pop(playlist, None)
        items = {"items": [{"media_id": media_id} for media_id in media]}
        answer = await people.put(f"/api/playlists/{playlist}/items", json=items)
        self._history.count(f"fill playlist {answer.status_code}")
        if answer.is_success:
            self._history.planned_lists[playlist] = media

    async def _plan(self, people: httpx.AsyncClient) -> None:
        screen = self._random.choice(self.screens).id
        target = self._random.choice([{}, {"group_id": self._group}, {"player_id": screen}])
        body = {"playlist_id": self._random.choice(self._playlists), "priority": self._random.randrange(3)}
        answer = await people.post("/api/schedule", json={**body, **target, "starts": "00:00", "ends": None})
        self._history.count(f"plan entry {answer.status_code}")
        if answer.is_success:
            self._history.planned_entries[answer.json()["entry_id"]] = True

    async def _cancel(self, people: httpx.AsyncClient) -> None:
        entries = sorted(id_ for id_, there in self._history.planned_entries.items() if there)
        if not entries:
            return
        entry = self._random.choice(entries)
        del self._history.planned_entries[entry]
        answer = await people.delete(f"/api/schedule/{entry}")
        self._history.count(f"cancel entry {answer.status_code}")
        if answer.is_success:
            self._history.planned_entries[entry] = False

    async def _announce(self, people: httpx.AsyncClient) -> None:
        until = (datetime.now(UTC) + timedelta(hours=12)).isoformat()
        body = {"text": f"announcement {self._random.getrandbits(32)}", "until": until}
        answer = await people.post("/api/overrides", json=body)
        self._history.count(f"announce {answer.status_code}")
        if answer.is_success:
            self._overrides.add(answer.json()["override_id"])

    async def _end(self, people: httpx.AsyncClient) -> None:
        for override in sorted(self._overrides):
            answer = await people.delete(f"/api/overrides/{override}")
            self._history.count(f"end announcement {answer.status_code}")
            if answer.is_success:
                self._overrides.discard(override)


async def _created(people: httpx.AsyncClient, path: str, **body: Any) -> Any:
    return (await people.post(path, json=body)).raise_for_status().json()


@contextlib.asynccontextmanager
async def following(arena: Arena, screens: list[Screen]) -> AsyncIterator[None]:
    """Have the screens follow their manifests."""
    async with arena.client(None) as http:
        tasks = [asyncio.create_task(screen.follow(http)) for screen in screens]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


async def read_rules(arena: Arena) -> Rules:
    """The programme of a system at rest."""
    database = await asyncpg.connect(arena.stack.endpoints["postgres"])
    try:

        async def rows(query: str) -> list[tuple[Any, ...]]:
            return [tuple(row) for row in await database.fetch(query)]

        lists: dict[str, list[str]] = {}
        for playlist, media in await rows(
            "SELECT playlist_id::text, media_id::text FROM playlist_items ORDER BY playlist_id, position"
        ):
            lists.setdefault(playlist, []).append(media)
        showable = await rows(
            "SELECT m.id::text FROM media_files m WHERE m.deleted_at IS NULL AND m.trashed_at IS NULL AND EXISTS"
            " (SELECT FROM conversions c WHERE c.source_file_id = m.id AND c.file_hash = m.sha256"
            " AND c.status = 'ready')"
        )
        entries = await rows(
            "SELECT playlist_id::text, priority, position, id::text, group_id::text, player_id::text"
            " FROM schedule_entries WHERE enabled"
        )
        texts = "SELECT group_id::text, text FROM overrides WHERE ended_at IS NULL AND until > now()"
        groups = "SELECT p.id::text, m.group_id::text FROM players p LEFT JOIN group_members m ON m.player_id = p.id"
        return Rules(
            lists=lists,
            defaults=dict(await rows("SELECT id::text, default_playlist_id::text FROM screen_groups")),
            groups=dict(await rows(groups)),
            entries=[Entry(*row) for row in entries],
            texts=[(group, text) for group, text in await rows(f"{texts} ORDER BY created_at DESC, id DESC")],
            showable=frozenset(id_ for (id_,) in showable),
        )
    finally:
        await database.close()


async def last_shown(screens: list[Screen], rules: Rules) -> dict[str, Shown]:
    """What each screen shows once all agree with the rules, or when they did not in time."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_AGREE_SECONDS):
            while any(screen.shown != rules.wanted(screen.id) for screen in screens):
                await asyncio.sleep(0.2)
    return {screen.id: screen.shown for screen in screens}
