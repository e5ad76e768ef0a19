"""Of concurrent PDFs of a document, one wins."""

import asyncio

import pytest

from infoscreen.common.errors import UnavailableError
from infoscreen.common.messaging import topology
from infoscreen.common.messaging.renditions import RenditionRegistry
from infoscreen.common.rendition import Rendition, rendition_key

KEY = rendition_key("0" * 64, "pdf", "default")


def rendition(number):
    return Rendition(
        pdf_key=f"converted/{number}.pdf",
        pdf_sha256="1" * 64,
        pdf_size_bytes=10,
        pages=3,
        thumbnail_key=None,
        duration_seconds=1.5,
    )


@pytest.fixture
def registry(connection):
    return RenditionRegistry(connection)


async def test_a_registered_rendition_is_found_at_once(registry):
    assert await registry.find(KEY) is None
    assert await registry.register(KEY, rendition(1)) == rendition(1)
    assert await registry.find(KEY) == rendition(1)


async def test_one_of_many_concurrent_renditions_wins_and_all_adopt_it(registry):
    winners = await asyncio.gather(*(registry.register(KEY, rendition(n)) for n in range(30)))
    assert len({winner.pdf_key for winner in winners}) == 1
    assert await registry.find(KEY) == winners[0]


async def test_a_later_rendition_adopts_the_first(registry):
    await registry.register(KEY, rendition(1))
    assert await registry.register(KEY, rendition(2)) == rendition(1)


async def test_a_rendition_is_forgotten_only_by_its_own_name(registry):
    await registry.register(KEY, rendition(1))
    assert not await registry.forget(KEY, rendition(2).pdf_key)
    assert await registry.find(KEY) == rendition(1)
    assert await registry.forget(KEY, rendition(1).pdf_key)
    assert await registry.find(KEY) is None
    assert not await registry.forget(KEY, rendition(1).pdf_key)


async def test_after_it_is_forgotten_another_one_may_win(registry):
    await registry.register(KEY, rendition(1))
    await registry.forget(KEY, rendition(1).pdf_key)
    assert await registry.register(KEY, rendition(2)) == rendition(2)


async def test_registering_and_forgetting_at_once_always_ends_with_a_winner(registry):
    async def replace(number):
        winner = await registry.register(KEY, rendition(number))
        await registry.forget(KEY, winner.pdf_key)
        return await registry.register(KEY, rendition(number))

    winners = await asyncio.gather(*(replace(n) for n in range(10)))
    assert await registry.find(KEY) in winners


async def test_an_entry_that_cannot_be_read_gives_way(registry, connection):
    await connection.js.publish(f"$KV.{topology.RENDITIONS}.{KEY}", b"not a rendition")
    assert await registry.find(KEY) is None
    assert await registry.register(KEY, rendition(1)) == rendition(1)
    assert await registry.find(KEY) == rendition(1)


async def test_the_registry_is_unavailable_while_nats_is_away(breakable_nats, breakable_connection):
    registry = RenditionRegistry(breakable_connection)
    await breakable_nats.kill_and_be_missed(breakable_connection)
    for asked in (registry.find(KEY), registry.register(KEY, rendition(1)), registry.forget(KEY, "x")):
        with pytest.raises(UnavailableError):
            await asked
