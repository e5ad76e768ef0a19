"""Many event streams: one reader serves all, their number is limited, and each ends with its client's right to it."""

import asyncio
import json
import socket
from contextlib import AsyncExitStack, asynccontextmanager
from urllib.parse import urlsplit

import httpx
import pytest
from sqlalchemy import event
from support.access import revoke, session_of
from support.until import until

from infoscreen.catalog.api import change_feed, events
from infoscreen.catalog.observability import EVENT_STREAMS
from infoscreen.common.auth import SESSION_COOKIE
from infoscreen.common.http_server import BoundedHttpProtocol
from infoscreen.common.messaging.access import AccessBucket
from infoscreen.common.roles import Role


@asynccontextmanager
async def open_stream(client, last_event_id=None):
    """Yield an iterator of the ids of a connected stream; it stops when the stream ends."""
    headers = {} if last_event_id is None else {"Last-Event-ID": str(last_event_id)}
    async with client.stream("GET", "/api/events", headers=headers) as answer:
        assert answer.status_code == 200
        lines = answer.aiter_lines()
        while await anext(lines):
            pass  # the greeting

        async def ids():
            async for line in lines:
                if line.startswith("id: "):
                    yield int(line.removeprefix("id: "))

        yield ids()


async def next_ids(ids, amount):
    async with asyncio.timeout(60):
        return [await anext(ids) for _ in range(amount)]


async def ends(ids):
    """Returns once a stream ends."""
    async with asyncio.timeout(60):
        async for _ in ids:
            pass


@pytest.fixture
def queries(database):
    """The statements that read the history."""
    seen = []

    def note(_connection, _cursor, statement, *_):
        if "FROM media_events" in statement:
            seen.append(statement)

    event.listen(database._engine.sync_engine, "before_cursor_execute", note)
    yield seen
    event.remove(database._engine.sync_engine, "before_cursor_execute", note)


async def test_a_change_costs_the_same_queries_for_any_number_of_streams(catalog, stream, queries):
    streams, changes = 60, 5
    async with AsyncExitStack() as stack:
        limits = httpx.Limits(max_connections=None)
        client = await stack.enter_async_context(catalog.client(limits=limits))
        opened = [await stack.enter_async_context(open_stream(client)) for _ in range(streams)]
        queries.clear()
        for _ in range(changes):
            uploaded = (await stream.upload()).generation
            assert await asyncio.gather(*(next_ids(ids, 1) for ids in opened)) == [[uploaded]] * streams
        assert len(queries) < streams


async def test_a_stream_that_resumes_late_reads_the_backlog_and_then_new_changes(
    catalog, stream, operator, monkeypatch
):
    monkeypatch.setattr(change_feed, "_BUFFERED", 4)
    monkeypatch.setattr(change_feed, "_CHUNK", 3)
    async with open_stream(operator):  # so that something is held, and more comes than is
        past = [(await stream.upload()).generation for _ in range(20)]
        await catalog.projected(past[-1])
    async with open_stream(operator, last_event_id=0) as everything:
        assert await next_ids(everything, 20) == past
        live = (await stream.upload()).generation
        assert await next_ids(everything, 1) == [live]
    async with open_stream(operator, last_event_id=past[-2]) as the_last:
        assert await next_ids(the_last, 2) == [past[-1], live]


async def test_a_token_beyond_its_stream_limit_is_refused_with_advice_and_other_tokens_are_admitted(
    start, database, connection, tokens_file
):
    async with (
        start(database.url, database, connection, tokens_file, streams=(2, 3)) as catalog,
        catalog.client() as operator,
        catalog.client("uploader") as uploader,
        open_stream(operator),
    ):
        async with open_stream(operator):
            refused = await operator.get("/api/events")
            assert (refused.status_code, refused.headers["content-type"]) == (429, "application/problem+json")
            assert (refused.json()["code"], int(refused.headers["Retry-After"]) > 0) == ("too_many_open", True)
            async with open_stream(uploader):
                assert (await uploader.get("/api/events")).json()["code"] == "too_many_open"  # in total
        await until(lambda: EVENT_STREAMS._value.get() == 1, "the streams are closed")
        async with open_stream(operator):
            pass


