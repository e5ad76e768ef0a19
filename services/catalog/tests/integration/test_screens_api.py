"""What many screens show: PATCH /api/screens/media, the receipt of a medium, overrides, commands and names."""

import json
from datetime import timedelta
from uuid import uuid4

import pytest

from infoscreen.common.clock import utc_now


async def create_player(operator, name="hall-3"):
    return (await operator.post("/api/players", json={"name": name})).json()


async def create_group(operator, *members, **settings):
    body = {"name": "Foyer", "timezone": "Europe/Berlin"} | settings
    group_id = (await operator.post("/api/groups", json=body)).json()["group_id"]
    for player in members:
        await operator.put(f"/api/players/{player['player_id']}/group", json={"group_id": group_id})
    return group_id


async def say(database, player, **report):
    """What the gateway passes on of a player."""
    async with database.connection() as connection:
        await connection.execute("SELECT player_report($1, $2)", player["player_id"], json.dumps(report))


async def ready(stream, catalog):
    deck = await stream.upload()
    await catalog.projected(await stream.succeed(deck))
    return deck


async def test_media_are_added_to_and_taken_from_many_lists_at_once(stream, operator):
    first, second = [str((await stream.upload()).id) for _ in range(2)]
    hall, attic = await create_player(operator, "hall"), await create_player(operator, "attic")
    group_id = await create_group(operator)
    await operator.put(f"/api/players/{hall['player_id']}/media", json={"media_ids": [first]})
    body = {"add": [second], "screens": [hall["player_id"], attic["player_id"]], "groups": [group_id]}
    answer = await operator.patch("/api/screens/media", json=body)
    assert answer.status_code == 200
    lists = {item["name"]: [shown["media_id"] for shown in item["items"]] for item in answer.json()["items"]}
    assert lists == {"hall": [first, second], "attic": [second], "Foyer": [second]}
    group = (await operator.get(f"/api/groups/{group_id}")).json()
    assert group["default_playlist_id"] in {item["playlist_id"] for item in answer.json()["items"]}
    body = {"add": [first], "remove": [second], "screens": [hall["player_id"]], "groups": [group_id]}
    assert (await operator.patch("/api/screens/media", json=body)).status_code == 200
    media = {item["name"]: item["media_ids"] for item in (await operator.get("/api/players")).json()["items"]}
    assert media == {"hall": [first], "attic": [second]}


async def test_a_lost_update_of_one_list_changes_none(stream, operator):
    deck = str((await stream.upload()).id)
    hall, attic = await create_player(operator, "hall"), await create_player(operator, "attic")
    assert hall["etag"] == attic["etag"]
    await operator.put(f"/api/players/{attic['player_id']}/media", json={"media_ids": [deck]})
    body = {"remove": [deck], "add": [], "screens": [hall["player_id"], attic["player_id"]]}
    late = await operator.patch("/api/screens/media", json=body, headers={"If-Match": hall["etag"]})
    assert late.status_code == 412
    etags = [item["etag"] for item in (await operator.get("/api/players")).json()["items"]]
    assert (
        await operator.patch("/api/screens/media", json=body, headers={"If-Match": ", ".join(etags)})
    ).status_code == 200
    assert [item["media_ids"] for item in (await operator.get("/api/players")).json()["items"]] == [[], []]


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"screens": [str(uuid4())]}, 409),
        ({"groups": [str(uuid4())]}, 409),
        ({"add": [str(uuid4())]}, 409),
        ({"screens": []}, 422),
        ({"screens": ["odd"]}, 422),
        ({"add": [str(uuid4())] * 101}, 422),
        ({"add": [str(DECK := uuid4())], "remove": [str(DECK)]}, 422),
    ],
)
async def test_changes_that_make_no_sense_are_refused(operator, changes, status):
    player = await create_player(operator)
    answer = await operator.patch("/api/screens/media", json={"screens": [player["player_id"]]} | changes)
    assert answer.status_code == status


