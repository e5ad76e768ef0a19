"""/api/playlists: creating, filling, renaming and deleting playlists, and what is refused."""

from uuid import uuid4

import pytest


async def create(operator, name="Morning"):
    answer = await operator.post("/api/playlists", json={"name": name})
    assert answer.status_code == 201
    return answer.json()


def path_of(playlist):
    return f"/api/playlists/{playlist['playlist_id']}"


async def test_a_medium_may_come_more_than_once_each_item_with_its_own_seconds_and_days(stream, operator):
    first, second = [str((await stream.upload()).id) for _ in range(2)]
    playlist = await create(operator)
    items = [
        {"media_id": first, "seconds": 20},
        {"media_id": second, "deck_timings": False, "first_day": "2026-11-27", "last_day": "2026-12-24"},
        {"media_id": first},
    ]
    answer = await operator.put(f"{path_of(playlist)}/items", json={"items": items})
    assert answer.status_code == 200
    read = (await operator.get(path_of(playlist))).json()
    assert read == answer.json()
    defaults = {"seconds": None, "deck_timings": True, "first_day": None, "last_day": None}
    kept = {"filename": "deck.pptx", "gone": False}
    assert [{name: item[name] for name in item if name != "item_id"} for item in read["items"]] == [
        defaults | kept | item for item in items
    ]
    assert len({item["item_id"] for item in read["items"]}) == 3


async def test_items_keep_their_ids_when_the_list_is_saved_around_them(stream, operator):
    first, second = [str((await stream.upload()).id) for _ in range(2)]
    path = f"{path_of(await create(operator))}/items"
    before = (await operator.put(path, json={"items": [{"media_id": first}, {"media_id": second}]})).json()["items"]
    wanted = [{"media_id": second}, {"media_id": first, "seconds": 5}, {"media_id": first}]
    after = (await operator.put(path, json={"items": wanted})).json()["items"]
    assert [item["item_id"] for item in after[:2]] == [before[1]["item_id"], before[0]["item_id"]]
    assert after[2]["item_id"] not in {item["item_id"] for item in before}


async def test_a_lost_update_is_refused_and_changes_nothing(stream, operator):
    deck = {"media_id": str((await stream.upload()).id)}
    playlist = await create(operator)
    path = f"{path_of(playlist)}/items"
    current = (await operator.put(path, json={"items": [deck]}, headers={"If-Match": playlist["etag"]})).json()
    late = await operator.put(path, json={"items": []}, headers={"If-Match": f'"{playlist["etag"]}"'})
    assert (late.status_code, late.json()["code"]) == (412, "precondition_failed")
    assert (await operator.get(path_of(playlist))).json() == current
    again = await operator.put(path, json={"items": []}, headers={"If-Match": f'"{current["etag"]}"'})
    assert (again.status_code, again.json()["items"]) == (200, [])


async def test_a_deleted_medium_is_shown_as_gone_and_may_stay_in_the_list(stream, catalog, operator):
    deck, other = await stream.upload(), await stream.upload()
    path = f"{path_of(await create(operator))}/items"
    items = [{"media_id": str(deck.id)}, {"media_id": str(other.id)}]
    assert (await operator.put(path, json={"items": items})).status_code == 200
    await catalog.projected(await stream.delete(deck))
    saved = (await operator.put(path, json={"items": items[::-1]})).json()["items"]
    assert [(item["media_id"], item["gone"], item["filename"]) for item in saved] == [
        (str(other.id), False, "deck.pptx"),
        (str(deck.id), True, None),
    ]
    unknown = str(uuid4())
    answer = await operator.put(path, json={"items": [{"media_id": unknown}]})
    assert (answer.status_code, unknown in answer.json()["detail"]) == (409, True)


async def test_a_playlist_in_use_is_not_deleted_and_the_answer_says_where(operator):
    playlist = await create(operator)
    reference = {"playlist_id": playlist["playlist_id"]}
    group = {"name": "Foyer", "timezone": "Europe/Berlin", "default_playlist_id": playlist["playlist_id"]}
    group_id = (await operator.post("/api/groups", json=group)).json()["group_id"]
    entry_id = (await operator.post("/api/schedule", json=reference)).json()["entry_id"]
    refused = await operator.delete(path_of(playlist))
    assert refused.status_code == 409
    assert "the group 'Foyer'" in refused.json()["detail"]
    assert "1 entry of the schedule" in refused.json()["detail"]
    await operator.delete(f"/api/schedule/{entry_id}")
    await operator.delete(f"/api/groups/{group_id}")
    assert (await operator.delete(path_of(playlist))).status_code == 204
    assert (await operator.get(path_of(playlist))).status_code == 404