async def test_removing_a_token_ends_its_open_stream(catalog, tokens_file):
    async with (
        catalog.client("uploader") as uploader,
        catalog.client() as operator,
        open_stream(uploader) as lost,
        open_stream(operator),
    ):
        entries = json.loads(tokens_file.read_text())
        tokens_file.write_text(json.dumps([entry for entry in entries if entry["name"] != "uploader"]))
        await ends(lost)
        assert (await uploader.get("/api/events")).status_code == 401
        assert EVENT_STREAMS._value.get() == 1


async def test_revoking_a_session_ends_its_open_stream_by_the_news_of_it(catalog, connection, monkeypatch):
    monkeypatch.setattr(events, "RECHECK_SECONDS", 3600)
    token = await session_of(connection, Role.VIEWER)
    async with (
        catalog.client(role=None) as browser,
        catalog.client() as operator,
        open_stream(operator),
    ):
        browser.cookies.set(SESSION_COOKIE, token)
        async with open_stream(browser) as lost:
            await revoke(connection, token)
            await ends(lost)
            assert (await browser.get("/api/events")).status_code == 401
            assert EVENT_STREAMS._value.get() == 1


async def test_signing_out_ends_only_the_streams_of_that_session_on_every_replica(
    catalog, start, database, connection, tokens_file
):
    async with (
        start(database.url, database, connection, tokens_file) as replica,
        catalog.client(role=None) as browser,
        catalog.client("uploader") as script,
        replica.client(role=None) as other_way_there,
    ):
        for client in (browser, other_way_there):
            client.cookies.set(SESSION_COOKIE, "uploader-token")
        async with open_stream(browser) as here, open_stream(other_way_there) as there, open_stream(script):
            await AccessBucket(connection).announce_sign_out("uploader-token")
            await ends(here)
            await ends(there)
            assert EVENT_STREAMS._value.get() == 1


async def test_a_client_that_reads_nothing_is_disconnected(catalog, database, operator, monkeypatch):
    monkeypatch.setattr(BoundedHttpProtocol, "taking_seconds", 0.5)
    async with database.connection() as owner:
        await owner.execute(
            "INSERT INTO media_events"
            " (sequence, event_id, event_type, media_id, generation, status, occurred_at, message)"
            " SELECT n, n, 'media.uploaded', gen_random_uuid(), n, 'pending', now(), repeat('x', 20000)"
            " FROM generate_series(1, 2000) n"
        )
        await owner.execute("UPDATE projection_offset SET sequence = 2000")
    address = urlsplit(catalog.url)
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    with client:
        client.connect((address.hostname, address.port))
        head = f"Host: x\r\nAuthorization: {operator.headers['authorization']}\r\nLast-Event-ID: 0\r\n\r\n"
        client.sendall(f"GET /api/events HTTP/1.1\r\n{head}".encode())
        await until(lambda: EVENT_STREAMS._value.get() == 1, "the stream is open")
        await until(lambda: EVENT_STREAMS._value.get() == 0, "the stream is closed")
    async with open_stream(operator, last_event_id=1500) as later:
        assert await next_ids(later, 500) == list(range(1501, 2001))


async def test_a_get_request_that_announces_a_body_is_answered(catalog, operator):
    address, auth = urlsplit(catalog.url), operator.headers["authorization"]
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    head = f"Host: x\r\nAuthorization: {auth}\r\nContent-Length: {10 * 1024**3}\r\n\r\n"
    writer.write(f"GET /api/events HTTP/1.1\r\n{head}".encode())
    assert b"200" in await reader.readline()
    writer.close()
    await until(lambda: EVENT_STREAMS._value.get() == 0, "the stream is closed")


async def test_a_token_is_good_for_so_many_requests(start, database, connection, tokens_file):
    async with (
        start(database.url, database, connection, tokens_file, rate_limit="5/minute") as catalog,
        catalog.client() as operator,
        catalog.client("uploader") as uploader,
    ):
        statuses = [(await operator.get("/api/media")).status_code for _ in range(6)]
        assert (statuses[:5], statuses[5]) == ([200] * 5, 429)
        assert (await uploader.get("/api/media")).status_code == 200