async def test_the_receipt_says_which_screens_have_the_current_version(stream, catalog, operator, database):
    deck = await ready(stream, catalog)
    old = (await operator.get(f"/api/media/{deck.id}")).json()["conversions"][0]["pdf_sha256"]
    names = ("held", "offline", "older", "scheduled", "showing", "waiting")
    players = {name: await create_player(operator, name) for name in names}
    await create_player(operator, "elsewhere")
    direct = [players[name]["player_id"] for name in ("held", "offline", "older", "showing")]
    await operator.patch("/api/screens/media", json={"add": [str(deck.id)], "screens": direct})
    playlist_id = (await operator.post("/api/playlists", json={"name": "Shared"})).json()["playlist_id"]
    await operator.put(f"/api/playlists/{playlist_id}/items", json={"items": [{"media_id": str(deck.id)}]})
    await create_group(operator, players["waiting"], default_playlist_id=playlist_id)
    entry = {"playlist_id": playlist_id, "player_id": players["scheduled"]["player_id"]}
    await operator.post("/api/schedule", json=entry)
    replaced = await stream.upload(deck.id, content="new")
    await catalog.projected(await stream.succeed(replaced, pdf_sha256="f" * 64))
    since = "2026-11-27T09:12:00+00:00"
    for name, showing in (("showing", "f" * 64), ("older", old), ("offline", old)):
        await say(database, players[name], showing={"media_id": str(deck.id), "sha256": showing, "since": since})
    for name, state in (("held", "held"), ("scheduled", "failed"), ("waiting", "downloading")):
        await say(database, players[name], showing=None, held=[{"sha256": "f" * 64, "state": state}])
    async with database.connection() as connection:
        last_seen = utc_now() - timedelta(hours=1)
        await connection.execute("UPDATE players SET last_seen_at = $1 WHERE name = 'offline'", last_seen)
    receipt = (await operator.get(f"/api/media/{deck.id}/screens")).json()
    assert (receipt["on"], receipt["of"]) == (2, 6)
    screens = {screen["name"]: screen for screen in receipt["screens"]}
    states = {name: (screen["state"], screen["sha256"], screen["generation"]) for name, screen in screens.items()}
    assert states == {
        "held": ("held", "f" * 64, replaced.generation),
        "offline": ("offline", old, deck.generation),
        "older": ("older", old, deck.generation),
        "scheduled": ("failed", None, None),
        "showing": ("showing", "f" * 64, replaced.generation),
        "waiting": ("downloading", None, None),
    }
    assert screens["showing"]["since"] == since.replace("+00:00", "Z")
    assert screens["offline"]["since"] == last_seen.isoformat().replace("+00:00", "Z")


async def test_the_list_shows_what_screens_are_to_show_only(stream, catalog, operator):
    own, default, scheduled, everywhere, disabled, urgent, lost = [(await stream.upload()).id for _ in range(7)]
    await catalog.projected((await stream.upload()).generation)
    hall, attic, revoked = [await create_player(operator, name) for name in ("hall", "attic", "revoked")]
    group_id = await create_group(operator, hall, attic)
    for media_id, screens, groups in (
        (own, [hall["player_id"]], []),
        (default, [], [group_id]),
        (lost, [revoked["player_id"]], []),
    ):
        body = {"add": [str(media_id)], "remove": [], "screens": screens, "groups": groups}
        assert (await operator.patch("/api/screens/media", json=body)).status_code == 200
    assert (await operator.delete(f"/api/players/{revoked['player_id']}")).status_code == 204
    for media_id, enabled, target in (
        (scheduled, True, {"group_id": group_id}),
        (everywhere, True, {}),
        (disabled, False, {"group_id": group_id}),
    ):
        listed = (await operator.post("/api/playlists", json={"name": f"list {media_id}"})).json()["playlist_id"]
        items = {"items": [{"media_id": str(media_id)}]}
        assert (await operator.put(f"/api/playlists/{listed}/items", json=items)).status_code == 200
        entry = {"playlist_id": listed, "weekdays": [1], "starts": "08:00", "enabled": enabled, **target}
        assert (await operator.post("/api/schedule", json=entry)).status_code == 201
    until = (utc_now() + timedelta(hours=1)).isoformat()
    assert (await operator.post("/api/overrides", json={"media_id": str(urgent), "until": until})).status_code == 201

    found = (await operator.get("/api/media", params={"on_screen": True})).json()["items"]
    expected = {str(media_id) for media_id in (own, default, scheduled, everywhere, urgent)}
    assert {item["media_id"] for item in found} == expected
    for media_id in map(str, (own, default, scheduled, everywhere, disabled, urgent, lost)):
        receipt = (await operator.get(f"/api/media/{media_id}/screens")).json()
        assert (receipt["of"] > 0) is (media_id in expected)


async def test_an_uploader_may_read_the_receipt(stream, catalog):
    deck = await stream.upload()
    async with catalog.client(role="uploader") as uploader:
        assert (await uploader.get(f"/api/media/{deck.id}/screens")).json() == {"on": 0, "of": 0, "screens": []}
        assert (await uploader.get(f"/api/media/{uuid4()}/screens")).status_code == 404
        assert (await uploader.patch("/api/screens/media", json={})).status_code == 403
    async with catalog.client(role="player") as player:
        assert (await player.get(f"/api/media/{deck.id}/screens")).status_code == 403


async def test_an_override_is_on_until_it_is_ended(stream, operator):
    deck = str((await stream.upload()).id)
    until = (utc_now() + timedelta(hours=1)).isoformat()
    first = await operator.post("/api/overrides", json={"text": "Leave the building", "until": until})
    assert first.status_code == 201
    assert (first.json()["created_by"], first.json()["ended_at"]) == ("operator", None)
    second = (await operator.post("/api/overrides", json={"media_id": deck, "until": until})).json()

    async def listed():
        return [item["override_id"] for item in (await operator.get("/api/overrides")).json()["items"]]

    assert await listed() == [second["override_id"], first.json()["override_id"]]
    path = f"/api/overrides/{second['override_id']}"
    assert [(await operator.delete(path)).status_code for _ in range(2)] == [204, 204]
    assert await listed() == [first.json()["override_id"]]
    assert (await operator.get(path)).json()["ended_at"] is not None


