"""/api/groups and /api/schedule: what is taken, what is refused with which sentence, and who is told."""

import asyncio
from contextlib import asynccontextmanager
from uuid import uuid4

import pytest

from infoscreen.common.read_model import PROGRAMMES_CHANNEL


@pytest.fixture
async def playlist_id(operator):
    return (await operator.post("/api/playlists", json={"name": "Morning"})).json()["playlist_id"]


async def create_group(operator, **settings):
    answer = await operator.post("/api/groups", json={"name": "Foyer", "timezone": "Europe/Berlin"} | settings)
    assert answer.status_code == 201
    return answer.json()


async def create_player(operator):
    return (await operator.post("/api/players", json={"name": "hall-3"})).json()["player_id"]


@asynccontextmanager
async def told(database):
    """Collects what the gateways are told while the block runs."""
    heard = []
    async with database.connection() as connection:
        await connection.add_listener(PROGRAMMES_CHANNEL, lambda *notification: heard.append(notification[3]))
        yield heard
        async with database.connection() as other:  # notifications come in the order of the commits
            await other.execute("SELECT pg_notify($1, 'end')", PROGRAMMES_CHANNEL)
        async with asyncio.timeout(20):
            while "end" not in heard:
                await connection.execute("SELECT 1")
        heard.remove("end")


async def test_a_group_has_defaults_and_what_is_given_is_changed(operator, playlist_id):
    group = await create_group(operator)
    assert group == {
        "group_id": group["group_id"],
        "name": "Foyer",
        "timezone": "Europe/Berlin",
        "language": "en",
        "default_playlist_id": None,
        "hours": [],
        "orientation": "normal",
        "player_ids": [],
    }
    hours = [{"weekdays": [5, 1], "starts": "07:00", "ends": "18:00"}, {"starts": "22:00"}]
    changes = {"default_playlist_id": playlist_id, "hours": hours, "orientation": "left", "language": "de"}
    path = f"/api/groups/{group['group_id']}"
    changed = (await operator.patch(path, json=changes)).json()
    assert changed["hours"] == [
        {"weekdays": [1, 5], "starts": "07:00", "ends": "18:00"},
        {"weekdays": [1, 2, 3, 4, 5, 6, 7], "starts": "22:00", "ends": None},
    ]
    assert (changed["name"], changed["default_playlist_id"]) == ("Foyer", playlist_id)
    assert (await operator.patch(path, json={"default_playlist_id": None})).json()["default_playlist_id"] is None
    assert (await operator.get(path)).json() == (await operator.get("/api/groups")).json()["items"][0]


async def test_a_screen_is_in_one_group_at_most(operator):
    first, second = await create_group(operator), await create_group(operator, name="Hall")
    player_id = await create_player(operator)
    path = f"/api/players/{player_id}/group"
    for group in (first, second):
        answer = await operator.put(path, json={"group_id": group["group_id"]})
        assert (answer.status_code, answer.json()["group_id"]) == (200, group["group_id"])
    listed = (await operator.get("/api/groups")).json()["items"]
    assert [(group["name"], group["player_ids"]) for group in listed] == [("Foyer", []), ("Hall", [player_id])]
    refused = await operator.delete(f"/api/groups/{second['group_id']}")
    assert (refused.status_code, "1 screen is in it" in refused.json()["detail"]) == (409, True)
    assert (await operator.put(path, json={"group_id": None})).json()["group_id"] is None
    assert (await operator.delete(f"/api/groups/{second['group_id']}")).status_code == 204
    assert (await operator.put(path, json={"group_id": second["group_id"]})).status_code == 409
    assert (await operator.put(f"/api/players/{uuid4()}/group", json={"group_id": None})).status_code == 404


@pytest.mark.parametrize(
    ("settings", "complaint"),
    [
        ({"timezone": "Europe/Atlantis"}, "there is no time zone 'Europe/Atlantis'"),
        ({"timezone": "../etc/passwd"}, "there is no time zone"),
        ({"orientation": "askew"}, "orientation"),
        ({"language": "German"}, "language"),
        ({"hours": [{"weekdays": [0], "starts": "07:00"}]}, "weekdays"),
        ({"hours": [{"weekdays": [8], "starts": "07:00"}]}, "weekdays"),
        ({"hours": [{"weekdays": [], "starts": "07:00"}]}, "weekdays"),
        ({"hours": [{"starts": "7:00"}]}, "starts"),
        ({"hours": [{"starts": "07:00", "ends": "24:00"}]}, "ends"),
        ({"name": ""}, "name"),
    ],
)
async def test_invalid_groups_are_refused_with_what_to_mend(operator, settings, complaint):
    given = {"name": "Foyer", "timezone": "Europe/Berlin"} | settings
    answer = await operator.post("/api/groups", json=given)
    assert (answer.status_code, complaint in answer.json()["detail"]) == (422, True)
    group = await create_group(operator)
    assert (await operator.patch(f"/api/groups/{group['group_id']}", json=settings)).status_code == 422


