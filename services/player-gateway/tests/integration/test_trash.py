"""A medium in the trash is on no screen, whatever the catalog has projected, and back once it is restored."""

import pytest
from support.until import until


async def shows(screen, deck) -> bool:
    media = (await screen.get("/api/player/manifest")).json()["media"]
    return [(item["media_id"], item["status"]) for item in media] == [(str(deck.id), "ready")]


@pytest.fixture
async def unseen(project, database, connection, stream):
    """A deck that is projected, after which the catalog projects nothing any more; no viewer has asked for it."""
    deck = await stream.upload()
    last = await stream.succeed(deck)
    async with project(database, connection), database.connection() as reader:

        async def projected():
            return await reader.fetchval("SELECT sequence FROM projection_offset") >= last

        await until(projected, "the deck is projected")
    return deck


@pytest.fixture
async def foyer(operators, gateway, unseen):
    """A screen with that deck."""
    player = await operators.create_player(unseen)
    player.deck = unseen
    async with gateway.client(player.token) as screen:
        await until(lambda: shows(screen, unseen), "the deck is on the screen")
    return player


async def test_a_trashed_medium_is_on_no_screen_while_the_projection_lags(gateway, stream, foyer):
    async with gateway.client(foyer.token) as screen, gateway.client("player-token") as embedded:
        for client in (screen, embedded):
            assert await shows(client, foyer.deck)
        await stream.trash(foyer.deck)
        for client in (screen, embedded):

            async def is_empty(client=client):
                return (await client.get("/api/player/manifest")).json()["media"] == []

            await until(is_empty, "the screen shows it no more")
            assert (await client.get(f"/api/media/{foyer.deck.id}/display")).status_code == 404


async def test_a_screen_that_waits_is_told_while_the_projection_lags(gateway, stream, foyer):
    async with gateway.client(foyer.token) as screen:
        known = (await screen.get("/api/player/manifest")).headers["ETag"]
        await stream.trash(foyer.deck)
        answer = await screen.get("/api/player/manifest", params={"wait": 20}, headers={"If-None-Match": known})
        assert answer.json()["media"] == []


async def test_a_trashed_medium_that_no_viewer_asked_for_yet_is_not_shown_while_the_projection_lags(
    gateway, stream, unseen
):
    """The gateway has nothing of it in its cache, and the tables still have it."""
    await stream.trash(unseen)
    async with gateway.client() as person:

        async def is_gone():
            return (await person.get(f"/api/media/{unseen.id}/display")).status_code == 404

        await until(is_gone, "it is not shown")


async def test_a_restored_medium_is_back_where_it_was(*, gateway, stream, foyer, project, database, connection):
    async with gateway.client(foyer.token) as screen, project(database, connection):
        await stream.trash(foyer.deck)
        assert (await screen.get(f"/api/media/{foyer.deck.id}/display")).status_code == 404
        await stream.restore(foyer.deck)
        await until(lambda: shows(screen, foyer.deck), "the deck is back on the screen")
