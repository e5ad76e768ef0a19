"""GET /api/events: new changes, and resumption."""

import asyncio
import json
from contextlib import asynccontextmanager
from uuid import uuid4


@asynccontextmanager
async def listening(client, last_event_id=None):
    """The events of an open stream, one by one, once it is connected."""
    headers = {} if last_event_id is None else {"Last-Event-ID": str(last_event_id)}
    async with client.stream("GET", "/api/events", headers=headers) as answer:
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/event-stream")
        lines = answer.aiter_lines()
        while await anext(lines):
            pass  # the greeting

        async def next_event():
            event = {}
            async with asyncio.timeout(20):
                async for line in lines:
                    if not line and event:
                        return event
                    name, _, value = line.partition(": ")
                    if name:
                        event[name] = value
            raise AssertionError("the stream ended")

        yield next_event


async def test_changes_arrive_as_they_happen(stream, operator):
    async with listening(operator) as next_event:
        deck = await stream.upload()
        await stream.start(deck)
        first, second = await next_event(), await next_event()
    assert (first["event"], second["event"]) == ("media.uploaded", "conversion.started")
    assert first["id"] == str(deck.generation)
    assert json.loads(second["data"])["status"] == "processing"
    assert json.loads(second["data"])["media_id"] == str(deck.id)


async def test_a_stream_resumes_after_the_last_event_that_was_seen(stream, catalog, operator):
    deck = await stream.upload()
    started = await stream.start(deck)
    ready = await stream.succeed(deck)
    await catalog.projected(ready)
    async with listening(operator, last_event_id=deck.generation) as next_event:
        assert [(await next_event())["id"] for _ in range(2)] == [str(started), str(ready)]


async def test_a_fact_that_changes_nothing_is_not_sent(stream, operator):
    async with listening(operator) as next_event:
        deck = await stream.upload()
        await stream.succeed(deck)
        await stream.start(deck)
        await stream.delete(deck)
        assert [json.loads((await next_event())["data"])["status"] for _ in range(3)] == ["pending", "ready", "deleted"]


async def test_a_stream_without_changes_sends_alive_events(operator):
    async with listening(operator) as next_event:
        assert (await next_event())["event"] == "alive"


async def test_people_who_plan_hear_what_others_change(catalog, operator):
    async with catalog.client("editor") as editor, listening(editor) as next_event:
        playlist_id = (await operator.post("/api/playlists", json={"name": "News"})).json()["playlist_id"]
        event = await next_event()
        assert (event["event"], json.loads(event["data"]), "id" in event) == (
            "programme",
            {"changed": ["playlist"]},
            False,
        )
        await operator.post("/api/schedule", json={"playlist_id": playlist_id, "starts": "08:00"})
        assert json.loads((await next_event())["data"]) == {"changed": ["entry"]}


async def test_a_refused_change_and_one_for_people_who_do_not_plan_are_not_told(catalog, stream, operator):
    async with catalog.client("uploader") as uploader, listening(uploader) as to_them, listening(operator) as to_us:
        assert (await operator.post("/api/schedule", json={"playlist_id": str(uuid4())})).status_code == 409
        assert (await operator.post("/api/playlists", json={"name": "News"})).status_code == 201
        assert json.loads((await to_us())["data"]) == {"changed": ["playlist"]}
        await stream.upload()
        assert (await to_them())["event"] == "media.uploaded"


async def test_an_id_that_is_no_sequence_is_refused(operator):
    answer = await operator.get("/api/events", headers={"Last-Event-ID": "odd"})
    assert answer.status_code == 422
