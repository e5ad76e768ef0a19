"""Clients that stall, on any port: closed within a deadline, and others are unaffected."""

import asyncio
from contextlib import asynccontextmanager, suppress
from functools import partial

import pytest
from fastapi import Request
from fastapi.responses import PlainTextResponse, StreamingResponse
from support.until import paced, until

from infoscreen.cli.ports import PortBook
from infoscreen.common import request_bodies
from infoscreen.common.health import create_ops_app
from infoscreen.common.http_api import api_router, create_api
from infoscreen.common.http_server import BoundedHttpProtocol
from infoscreen.common.openapi import PUBLIC
from infoscreen.common.process import run_service

DONE, OPS = "/api/done", "/livez"


@pytest.fixture(autouse=True)
def _quickly(monkeypatch):
    monkeypatch.setattr(BoundedHttpProtocol, "head_seconds", 0.5)
    monkeypatch.setattr(BoundedHttpProtocol, "taking_seconds", 0.5)
    monkeypatch.setattr(request_bodies, "_LINGER_SECONDS", 0.2)


def create_app(ended):
    routes = api_router()

    @routes.post("/read", openapi_extra=PUBLIC)
    async def read(request: Request) -> PlainTextResponse:
        return PlainTextResponse(str(len(await request.body())))

    @routes.get("/done", openapi_extra=PUBLIC)
    async def done() -> PlainTextResponse:
        return PlainTextResponse("done")

    @routes.get("/endless", openapi_extra=PUBLIC)
    async def endless() -> StreamingResponse:
        async def blocks():
            try:
                async for _ in paced(0):
                    yield b"x" * 65536
            finally:
                ended.set()

        return StreamingResponse(blocks())

    app = create_api("demo", routes, max_body_bytes=1000)
    [bodies] = [middleware for middleware in app.user_middleware if middleware.cls is request_bodies.RequestBodies]
    bodies.kwargs["seconds"] = 0.5
    return app


class Served:
    def __init__(self, ports, ended):
        self.ports, self.ended = ports, ended

    @asynccontextmanager
    async def client(self, path=DONE):
        reader, writer = await asyncio.open_connection("127.0.0.1", self.ports[path == OPS])
        try:
            yield reader, writer
        finally:
            writer.transport.abort()


@pytest.fixture
async def served():
    book, stop, ended = PortBook(), asyncio.Event(), asyncio.Event()
    ports = [book.port("api"), book.port("ops")]
    running = asyncio.create_task(
        run_service(
            host="127.0.0.1",
            apps=[(create_app(ended), ports[0]), (create_ops_app({}, {}), ports[1])],
            background=[],
            grace_seconds=1,
            stop=stop,
        )
    )
    for port in ports:
        _, writer = await until(partial(asyncio.open_connection, "127.0.0.1", port), "it listens", ignoring=(OSError,))
        writer.close()
    yield Served(ports, ended)
    stop.set()
    await running


async def everything(reader):
    """All that a connection gives until it is closed."""
    async with asyncio.timeout(30):
        try:
            return await reader.read()
        except ConnectionResetError:
            return b""


@pytest.mark.parametrize("path", [DONE, OPS])
@pytest.mark.parametrize("begun", [b"G", b"GET {} HTTP/1.1\r\nHost: te", b"\r\n"])
async def test_a_head_that_is_not_finished_is_closed(served, path, begun):
    async with served.client(path) as (reader, writer):
        writer.write(begun.replace(b"{}", path.encode()))
        assert await everything(reader) == b""


async def answer_while_sending(drop, reader, writer):
    """What is answered while this comes again and again: never twice without a look, for a reset loses the answer."""
    while True:
        writer.write(drop)
        with suppress(TimeoutError):
            async with asyncio.timeout(0.05):
                try:
                    first = await reader.read(1)
                except ConnectionResetError:
                    return b""
            return first + await everything(reader)


@pytest.mark.parametrize("path", [DONE, OPS])
async def test_a_head_that_comes_a_byte_at_a_time_is_closed(served, path):
    async with served.client(path) as (reader, writer):
        writer.write(f"GET {path} HTTP/1.1\r\n".encode())
        assert await answer_while_sending(b"X: y\r\n", reader, writer) == b""


async def test_a_head_without_end_is_refused(served):
    async with served.client() as (reader, writer):
        writer.write(b"GET /api/done HTTP/1.1\r\n" + b"X: y\r\n" * 20_000)
        assert (await everything(reader)).startswith(b"HTTP/1.1 400")


@pytest.mark.parametrize("path", [DONE, OPS])
async def test_a_second_head_that_is_not_finished_is_closed(served, path):
    async with served.client(path) as (reader, writer):
        writer.write(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        async with asyncio.timeout(30):
            assert (await reader.readline()).startswith(b"HTTP/1.1 200")
        writer.write(b"GET")
        await everything(reader)


async def test_a_body_that_does_not_come_in_time_is_refused_and_closed(served):
    async with served.client() as (reader, writer):
        writer.write(b"POST /api/read HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n")
        writer.write(b"12345")
        answer = await everything(reader)
    assert answer.startswith(b"HTTP/1.1 408")
    assert b"request_timeout" in answer


async def test_a_body_that_comes_a_byte_at_a_time_is_refused_and_closed(served):
    async with served.client() as (reader, writer):
        writer.write(b"POST /api/read HTTP/1.1\r\nHost: x\r\nContent-Length: 900\r\n\r\n")
        assert (await answer_while_sending(b"x", reader, writer)).startswith(b"HTTP/1.1 408")


@pytest.mark.parametrize("path", [DONE, OPS])
async def test_a_body_that_no_route_reads_is_closed_with_the_answer(served, path):
    async with served.client(path) as (reader, writer):
        writer.write(f"GET {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n".encode())
        assert (await everything(reader)).startswith(b"HTTP/1.1 200")


async def test_an_answer_that_is_not_taken_is_cut_off(served):
    async with served.client() as (_, writer):
        writer.write(b"GET /api/endless HTTP/1.1\r\nHost: x\r\n\r\n")
        await until(served.ended.is_set, "the answer is given up")


async def test_a_body_that_comes_in_time_is_read(served):
    async with served.client() as (reader, writer):
        writer.write(b"POST /api/read HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 3\r\n\r\n123")
        assert (await everything(reader)).endswith(b"3")
