"""Faults of crowds at the door: event streams by the hundred, and the stream of an uploader whose token is revoked."""

import asyncio
import contextlib
import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx

from chaos.arena import Arena, MissedError
from infoscreen.cli.datadir import DataDir
from infoscreen.common.auth import new_token, token_digest
from infoscreen.common.roles import Role

_STREAMS = 300
_STORM_SECONDS = 5
_REVOKED_SECONDS = 30
"""Far longer than a revoked stream may go on: the catalog may be killed and busy at that time."""
_EXPECTED = {httpx.codes.OK, httpx.codes.TOO_MANY_REQUESTS}


async def open_many_event_streams(arena: Arena, chance: random.Random) -> None:
    """Row 27: one uploader opens hundreds of event streams, follows them and drops them."""
    async with arena.client("uploader", most_connections=_STREAMS) as client, asyncio.TaskGroup() as group:
        for _ in range(_STREAMS):
            group.create_task(_follow_for_a_while(arena, client, chance.uniform(0.5, 1) * _STORM_SECONDS))


async def _follow_for_a_while(arena: Arena, client: httpx.AsyncClient, seconds: float) -> None:
    with contextlib.suppress(httpx.HTTPError, TimeoutError):
        async with asyncio.timeout(seconds), client.stream("GET", "/api/events") as answer:
            arena.history.count(f"event stream {answer.status_code}")
            if answer.status_code not in _EXPECTED and not answer.is_server_error:
                arena.history.broken.append(f"row 27: an event stream was answered with {answer.status_code}")
            await _read_to_the_end(answer)


async def revoke_the_token_of_a_stream(arena: Arena, chance: random.Random) -> None:
    """Row 27: the event stream of a token ends after an operator took the token out of the file."""
    tokens = DataDir(arena.stack.data_dir).tokens
    async with contextlib.AsyncExitStack() as streams:
        with _token_for(f"chaos-{chance.getrandbits(32)}", tokens) as token:
            client = await streams.enter_async_context(arena.client(None))
            headers = {"Authorization": f"Bearer {token}"}
            answer = await streams.enter_async_context(client.stream("GET", "/api/events", headers=headers))
            if answer.status_code != httpx.codes.OK:
                raise MissedError(f"no event stream: {answer.status_code}")
        try:
            async with asyncio.timeout(_REVOKED_SECONDS):
                await _read_to_the_end(answer)
        except TimeoutError:
            arena.history.broken.append("row 27: the event stream of a revoked token goes on")


async def _read_to_the_end(answer: httpx.Response) -> None:
    async for _ in answer.aiter_raw():
        pass


@contextlib.contextmanager
def _token_for(name: str, tokens: Path) -> Iterator[str]:
    """A token that works only within the context."""
    token = new_token("isu")
    entry = {"name": name, "role": Role.UPLOADER, "sha256": token_digest(token)}
    _write(tokens, [*_others(tokens, name), entry])
    try:
        yield token
    finally:
        _write(tokens, _others(tokens, name))


def _others(tokens: Path, name: str) -> list[dict[str, Any]]:
    return [entry for entry in json.loads(tokens.read_text()) if entry["name"] != name]


def _write(tokens: Path, entries: list[dict[str, Any]]) -> None:
    """Replace the file as an editor does: by another one of the same name."""
    fresh = tokens.with_suffix(".new")
    fresh.write_text(json.dumps(entries))
    fresh.replace(tokens)
