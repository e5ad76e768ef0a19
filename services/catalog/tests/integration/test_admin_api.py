"""/api/admin: converters, dead letters, poison events."""

import pytest

from infoscreen.common.events import ConversionRequested, RequestReason, decode
from infoscreen.common.messaging import topology
from infoscreen.common.messaging.dead_letter import publish_dead_letter
from infoscreen.common.messaging.stream_reader import StreamReader


@pytest.fixture
async def bury(connection):
    """Moves the next message of the normal lane to the dead letters, as a converter does."""

    async def next_message() -> None:
        subscription = await connection.js.pull_subscribe_bind(consumer="converter", stream=topology.STREAM)
        [message] = await subscription.fetch(1, timeout=5)
        await publish_dead_letter(connection, message, "handler_error", "it broke")
        await message.ack_sync()

    return next_message


async def test_converters_are_listed_with_their_current_jobs(stream, catalog, operator):
    idle, busy = await stream.upload(content="a"), await stream.upload(content="b", filename="big.pptx")
    await stream.start(idle, worker="one")
    await stream.succeed(idle, worker="one")
    await catalog.projected(await stream.start(busy, worker="two", attempt=2))
    one, two = (await operator.get("/api/admin/converters")).json()["items"]
    assert (one["name"], one["succeeded"], one["jobs"]) == ("one", 1, [])
    assert [(job["media_id"], job["filename"], job["attempt"]) for job in two["jobs"]] == [
        (str(busy.id), "big.pptx", 2)
    ]


async def test_a_dead_letter_is_listed_whole_and_retried_as_a_request(stream, operator, bury, connection):
    deck = await stream.upload()
    await bury()
    [letter] = (await operator.get("/api/admin/dead-letters")).json()["items"]
    assert (letter["reason"], letter["original_sequence"]) == ("handler_error", deck.generation)
    path = f"/api/admin/dead-letters/{letter['sequence']}"
    assert str(deck.id) in (await operator.get(path)).json()["body"]
    assert (await operator.post(f"{path}/retry")).status_code == 204
    message = await StreamReader(connection).last(f"conversion.requested.{deck.id}")
    event = decode(message.headers, message.data).event
    assert isinstance(event, ConversionRequested)
    assert (event.generation, event.reason) == (deck.generation, RequestReason.RETRY)
    assert (await operator.get("/api/admin/dead-letters")).json()["items"] == []


async def test_a_dead_letter_can_be_dropped_once(stream, operator, bury):
    await stream.upload()
    await bury()
    [letter] = (await operator.get("/api/admin/dead-letters")).json()["items"]
    path = f"/api/admin/dead-letters/{letter['sequence']}"
    assert [(await operator.delete(path)).status_code for _ in range(2)] == [204, 404]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/7", 404),
        ("POST", "/7/retry", 404),
        ("DELETE", "/7", 404),
        ("GET", "/0", 422),
        ("DELETE", "/odd", 422),
        ("POST", f"/{2**70}/retry", 422),
        ("GET", "?limit=0", 422),
    ],
)
async def test_invalid_dead_letter_requests_are_problems(operator, method, path, status):
    answer = await operator.request(method, f"/api/admin/dead-letters{path}")
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")


async def test_a_message_that_is_no_event_is_recorded_as_poison_and_skipped(stream, connection, catalog, operator):
    await connection.js.publish("media.uploaded.odd", b"\x00\xffodd", headers={"ce-type": "media.uploaded"})
    deck = await stream.upload()
    await catalog.projected(deck.generation)
    [poison] = (await operator.get("/api/admin/poison-events")).json()["items"]
    assert (poison["sequence"], poison["subject"]) == (1, "media.uploaded.odd")
    assert (await operator.get(f"/api/media/{deck.id}")).status_code == 200


async def test_an_event_that_postgres_refuses_is_recorded_as_poison_and_skipped(stream, catalog, operator):
    before = await stream.upload()
    await stream.upload(filename="a\x00b.pptx")
    await stream.upload(size_bytes=2**70)
    after = await stream.upload()
    await catalog.projected(after.generation)
    poison = (await operator.get("/api/admin/poison-events")).json()["items"]
    assert [event["sequence"] for event in poison] == [2, 3]
    assert {item["media_id"] for item in (await operator.get("/api/media")).json()["items"]} == {
        str(before.id),
        str(after.id),
    }


@pytest.mark.parametrize("path", ["converters", "dead-letters", "poison-events"])
async def test_admin_routes_admit_operators_only(catalog, path):
    async with catalog.client(role="uploader") as uploader, catalog.client(role=None) as stranger:
        assert (await uploader.get(f"/api/admin/{path}")).status_code == 403
        assert (await stranger.get(f"/api/admin/{path}")).status_code == 401
