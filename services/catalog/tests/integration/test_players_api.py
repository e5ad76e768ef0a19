"""/api/players: enrolling, listing, assigning, revoking."""

from uuid import uuid4

import pytest


@pytest.fixture
async def player(operator):
    return (await operator.post("/api/players", json={"name": "Foyer"})).json()


async def test_the_token_and_code_of_a_new_player_are_shown_once(operator, player):
    assert player["token"].startswith("isp_")
    assert player["code"].count("-") == 2
    [listed] = (await operator.get("/api/players")).json()["items"]
    assert (listed["name"], listed["state"]) == ("Foyer", "waiting")
    assert not {"token", "code"} & set(listed)


async def test_only_digests_of_token_and_code_are_stored(database, player):
    async with database.connection() as connection:
        stored = str(dict(await connection.fetchrow("SELECT * FROM players")))
    assert player["token"] not in stored
    assert player["code"] not in stored


async def test_media_are_assigned_in_order_and_once_each(stream, operator, player):
    first, second = await stream.upload(), await stream.upload()
    wanted = [str(second.id), str(first.id)]
    path = f"/api/players/{player['player_id']}/media"
    assert (await operator.put(path, json={"media_ids": [*wanted, wanted[0]]})).json()["media_ids"] == wanted
    assert (await operator.put(path, json={"media_ids": wanted[:1]})).json()["media_ids"] == wanted[:1]
    assert (await operator.get(f"/api/players/{player['player_id']}")).json()["media_ids"] == wanted[:1]


async def test_media_that_do_not_exist_cannot_be_assigned(stream, operator, player):
    deck = await stream.upload()
    path = f"/api/players/{player['player_id']}/media"
    await operator.put(path, json={"media_ids": [str(deck.id)]})
    answer = await operator.put(path, json={"media_ids": [str(uuid4())]})
    assert (answer.status_code, answer.json()["code"]) == (409, "conflict")
    assert (await operator.get(f"/api/players/{player['player_id']}")).json()["media_ids"] == [str(deck.id)]


async def test_revoking_is_final_and_can_be_repeated(operator, player):
    path = f"/api/players/{player['player_id']}"
    assert [(await operator.delete(path)).status_code for _ in range(2)] == [204, 204]
    revoked = (await operator.get(path)).json()
    assert (revoked["state"], revoked["code_expires_at"]) == ("revoked", None)
    assert (await operator.post(f"{path}/code")).status_code == 409


async def test_a_player_that_is_enrolled_again_gets_another_code(operator, player):
    answer = await operator.post(f"/api/players/{player['player_id']}/code")
    assert answer.status_code == 201
    assert answer.json()["code"] != player["code"]


@pytest.mark.parametrize("body", [{}, {"name": ""}, {"name": "x" * 101}, {"name": "a\x00b"}, {"name": 1}, "odd"])
async def test_a_player_needs_a_name(operator, body):
    assert (await operator.post("/api/players", json=body)).status_code == 422


@pytest.mark.parametrize(("method", "path"), [("GET", ""), ("DELETE", ""), ("POST", "/code"), ("PUT", "/media")])
async def test_unknown_players_are_problems_with_status_404(operator, method, path):
    body = {"json": {"media_ids": []}} if method == "PUT" else {}
    assert (await operator.request(method, f"/api/players/{uuid4()}{path}", **body)).status_code == 404
    assert (await operator.request(method, f"/api/players/odd{path}", **body)).status_code == 422


@pytest.mark.parametrize("body", [{}, {"media_ids": ["odd"]}, {"media_ids": [str(uuid4())] * 501}])
async def test_invalid_assignments_are_refused(operator, player, body):
    assert (await operator.put(f"/api/players/{player['player_id']}/media", json=body)).status_code == 422


async def test_player_routes_admit_operators_only(catalog):
    async with catalog.client(role="uploader") as uploader:
        assert (await uploader.get("/api/players")).status_code == 403
        assert (await uploader.post("/api/players", json={"name": "x"})).status_code == 403
