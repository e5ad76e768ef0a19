"""/api/trash, and what the other routes say of a medium in the trash."""

from datetime import datetime, timedelta

import pytest


@pytest.fixture
async def trashed(stream):
    """A deck in the trash."""
    deck = await stream.upload()
    await stream.succeed(deck)
    await stream.trash(deck)
    return deck


async def test_the_trash_says_by_whom_since_when_and_for_how_long(operator, catalog, stream):
    deck = await stream.upload()
    await catalog.projected(await stream.trash(deck))
    [item] = (await operator.get("/api/trash")).json()["items"]
    assert (item["media_id"], item["trashed_by"], item["days_left"]) == (str(deck.id), "someone", 30)
    times = [datetime.fromisoformat(item[name]) for name in ("trashed_at", "deleted_after")]
    assert times[1] - times[0] == timedelta(days=30)


async def test_a_medium_in_the_trash_is_nowhere_else(operator, trashed):
    for path in ("media/{}", "conversions/{}/status", "media/{}/report", "media/{}/screens"):
        assert (await operator.get(f"/api/{path.format(trashed.id)}")).status_code == 404
    assert (await operator.get("/api/media")).json()["items"] == []
    created = await operator.post("/api/playlists", json={"name": "Foyer"})
    items = {"items": [{"media_id": str(trashed.id)}]}
    refused = await operator.put(f"/api/playlists/{created.json()['playlist_id']}/items", json=items)
    assert refused.status_code == 409


async def test_a_restored_medium_is_back_with_title_tags_and_conversion(operator, stream, trashed):
    await stream.publish(stream.events.renamed(trashed.event, "Menu"))
    await stream.publish(stream.events.tagged(trashed.event, ["canteen"]))
    await stream.restore(trashed)
    medium = (await operator.get(f"/api/media/{trashed.id}")).json()
    assert (medium["title"], medium["tags"], medium["conversion_status"]) == ("Menu", ["canteen"], "ready")
    assert (await operator.get("/api/trash")).json()["items"] == []


async def test_the_trash_comes_a_page_at_a_time_and_what_came_last_first(operator, catalog, stream):
    decks = [await stream.upload() for _ in range(3)]
    for deck in decks:
        last = await stream.trash(deck)
    await catalog.projected(last)
    seen, cursor = [], None
    while True:
        page = (await operator.get("/api/trash", params={"limit": 2} | ({"cursor": cursor} if cursor else {}))).json()
        seen += [item["media_id"] for item in page["items"]]
        if (cursor := page["next_cursor"]) is None:
            break
    assert seen == [str(deck.id) for deck in reversed(decks)]


async def test_event_streams_say_deleted_and_then_the_status_again(operator, trashed, stream):
    await stream.restore(trashed)
    history = (await operator.get(f"/api/media/{trashed.id}")).json()["history"]
    assert [(entry["type"], entry["status"]) for entry in history][-2:] == [
        ("media.trashed", "deleted"),
        ("media.restored", "ready"),
    ]
