"""Reading starts no work: of all that is asked for, only a display asks for a conversion."""

import pytest
from support.until import until

from infoscreen.catalog.projection.store import read_offset
from infoscreen.common.errors import FailureReason
from infoscreen.common.messaging.stream_reader import StreamReader


@pytest.fixture
async def broken(stream, projector, database):
    """A medium whose conversion failed in a way that may pass."""
    deck = await stream.upload()
    failed = await stream.fail(deck, FailureReason.TIMEOUT)

    async def projected():
        async with database.connection() as connection:
            return await read_offset(connection) >= failed

    await until(projected, "the failure is projected")
    return deck


@pytest.fixture
def requested(connection, broken):
    """The newest request for its conversion, or None."""
    reader = StreamReader(connection)

    async def newest():
        return await reader.last(f"conversion.requested.{broken.id}")

    return newest


async def test_only_a_display_asks_for_a_conversion_again(gateway, operators, broken, requested):
    foyer = await operators.create_player(broken)
    async with gateway.client() as person, gateway.client(foyer.token) as player, gateway.client("player-token") as pi:
        assert (await person.get(f"/api/media/{broken.id}/thumbnail")).status_code == 404
        assert (await person.get(f"/api/media/{broken.id}/original")).status_code == 307
        assert (await person.head(f"/api/media/{broken.id}/display")).status_code == 405
        for screen in (player, pi):
            [item] = (await screen.get("/api/player/manifest")).json()["media"]
            assert item["status"] == "failed"
        assert await requested() is None
        assert (await player.get(f"/api/media/{broken.id}/display")).json()["retryable"]
        assert await requested() is not None
