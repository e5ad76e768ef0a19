"""What clients do while faults last: upload (in pieces, too), replace, trash, restore, delete, show again, plan, ask
for and fetch.

Everything that was acknowledged is written down; what ended in an error counts as unknown and proves nothing.
"""

import asyncio
import hashlib
import random
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

import httpx

from chaos.history import History
from chaos.programme import Planner
from chaos.resumable import PiecewiseUpload, is_whole

_PAUSE_SECONDS = 1.0
_BACKLOG = 40
"""With more than this waiting, people wait as well: a campaign is about faults, not about load."""


class Workload:
    """Acts on the public API at a steady pace until told to stop; choices come from the seed alone."""

    def __init__(
        self,
        history: History,
        people: httpx.AsyncClient,
        player: httpx.AsyncClient,
        planner: Planner,
        *,
        deck: bytes,
        seed: int,
    ) -> None:
        self._history = history
        self._people = people
        self._player = player
        self._planner = planner
        self._deck = deck
        self._random = random.Random(f"workload/{seed}")
        self._generations: dict[str, int] = {}
        self._moving: set[str] = set()

    async def run(self, stop: asyncio.Event, *, uploaders: int = 3, pollers: int = 3, players: int = 2) -> None:
        """Act until told to stop."""
        async with asyncio.TaskGroup() as group:
            acts = (self._act, uploaders), (self._poll, pollers), (self._show, players), (self._plan, 1)
            for act, count in acts:
                for _ in range(count):
                    group.create_task(self._repeatedly(act, stop))

    async def _repeatedly(self, act: Callable[[], Awaitable[None]], stop: asyncio.Event) -> None:
        while not stop.is_set():
            try:
                await act()
            except httpx.HTTPError as error:
                self._history.count(f"{act.__name__.strip('_')} {type(error).__name__}")
            await pause(stop, _PAUSE_SECONDS)

    async def _act(self) -> None:
        actions = [self._upload, self._replace, self._trash, self._restore, self._delete, self._repeat]
        actions += [self._show_again, self._upload_in_pieces]
        [action] = self._random.choices(actions, weights=[40, 20, 8, 4, 3, 8, 3, 14])
        variant = self._deck + f"<!-- {self._random.getrandbits(64)} -->".encode()
        if not await self._backlogged():
            await action(variant)

    async def _backlogged(self) -> bool:
        answer = await self._people.get("/api/admin/conversions/status")
        if answer.status_code != httpx.codes.OK:
            return False
        figures = answer.json()
        return bool(figures["pending"] + figures["processing"] > _BACKLOG)

    async def _upload(self, content: bytes) -> None:
        answer = await self._people.post("/api/media", params={"filename": "deck.fodp"}, content=content)
        self._history.note("upload", answer, content)

    async def _upload_in_pieces(self, content: bytes) -> None:
        answer = await PiecewiseUpload(self._people, self._random, content).finish("deck.fodp")
        self._history.note_pieces(answer, content, whole=is_whole(answer, content))

    async def _repeat(self, _: bytes) -> None:
        await self._upload(self._deck)

    async def _replace(self, content: bytes) -> None:
        if media_id := self._pick():
            answer = await self._people.put(f"/api/media/{media_id}", params={"filename": "deck.fodp"}, content=content)
            self._history.note("replace", answer, content)

    async def _trash(self, _: bytes) -> None:
        if media_id := self._pick():
            await self._move(media_id, self._people.delete(f"/api/media/{media_id}"), trashed=True)

    async def _restore(self, _: bytes) -> None:
        if media_id := self._pick(trashed=True):
            await self._move(media_id, self._people.post(f"/api/media/{media_id}/restore"), trashed=False)

    async def _delete(self, _: bytes) -> None:
        if media_id := self._pick(trashed=self._random.random() < 0.5):
            self._history.trashed.pop(media_id, None)
            answer = await self._people.delete(f"/api/media/{media_id}", params={"permanently": True})
            self._history.note_deletion(answer, media_id)

    async def _show_again(self, _: bytes) -> None:
        """Show the version before the current one, if there is one."""
        if media_id := self._pick():
            answer = await self._people.get(f"/api/media/{media_id}/versions")
            self._history.count(f"versions {answer.status_code}")
            if answer.is_success and len(versions := answer.json()["versions"]) > 1:
                path = f"/api/media/{media_id}/versions/{versions[1]['generation']}/show"
                self._history.note_upload("show again", await self._people.post(path), versions[1]["sha256"])

    async def _move(self, media_id: str, request: Coroutine[Any, Any, httpx.Response], *, trashed: bool) -> None:
        self._moving.add(media_id)
        try:
            await self._history.move(media_id, request, trashed=trashed)
        finally:
            self._moving.discard(media_id)

    def _pick(self, *, trashed: bool = False) -> str | None:
        """A medium that is there, or in the trash, as far as clients know, and that no other client moves."""
        history = self._history
        known = {upload.media_id: None for upload in history.uploads}.keys() - history.deleted - self._moving
        candidates = sorted(media_id for media_id in known if history.trashed.get(media_id, False) is trashed)
        return self._random.choice(candidates) if candidates else None

    async def _plan(self) -> None:
        """Change what screens show."""
        await self._planner.act(self._people)

    async def _poll(self) -> None:
        """Follow states as a client does, and see that generations never go back."""
        if not (recent := self._history.uploads[-30:]):
            return
        media_id = self._random.choice(recent).media_id
        answer = await self._people.get(f"/api/media/{media_id}")
        self._history.count(f"poll {answer.status_code}")
        if answer.status_code == httpx.codes.OK:
            generation, before = int(answer.json()["generation"]), self._generations.get(media_id, 0)
            if generation < before:
                self._history.went_back.append(f"{media_id}: generation {generation} after {before}")
            self._generations[media_id] = max(generation, before)

    async def _show(self) -> None:
        """Ask for a PDF and fetch it as a player does: what arrives whole is what was announced."""
        if not (recent := self._history.uploads[-30:]):
            return
        media_id = self._random.choice(recent).media_id
        answer = await self._player.get(f"/api/media/{media_id}/display", headers={"Accept": "application/json"})
        self._history.count(f"show {answer.status_code}")
        if answer.status_code != httpx.codes.OK or answer.json()["status"] != "ready":
            return
        pdf = await self._player.get(answer.json()["url"], headers={"Authorization": ""})
        self._history.count(f"fetch {pdf.status_code}")
        if pdf.status_code == httpx.codes.OK and hashlib.sha256(pdf.content).hexdigest() != answer.json()["sha256"]:
            self._history.broken.append(f"{media_id}: a player was given a PDF that is not the announced one")


async def pause(stop: asyncio.Event, seconds: float) -> None:
    """Wait for this long, or until told to stop."""
    try:
        async with asyncio.timeout(seconds):
            await stop.wait()
    except TimeoutError:
        return
