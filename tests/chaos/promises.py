"""Clients who repeat, reuse and race: what each of them is told has to come true."""

import asyncio
import random
import time

import httpx

from chaos.arena import Arena, MissedError
from chaos.documents import fodp, text
from chaos.stack import KEY_WINDOW_SECONDS

_REPETITIONS = 3


async def repeat_under_one_key(arena: Arena, chance: random.Random) -> None:
    """Row 24: a request that is repeated, before, in and after an outage, is answered with the same medium."""
    key, content, other = f"repeat-{chance.getrandbits(64)}", _deck(chance), _deck(chance)
    media_ids: set[str] = set()
    began = time.monotonic()
    for _ in range(_REPETITIONS):
        answer = await _upload(arena, "repeated upload", key, content)
        if answer is not None and time.monotonic() - began < KEY_WINDOW_SECONDS / 2:
            media_ids.add(answer.json()["media_id"])
        await asyncio.sleep(chance.uniform(0.5, 4))
    if len(media_ids) > 1:
        arena.history.broken.append(f"row 24: one request under one key was answered with {sorted(media_ids)}")
    if not media_ids or time.monotonic() - began > KEY_WINDOW_SECONDS / 2:
        raise MissedError("no upload was taken in time")
    if await _upload(arena, "another file under the key", key, other) is not None:
        arena.history.broken.append("row 24: a key was taken for another file within its window")


async def reuse_a_key_after_its_window(arena: Arena, chance: random.Random) -> None:
    """Row 24: after its window a key is free, and what is uploaded under it then is another medium."""
    key, first, second = f"reuse-{chance.getrandbits(64)}", _deck(chance), _deck(chance)
    before = await _upload(arena, "first under a key", key, first)
    if before is None:
        raise MissedError("the upload was not taken")
    await asyncio.sleep(KEY_WINDOW_SECONDS + 30)  # it may have been parked, and then binds from when it was relayed
    after = await _upload(arena, "second under a key", key, second)
    if after is not None and after.json()["media_id"] == before.json()["media_id"]:
        arena.history.broken.append("row 24: a file uploaded under a free key was taken for an earlier one")


async def _upload(arena: Arena, what: str, key: str, content: bytes) -> httpx.Response | None:
    """The answer to an upload that was acknowledged; None for any other outcome."""
    async with arena.client("uploader") as client:
        try:
            answer = await client.post(
                "/api/media", params={"filename": "key.fodp"}, content=content, headers={"Idempotency-Key": key}
            )
        except httpx.HTTPError as error:
            arena.history.count(f"{what} {type(error).__name__}")
            return None
    return answer if arena.history.note(what, answer, content) else None


async def delete_beside_replace(arena: Arena, chance: random.Random) -> None:
    """Row 26: of a deletion and a replacement at the same moment, both are told what the stream says."""
    content, replacement = _deck(chance), _deck(chance)
    made = await _upload(arena, "upload to race over", f"race-{chance.getrandbits(64)}", content)
    if made is None:
        raise MissedError("the upload was not taken")
    path = f"/api/media/{made.json()['media_id']}"
    async with arena.client("uploader") as client:
        replaced, deleted = await asyncio.gather(
            client.put(path, params={"filename": "race.fodp"}, content=replacement),
            client.delete(path),
            return_exceptions=True,
        )
    if isinstance(replaced, BaseException) or isinstance(deleted, BaseException):
        raise MissedError(f"no answer: {replaced!r}, {deleted!r}")
    arena.history.note("replacement in a race", replaced, replacement)
    arena.history.note_deletion("deletion in a race", deleted, made.json()["media_id"])
    if (replaced.status_code, deleted.status_code) == (httpx.codes.NOT_FOUND, httpx.codes.CONFLICT):
        arena.history.broken.append(f"row 26: of {path}, both the deletion and the replacement were told they lost")


def _deck(chance: random.Random) -> bytes:
    return fodp(text(f"Slide {chance.getrandbits(64)}"))