async def test_an_entry_has_defaults_and_what_is_given_is_changed(operator, playlist_id):
    answer = await operator.post("/api/schedule", json={"playlist_id": playlist_id})
    entry = answer.json()
    assert (answer.status_code, entry) == (
        201,
        {
            "entry_id": entry["entry_id"],
            "group_id": None,
            "player_id": None,
            "playlist_id": playlist_id,
            "priority": 0,
            "position": 0,
            "first_day": None,
            "last_day": None,
            "weekdays": [1, 2, 3, 4, 5, 6, 7],
            "starts": "00:00",
            "ends": None,
            "except_days": [],
            "enabled": True,
        },
    )
    path, group = f"/api/schedule/{entry['entry_id']}", await create_group(operator)
    overnight = {"starts": "22:00", "ends": "06:00", "weekdays": [5], "group_id": group["group_id"]}
    changed = (await operator.patch(path, json=overnight)).json()
    assert changed == entry | overnight
    player_id = await create_player(operator)
    moved = (await operator.patch(path, json={"player_id": player_id})).json()
    assert (moved["group_id"], moved["player_id"], moved["starts"]) == (None, player_id, "22:00")
    assert (await operator.get(path)).json() == moved


async def test_entries_are_listed_as_they_win_and_by_whom_they_concern(operator, playlist_id):
    group, player_id = await create_group(operator), await create_player(operator)
    targets = ({}, {"group_id": group["group_id"], "priority": 5}, {"player_id": player_id, "priority": 5})
    entries = [
        (await operator.post("/api/schedule", json={"playlist_id": playlist_id} | target)).json() for target in targets
    ]
    assert [entry["position"] for entry in entries] == [0, 1, 2]

    async def listed(**parameters):
        items = (await operator.get("/api/schedule", params=parameters)).json()["items"]
        return [entries.index(item) for item in items]

    assert await listed() == [1, 2, 0]
    assert await listed(group_id=group["group_id"]) == [1]
    assert await listed(player_id=player_id) == [2]


@pytest.mark.parametrize(
    "settings",
    [
        {"weekdays": [0]},
        {"weekdays": [8]},
        {"weekdays": []},
        {"starts": "24:00"},
        {"starts": "9:00"},
        {"ends": "noon"},
        {"first_day": "2026-11-27", "last_day": "2026-11-26"},
        {"except_days": ["Christmas"]},
        {"group_id": str(uuid4()), "player_id": str(uuid4())},
        {"priority": 1001},
        {"playlist_id": "odd"},
    ],
)
async def test_invalid_entries_are_refused(operator, playlist_id, settings):
    answer = await operator.post("/api/schedule", json={"playlist_id": playlist_id} | settings)
    assert answer.status_code == 422
    entry = (await operator.post("/api/schedule", json={"playlist_id": playlist_id})).json()
    assert (await operator.patch(f"/api/schedule/{entry['entry_id']}", json=settings)).status_code == 422


async def test_a_change_of_one_day_must_fit_the_other(operator, playlist_id):
    given = {"playlist_id": playlist_id, "first_day": "2026-11-27"}
    path = f"/api/schedule/{(await operator.post('/api/schedule', json=given)).json()['entry_id']}"
    refused = await operator.patch(path, json={"last_day": "2026-11-26"})
    assert (refused.status_code, "`last_day` is before `first_day`" in refused.json()["detail"]) == (422, True)
    assert (await operator.get(path)).json()["last_day"] is None


@pytest.mark.parametrize("name", ["playlist_id", "group_id", "player_id"])
async def test_an_entry_cannot_refer_to_what_does_not_exist(operator, playlist_id, name):
    unknown = str(uuid4())
    answer = await operator.post("/api/schedule", json={"playlist_id": playlist_id} | {name: unknown})
    assert (answer.status_code, unknown in answer.json()["detail"]) == (409, True)


@pytest.mark.parametrize("noun", ["groups", "schedule"])
async def test_unknown_groups_and_entries_are_problems_with_status_404(operator, noun):
    path = f"/api/{noun}/{uuid4()}"
    assert (await operator.get(path)).status_code == 404
    assert (await operator.patch(path, json={})).status_code == 404
    assert (await operator.delete(path)).status_code == 404


async def test_only_the_gateways_of_concerned_screens_have_something_to_read(operator, database, stream, playlist_id):
    group_id, player_id = (await create_group(operator))["group_id"], await create_player(operator)
    deck = str((await stream.upload()).id)
    async with told(database) as heard:
        await operator.put(f"/api/playlists/{playlist_id}/items", json={"items": [{"media_id": deck}]})
    assert heard == []  # nothing uses it
    async with told(database) as heard:
        entry = {"playlist_id": playlist_id, "group_id": group_id}
        entry_id = (await operator.post("/api/schedule", json=entry)).json()["entry_id"]
    assert heard == [f"group:{group_id}"]
    async with told(database) as heard:
        await operator.put(f"/api/playlists/{playlist_id}/items", json={"items": []})
    assert heard == [f"group:{group_id}"]
    async with told(database) as heard:
        await operator.patch(f"/api/schedule/{entry_id}", json={"player_id": player_id})
    assert sorted(heard) == [f"group:{group_id}", f"player:{player_id}"]
    async with told(database) as heard:
        await operator.put(f"/api/players/{player_id}/media", json={"media_ids": [deck]})
    assert heard == [f"player:{player_id}"]
    async with told(database) as heard:
        await operator.patch(f"/api/schedule/{entry_id}", json={"player_id": None})
    assert sorted(heard) == ["*", f"player:{player_id}"]
