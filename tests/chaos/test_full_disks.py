"""Real disks that are really full (faults 7 and 17), under the whole system: nothing acknowledged is lost."""

import asyncio
import os
import signal
from secrets import token_hex

import httpx
import pytest
import pytest_asyncio

from chaos import disks
from chaos.arena import Arena
from chaos.canary import Canary
from chaos.documents import fodp, text
from chaos.gotenberg import Gotenberg
from chaos.history import History
from chaos.observed import settle
from chaos.stack import running_stack

NO_DISKS = disks.unavailable()
pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.skipif(NO_DISKS is not None, reason=f"no small disks: {NO_DISKS}"),
]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def arena(tmp_path_factory):
    async with Gotenberg() as gotenberg, running_stack(tmp_path_factory.mktemp("full"), gotenberg.url, 1) as stack:
        yield Arena(stack, History(), Canary(), gotenberg)


@pytest_asyncio.fixture(loop_scope="module")
async def people(arena):
    async with arena.client() as client:
        yield client


async def upload(people: httpx.AsyncClient, content: bytes | None = None) -> httpx.Response:
    deck = content or fodp(text(token_hex()))
    return await people.post("/api/media", params={"filename": "deck.fodp"}, content=deck)


async def until_answered(people: httpx.AsyncClient, *statuses: int) -> httpx.Response:
    """Upload until it is answered like that."""
    async with asyncio.timeout(60):
        while (answer := await upload(people)).status_code not in statuses:
            await asyncio.sleep(0.1)
    return answer


async def test_uploads_are_parked_while_nats_has_no_disk_and_flow_afterwards(arena, people):
    before = (await until_answered(people, 201)).json()["media_id"]
    disk = arena.stack.disk("nats")
    await disk.fill()
    parked = (await until_answered(people, 202)).json()["media_id"]
    disk.make_room()
    arena.stack.signal("nats", signal.SIGTERM)  # a NATS that had no disk keeps its streams shut until it is restarted
    after = (await until_answered(people, 201)).json()["media_id"]
    await settle(arena.stack, 120)
    for media_id in (before, parked, after):
        assert (await people.get(f"/api/media/{media_id}")).json()["conversion_status"] == "ready"


async def test_uploads_are_refused_while_s3_has_no_disk_and_taken_afterwards(arena, people):
    before = (await until_answered(people, 201)).json()["media_id"]
    disk = arena.stack.disk("s3")
    await disk.fill()
    refused = await upload(people, fodp(text("x") + f"<!-- {os.urandom(2**20).hex()} -->"))
    assert refused.status_code == 503
    disk.make_room()
    arena.stack.signal("s3", signal.SIGTERM)  # SeaweedFS goes on refusing whatever its journals refused once
    after = (await until_answered(people, 201)).json()["media_id"]
    await settle(arena.stack, 120)
    for media_id in (before, after):
        assert (await people.get(f"/api/media/{media_id}")).json()["conversion_status"] == "ready"
