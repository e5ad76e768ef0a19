"""What people and players do meanwhile: upload, replace, delete, upload the same again, ask for results.

Everything that was acknowledged is written down; what ended in an error counts as unknown and proves nothing.
"""

import asyncio
import hashlib
import random
from dataclasses import dataclass, field
from pathlib import Path

import httpx

_TIMEOUT_SECONDS = 20
_RANK = {"pending": 0, "processing": 1, "failed": 2, "ready": 3, "obsolete": 4}


@dataclass(frozen=True)
class Acknowledged:
    """An upload that the system promised to deal with."""

    media_id: str
    sha256: str
    parked: bool


@dataclass
class History:
    """What happened as the clients saw it."""

    uploads: list[Acknowledged] = field(default_factory=list)
    deleted: set[str] = field(default_factory=set)
    uncertain: set[str] = field(default_factory=set)
    answers: dict[str, int] = field(default_factory=dict)
    went_back: list[str] = field(default_factory=list)

    def count(self, what: str) -> None:
        """Count an answer."""
        self.answers[what] = self.answers.get(what, 0) + 1


class Workload:
    """Acts on the public API at a steady pace until told to stop; choices come from the seed alone."""

    def __init__(self, edge: str, token: str, deck: bytes, seed: int, *, pause_seconds: float = 0.4) -> None:
        self.history = History()
        self._random = random.Random(f"workload/{seed}")
        self._deck = deck
        self._pause_seconds = pause_seconds
        self._seen: dict[str, tuple[int, int]] = {}
        self._client = httpx.AsyncClient(
            base_url=edge, headers={"Authorization": f"Bearer {token}"}, timeout=_TIMEOUT_SECONDS
        )

    async def run(self, stop: asyncio.Event, *, uploaders: int = 3, pollers: int = 4) -> None:
        """Act until told to stop."""
        async with self._client, asyncio.TaskGroup() as group:
            for _ in range(uploaders):
                group.create_task(self._act(stop))
            for _ in range(pollers):
                group.create_task(self._poll(stop))

    async def _act(self, stop: asyncio.Event) -> None:
        number = 0
        while not stop.is_set():
            number += 1
            action = self._random.choices(
                [self._upload, self._replace, self._delete, self._repeat], weights=[60, 22, 8, 10]
            )[0]
            try:
                await action(self._variant())
            except httpx.HTTPError as error:
                self.history.count(type(error).__name__)
            await _pause(stop, self._pause_seconds)

    def _variant(self) -> bytes:
        return self._deck + f"<!-- {self._random.getrandbits(64)} -->".encode()

    async def _upload(self, content: bytes) -> None:
        answer = await self._client.post("/api/media", params={"filename": "deck.fodp"}, content=content)
        self._note("upload", answer, content)

    async def _repeat(self, _: bytes) -> None:
        await self._upload(self._deck)

    async def _replace(self, content: bytes) -> None:
        media_id = self._pick()
        if media_id is None:
            return
        try:
            answer = await self._client.put(f"/api/media/{media_id}", params={"filename": "deck.fodp"}, content=content)
        except httpx.HTTPError:
            self.history.uncertain.add(media_id)
            raise
        if answer.is_server_error:
            self.history.uncertain.add(media_id)
        self._note("replace", answer, content)

    async def _delete(self, _: bytes) -> None:
        media_id = self._pick()
        if media_id is None:
            return
        self.history.uncertain.add(media_id)
        answer = await self._client.delete(f"/api/media/{media_id}")
        self.history.count(f"delete {answer.status_code}")
        if answer.status_code == httpx.codes.NO_CONTENT:
            self.history.deleted.add(media_id)

    def _pick(self) -> str | None:
        candidates = [u.media_id for u in self.history.uploads if u.media_id not in self.history.deleted]
        return self._random.choice(candidates) if candidates else None

    def _note(self, action: str, answer: httpx.Response, content: bytes) -> None:
        self.history.count(f"{action} {answer.status_code}")
        if answer.status_code in (httpx.codes.CREATED, httpx.codes.ACCEPTED):
            body = answer.json()
            assert body["sha256"] == hashlib.sha256(content).hexdigest()
            parked = answer.status_code == httpx.codes.ACCEPTED
            self.history.uploads.append(Acknowledged(body["media_id"], body["sha256"], parked))

    async def _poll(self, stop: asyncio.Event) -> None:
        """Follow states as a client does, and see that (generation, rank) never goes back within a request."""
        while not stop.is_set():
            recent = self.history.uploads[-30:]
            if recent:
                media_id = self._random.choice(recent).media_id
                try:
                    answer = await self._client.get(f"/api/media/{media_id}")
                except httpx.HTTPError as error:
                    self.history.count(f"poll {type(error).__name__}")
                else:
                    self._watch(media_id, answer)
            await _pause(stop, self._pause_seconds)

    def _watch(self, media_id: str, answer: httpx.Response) -> None:
        if answer.status_code != httpx.codes.OK:
            self.history.count(f"poll {answer.status_code}")
            return
        generation = int(answer.json()["generation"])
        before = self._seen.get(media_id, (0, 0))[0]
        if generation < before:
            self.history.went_back.append(f"{media_id}: generation {generation} after {before}")
        self._seen[media_id] = (generation, 0)


async def _pause(stop: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await stop.wait()
    except TimeoutError:
        return


def sample_deck() -> bytes:
    """The bundled sample, which the workload varies by a comment."""
    return (Path(__file__).parents[2] / "samples" / "welcome.fodp").read_bytes()