@pytest.mark.parametrize(
    ("changes", "status", "complaint"),
    [
        ({"until": "2026-01-01T00:00:00Z"}, 422, "Give a later time"),
        ({"until": "2099-01-01T00:00:00"}, 422, "until"),
        ({"until": "soon"}, 422, "until"),
        ({"text": None}, 422, "an override needs something to show"),
        ({"text": ""}, 422, "text"),
        ({"media_id": str(uuid4())}, 409, "There are no media"),
        ({"group_id": str(uuid4())}, 409, "There is no group"),
    ],
)
async def test_invalid_overrides_are_refused_with_what_to_mend(operator, changes, status, complaint):
    body = {"text": "Leave the building", "until": "2099-01-01T00:00:00Z"} | changes
    answer = await operator.post("/api/overrides", json=body)
    assert (answer.status_code, complaint in answer.json()["detail"]) == (status, True)
    assert (await operator.get("/api/overrides")).json()["items"] == []


async def test_a_command_is_listed_until_and_after_the_player_did_it(operator, database):
    player = await create_player(operator)
    path = f"/api/players/{player['player_id']}/commands"
    sent = await operator.post(path, json={"kind": "identify", "expires_in_seconds": 60})
    assert (sent.status_code, sent.json()["kind"], sent.json()["done_at"]) == (201, "identify", None)
    stranger = await create_player(operator, "stranger")
    await say(database, stranger, commands_done=[sent.json()["command_id"]])
    assert (await operator.get(path)).json()["items"] == [sent.json()]
    await say(database, player, commands_done=[sent.json()["command_id"], str(uuid4())])
    [done] = (await operator.get(path)).json()["items"]
    assert done["done_at"] is not None
    for body in ({"kind": "explode"}, {"kind": "restart", "expires_in_seconds": 0}, {}):
        assert (await operator.post(path, json=body)).status_code == 422
    await operator.delete(f"/api/players/{player['player_id']}")
    assert (await operator.post(path, json={"kind": "restart"})).status_code == 409
    assert (await operator.post(f"/api/players/{uuid4()}/commands", json={"kind": "restart"})).status_code == 404


async def test_plays_are_exported_as_csv_by_day(stream, catalog, operator, database):
    player, formula = await create_player(operator), await create_player(operator, "=cmd()")
    deck, item = str((await ready(stream, catalog)).id), str(uuid4())

    def played(day, times):
        return {"day": day, "item": item, "media_id": deck, "times": times, "seconds": times * 10.04}

    await say(database, player, played=[played("2026-11-26", 7), played("2026-11-27", 1)])
    await say(database, player, played=[played("2026-11-27", 3)])
    await say(database, formula, played=[played("2026-11-27", 2), played("2026-12-24", 1)])
    parameters = {"first_day": "2026-11-26", "last_day": "2026-11-30"}
    answer = await operator.get("/api/plays", params=parameters)
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    header, *rows = [line.split(",") for line in answer.text.splitlines()]
    assert header == ["day", "screen", "medium", "times", "seconds", "player_id", "media_id", "item_id"]
    assert [row[:5] for row in rows] == [
        ["2026-11-26", "hall-3", "deck.pptx", "7", "70.3"],
        ["2026-11-27", "hall-3", "deck.pptx", "3", "30.1"],
        ["2026-11-27", "'=cmd()", "deck.pptx", "2", "20.1"],
    ]
    of_one = await operator.get("/api/plays", params=parameters | {"player_id": formula["player_id"]})
    assert of_one.text.splitlines()[1:] == [",".join(rows[2])]
    of_none = await operator.get("/api/plays", params=parameters | {"media_id": str(uuid4())})
    assert of_none.text.splitlines() == [",".join(header)]
    backwards = {"first_day": "2026-11-30", "last_day": "2026-11-26"}
    for odd in (backwards, {}, {"first_day": "2020-01-01", "last_day": "2026-11-26"}):
        assert (await operator.get("/api/plays", params=odd)).status_code == 422


async def test_a_player_and_its_own_list_get_another_name(operator):
    player = await create_player(operator)
    path = f"/api/players/{player['player_id']}"
    assert (await operator.patch(path, json={"name": "hall-4"})).json()["name"] == "hall-4"
    assert (await operator.get(path)).json()["name"] == "hall-4"
    assert (await operator.get(f"/api/playlists/{player['playlist_id']}")).json()["name"] == "hall-4"
    assert (await operator.patch(path, json={"name": ""})).status_code == 422
    assert (await operator.patch(f"/api/players/{uuid4()}", json={"name": "x"})).status_code == 404


@pytest.mark.parametrize("noun", ["overrides", "players/01935f3a-0000-7000-8000-000000000001/commands"])
async def test_overrides_and_commands_admit_operators_only(catalog, noun):
    for role in ("uploader", "player"):
        async with catalog.client(role=role) as client:
            assert (await client.get(f"/api/{noun}")).status_code == 403
            assert (await client.post(f"/api/{noun}", json={})).status_code == 403