async def test_shared_playlists_are_listed_by_name_and_can_be_renamed(operator):
    playlist = await create(operator, "b")
    await create(operator, "A")
    await operator.patch(path_of(playlist), json={"name": "c"})
    await operator.post("/api/players", json={"name": "Foyer"})
    assert [item["name"] for item in (await operator.get("/api/playlists")).json()["items"]] == ["A", "c"]


async def test_the_own_list_of_a_screen_is_a_playlist_that_stays_with_it(stream, operator):
    deck = str((await stream.upload()).id)
    player = (await operator.post("/api/players", json={"name": "Foyer"})).json()
    path, media = f"/api/playlists/{player['playlist_id']}", f"/api/players/{player['player_id']}/media"
    assert (await operator.get(path)).json()["player_id"] == player["player_id"]
    await operator.put(f"{path}/items", json={"items": [{"media_id": deck, "seconds": 7}, {"media_id": deck}]})
    shown = (await operator.get(f"/api/players/{player['player_id']}")).json()
    assert shown["media_ids"] == [deck]
    assigned = await operator.put(media, json={"media_ids": [deck]}, headers={"If-Match": shown["etag"]})
    assert assigned.status_code == 200
    assert [item["seconds"] for item in (await operator.get(path)).json()["items"]] == [7]
    late = await operator.put(media, json={"media_ids": []}, headers={"If-Match": shown["etag"]})
    assert late.status_code == 412
    assert (await operator.patch(path, json={"name": "x"})).status_code == 409
    assert (await operator.delete(path)).status_code == 409


async def test_each_change_is_in_the_audit_with_its_author(stream, operator):
    deck = {"media_id": str((await stream.upload()).id)}
    playlist = await create(operator)
    path = path_of(playlist)
    await operator.put(f"{path}/items", json={"items": [deck]})
    await operator.put(f"{path}/items", json={"items": [deck]})  # nothing changes
    await operator.put(f"{path}/items", json={"items": [{"media_id": str(uuid4())}]})  # refused
    await operator.patch(path, json={"name": "Evening"})
    await operator.delete(path)
    verbs = ("deleted", "renamed", "items", "created")
    told = (await operator.get("/api/audit", params={"subject": playlist["playlist_id"]})).json()["items"]
    assert [(item["actor"], item["what"]) for item in told] == [("operator", f"playlist.{verb}") for verb in verbs]


@pytest.mark.parametrize(
    "item",
    [
        {},
        {"media_id": "odd"},
        {"media_id": str(uuid4()), "seconds": 0},
        {"media_id": str(uuid4()), "seconds": 1e9},
        {"media_id": str(uuid4()), "first_day": "tomorrow"},
        {"media_id": str(uuid4()), "first_day": "2026-11-27", "last_day": "2026-11-26"},
    ],
)
async def test_invalid_items_are_refused(operator, item):
    path = f"{path_of(await create(operator))}/items"
    assert (await operator.put(path, json={"items": [item]})).status_code == 422


async def test_unknown_playlists_are_problems_with_status_404(operator):
    path = f"/api/playlists/{uuid4()}"
    assert (await operator.get(path)).status_code == 404
    assert (await operator.delete(path)).status_code == 404
    assert (await operator.patch(path, json={"name": "x"})).status_code == 404
    assert (await operator.put(f"{path}/items", json={"items": []})).status_code == 404


@pytest.mark.parametrize("noun", ["playlists", "groups", "schedule"])
async def test_the_programme_admits_operators_only(catalog, noun):
    for role in ("uploader", "player"):
        async with catalog.client(role=role) as client:
            assert (await client.get(f"/api/{noun}")).status_code == 403
            assert (await client.post(f"/api/{noun}", json={})).status_code == 403
