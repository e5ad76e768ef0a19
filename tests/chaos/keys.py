"""A client who uses an Idempotency-Key again after its window."""

import asyncio
import random

import httpx

from chaos.arena import Arena, MissedError
from chaos.documents import fodp, text
from chaos.stack import KEY_WINDOW_SECONDS


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


def _deck(chance: random.Random) -> bytes:
    return fodp(text(f"Slide {chance.getrandbits(64)}"))
