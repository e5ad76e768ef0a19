"""Long polls: so many may be open, and each ends with the right of who asked."""

import asyncio
import json

import pytest
from support.access import revoke, session_of
from support.until import until

from infoscreen.common import auth
from infoscreen.common.roles import Role
from infoscreen.player_gateway.observability import LONG_POLLS


@pytest.fixture
async def waiting(stream, operator):
    """A medium that is not converted yet."""
    deck = await stream.upload()
    assert (await operator.get(f"/api/media/{deck.id}/display")).status_code == 202
    return deck


async def polling(client, path, **headers):
    """A long poll that is open."""
    open_before = LONG_POLLS._value.get()
    poll = asyncio.create_task(client.get(path, params={"wait": 60}, headers=headers, timeout=120))
    await until(lambda: poll.done() or LONG_POLLS._value.get() > open_before, "the poll is open")
    return poll


async def test_a_person_whose_token_is_removed_loses_an_open_long_poll(gateway, waiting, tokens_file):
    async with gateway.client("uploader-token") as person:
        poll = await polling(person, f"/api/media/{waiting.id}/display")
        kept = [entry for entry in json.loads(tokens_file.read_text()) if entry["name"] != "uploader"]
        tokens_file.with_suffix(".new").write_text(json.dumps(kept))
        tokens_file.with_suffix(".new").replace(tokens_file)
        assert (await poll).status_code == 401


async def test_a_person_whose_session_is_revoked_loses_an_open_long_poll_by_the_news_of_it(
    gateway, waiting, connection, monkeypatch
):
    monkeypatch.setattr(auth, "RECHECK_SECONDS", 3600)
    token = await session_of(connection, Role.VIEWER)
    async with gateway.client(token) as person:
        poll = await polling(person, f"/api/media/{waiting.id}/display")
        await revoke(connection, token)
        assert (await poll).status_code == 401


async def test_the_embedded_player_whose_token_is_removed_loses_an_open_long_poll(gateway, waiting, tokens_file):
    async with gateway.client("player-token") as pi:
        known = (await pi.get("/api/player/manifest")).headers["ETag"]
        poll = await polling(pi, "/api/player/manifest", **{"If-None-Match": known})
        tokens_file.write_text("[]")
        assert (await poll).status_code == 401


async def test_a_player_that_is_revoked_loses_an_open_display(gateway, operators, waiting):
    foyer = await operators.create_player(waiting)
    async with gateway.client(foyer.token) as player:
        poll = await polling(player, f"/api/media/{waiting.id}/display")
        await operators.revoke(foyer.id)
        answer = await poll
    assert (answer.status_code, answer.json()["code"]) == (401, "revoked")


async def test_a_medium_that_is_taken_from_a_player_is_taken_from_its_open_display(gateway, operators, waiting):
    foyer = await operators.create_player(waiting)
    async with gateway.client(foyer.token) as player:
        poll = await polling(player, f"/api/media/{waiting.id}/display")
        await operators.assign(foyer.id)
        assert (await poll).status_code == 403


async def test_one_long_poll_too_many_is_told_what_to_do_and_others_are_let_in(
    start_gateway, database, connection, projector, stream
):
    deck = await stream.upload()
    path = f"/api/media/{deck.id}/display"
    async with (
        start_gateway(database.url, connection, most_long_polls=2) as gateway,
        gateway.client() as client,
        gateway.client("uploader-token") as other,
    ):
        polls = [await polling(client, path) for _ in range(2)]
        refused = await client.get(path, params={"wait": 60})
        assert (refused.status_code, refused.json()["code"]) == (429, "too_many_open")
        assert int(refused.headers["Retry-After"]) > 0
        polls.append(await polling(other, path))
        await stream.succeed(deck)
        assert [(await poll).status_code for poll in polls] == [302] * 3
        assert (await client.get(path, params={"wait": 60})).status_code == 302
