"""What a stranger sends costs little and holds up no player; guesses at codes are bounded for all gateways together."""

import asyncio
from uuid import uuid4

import pytest

from infoscreen.common.auth import token_digest
from infoscreen.player_gateway.database import CatalogDatabase
from infoscreen.player_gateway.hints import CODE_HINT_LENGTH

GUESSES_AT_A_CODE = 50


@pytest.fixture
def queries(monkeypatch):
    """What the gateway asks the database."""
    asked, query = [], CatalogDatabase._query

    async def counted(self, statement, *arguments):
        asked.append(statement)
        return await query(self, statement, *arguments)

    monkeypatch.setattr(CatalogDatabase, "_query", counted)
    return asked


async def guess(client, code=None, **headers):
    code = code or str(uuid4())
    return await client.post("/api/player/enrol", json={"code": code}, headers=headers)


async def test_guesses_do_not_hold_up_a_player_with_a_good_code_even_behind_the_same_address(gateway, operators):
    foyer = await operators.create_player()
    async with gateway.client(token=None) as client:
        guesses = await asyncio.gather(*(guess(client) for _ in range(5 * gateway.most_guesses)))
        assert [answer.status_code for answer in guesses].count(403) == gateway.most_guesses
        refused = next(answer for answer in guesses if answer.status_code == 429)
        assert (refused.json()["code"], int(refused.headers["Retry-After"]) > 0) == ("too_many_requests", True)
        assert (await guess(client, foyer.code)).status_code == 201


async def test_an_address_is_what_the_edge_says_and_has_a_share_of_its_own(gateway):
    async with gateway.client(token=None) as client:
        for _ in range(gateway.most_guesses):
            await guess(client, **{"X-Forwarded-For": "203.0.113.7"})
        assert (await guess(client, **{"X-Forwarded-For": "198.51.100.1, 203.0.113.7"})).status_code == 429
        assert (await guess(client, **{"X-Forwarded-For": "203.0.113.8"})).status_code == 403


async def test_wrong_codes_are_answered_without_a_query_each(gateway, queries):
    async with gateway.client(token=None) as client:
        await asyncio.gather(*(guess(client) for _ in range(100)))
    assert len([statement for statement in queries if "player_enrol" in statement]) == 0
    assert len(queries) < 50


async def test_unknown_tokens_are_answered_without_a_query_each(gateway, queries):
    async with gateway.client(token=None) as client:
        headers = [{"Authorization": f"Bearer isp_{uuid4()}"} for _ in range(200)]
        answers = await asyncio.gather(*(client.get("/api/player/manifest", headers=each) for each in headers))
    assert {answer.status_code for answer in answers} == {401}
    assert len([statement for statement in queries if "player_screen" in statement]) == 0
    assert len(queries) < 100


async def test_a_player_that_was_created_or_enrolled_a_moment_ago_is_never_unknown(gateway, operators):
    async with gateway.client(token=None) as client:
        for _ in range(10):
            junk = asyncio.create_task(client.get("/api/player/manifest", headers={"Authorization": "Bearer junk"}))
            created = await operators.create_player()
            own = {"Authorization": f"Bearer {created.token}"}
            assert (await client.get("/api/player/manifest", headers=own)).status_code == 200
            enrolled = (await guess(client, created.code)).json()
            own = {"Authorization": f"Bearer {enrolled['token']}"}
            assert (await client.get("/api/player/manifest", headers=own)).status_code == 200
            assert (await junk).status_code == 401


async def test_guesses_at_a_code_are_limited_over_all_gateways(gateway, operators):
    foyer = await operators.create_player()
    good = token_digest(foyer.code.replace("-", ""))
    beginning = good[:CODE_HINT_LENGTH]
    for number in range(GUESSES_AT_A_CODE):
        wrong = beginning + token_digest(str(number))[CODE_HINT_LENGTH:]
        assert await gateway.database.enrol(wrong, token_digest(f"token {number}")) is None
    async with gateway.client(token=None) as client:
        assert (await guess(client, foyer.code)).status_code == 403


async def test_requests_of_a_token_are_limited(start_gateway, database, connection):
    async with start_gateway(database.url, connection, rate_limit="5/minute") as gateway, gateway.client() as client:
        statuses = [(await client.get(f"/api/media/{uuid4()}/display")).status_code for _ in range(6)]
        assert (statuses[:5], statuses[5]) == ([404] * 5, 429)
        async with gateway.client("uploader-token") as other:
            assert (await other.get(f"/api/media/{uuid4()}/display")).status_code == 404
