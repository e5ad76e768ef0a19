"""Two of each service, the catalog with a standby, three NATS servers: any may die, and every promise is kept."""

import asyncio
import json
import signal

import httpx
import psutil
import pytest
from chaos.arena import Arena
from e2e.in_use import broken_promises, in_use, some_uploads, uploading
from nats_nodes import NODES
from support.until import until

from infoscreen.cli.ports import LOOPBACK
from infoscreen.cli.probes import http_ok

CATALOGS = ("catalog", "catalog-2")
TAKE_OVER_SECONDS = 10
"""The promise: from the death of the one that projects to another that does."""
ANSWER_SECONDS = 1.0
CATCH_UP_SECONDS = 60


async def projects(client: httpx.AsyncClient, ops: str) -> bool:
    try:
        answer = await client.get(f"{ops}/metrics", timeout=ANSWER_SECONDS)
    except httpx.TransportError:
        return False
    return "infoscreen_projection_active 1.0" in answer.text


async def projectors(arena: Arena) -> set[str]:
    """Those catalogs that say that they project."""
    ops = arena.stack.endpoints["ops"]
    async with httpx.AsyncClient() as client:
        said = await asyncio.gather(*(projects(client, ops[name]) for name in CATALOGS))
    return {name for name, leads in zip(CATALOGS, said, strict=True) if leads}


async def the_projector(arena: Arena) -> str:
    """The one that projects, as soon as there is one."""

    async def the_only_one() -> str | None:
        found = await projectors(arena)
        return next(iter(found)) if len(found) == 1 else None

    return await until(the_only_one, "one catalog projects", TAKE_OVER_SECONDS)


async def taken_over(arena: Arena, name: str) -> None:
    """Return once another one projects."""

    async def another_one() -> set[str]:
        return await projectors(arena) - {name}

    await until(another_one, f"another catalog than {name} projects", TAKE_OVER_SECONDS)


async def caught_up(arena: Arena, node: str) -> None:
    """Return once a NATS server has all that the others have: the next one may die."""
    port = json.loads((arena.stack.data_dir / "ports.json").read_text())[f"{node}-monitor"]
    trouble = http_ok(f"http://{LOOPBACK}:{port}/healthz")

    async def healthy() -> bool:
        return await asyncio.to_thread(trouble) is None

    await until(healthy, f"{node} has caught up", CATCH_UP_SECONDS)


@pytest.mark.exhaustive
@pytest.mark.timeout(600)
async def test_any_may_die_and_every_promise_is_kept(tmp_path):
    async with in_use(tmp_path / "data", "e2e.replicated") as arena:
        async with uploading(arena, seed=9) as history:
            await some_uploads(history, 3)

            killed = await the_projector(arena)
            arena.stack.signal(killed, signal.SIGKILL)
            await taken_over(arena, killed)
            await some_uploads(history, 3)

            hung = await the_projector(arena)
            process = psutil.Process(arena.stack.pid(hung))
            process.suspend()
            try:
                await taken_over(arena, hung)
            finally:
                process.resume()
            await some_uploads(history, 3)
            assert await the_projector(arena) != hung, "who was cut off must not think that it still leads"

            for name in ("ingest", "player-gateway", "ingest-2", "player-gateway-2"):
                arena.stack.signal(name, signal.SIGKILL)
                await some_uploads(history, 2)

            for node in NODES:
                arena.stack.signal(node, signal.SIGKILL)
                await some_uploads(history, 2)
                await caught_up(arena, node)
        broken = await broken_promises(arena, history)
        assert not broken, "\n".join(broken)
