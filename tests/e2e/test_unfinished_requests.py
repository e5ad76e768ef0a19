"""Clients that do not finish what they began, at the edge: they are told so, and people notice nothing of them."""

import asyncio
from urllib.parse import urlsplit

CLIENTS = 60
CLOSED_WITHIN_SECONDS = 120
SOME_ID = "01935f3a-0000-7000-8000-000000000001"
LENGTH, CHUNKED = "Content-Length: 50\r\n\r\n{", "Transfer-Encoding: chunked\r\n\r\n50\r\n{"


# Of more than a thousand connections that it has answered, Caddy 2.11 leaves about one open until the client closes it.
LEFT_OPEN = 1


async def unfinished(edge, request, body=LENGTH):
    """The status that a client with half a body is answered, and whether the edge then closes the connection."""
    address = urlsplit(edge)
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    try:
        writer.write(
            f"{request} HTTP/1.1\r\nHost: {address.netloc}\r\nContent-Type: application/json\r\n{body}".encode()
        )
        status = int((await reader.readline()).split()[1])
        try:
            async with asyncio.timeout(CLOSED_WITHIN_SECONDS):
                await reader.read()
        except TimeoutError:
            return status, False
        return status, True
    finally:
        writer.transport.abort()


async def test_unfinished_bodies_of_strangers_are_answered_and_hold_up_no_others(system):
    edge = system.endpoints["edge"]
    requests = ("POST /api/session", "POST /api/player/enrol")
    clients = [asyncio.create_task(unfinished(edge, request)) for request in requests for _ in range(CLIENTS)]
    with system.client() as operator:
        assert operator.get("/api/media").status_code == 200
        assert operator.get("/api/session").status_code == 200
    async with asyncio.timeout(240):
        answers = await asyncio.gather(*clients)
    assert {status for status, _ in answers} == {408}
    assert sum(not closed for _, closed in answers) <= LEFT_OPEN


async def test_a_stranger_who_is_refused_keeps_no_connection_by_an_unfinished_body(system):
    refused = {
        "POST /api/media": 401,
        f"PUT /api/media/{SOME_ID}": 401,
        f"GET /api/media/{SOME_ID}": 401,
        "POST /": 405,
        "PUT /infoscreen/originals/a": 405,
        "GET /infoscreen/originals/a": 403,
        "GET /not-there.html": 404,
    }
    asked = [(request, body) for request in refused for body in (LENGTH, CHUNKED)]
    async with asyncio.timeout(240):
        answers = await asyncio.gather(*(unfinished(system.endpoints["edge"], *each) for each in asked))
    assert [status for status, _ in answers] == [refused[request] for request, _ in asked]
    assert sum(not closed for _, closed in answers) <= LEFT_OPEN


async def test_an_unfinished_head_keeps_no_connection(system):
    address = urlsplit(system.endpoints["edge"])

    async def answer_to(head):
        reader, writer = await asyncio.open_connection(address.hostname, address.port)
        try:
            writer.write(head)
            return await reader.read()
        finally:
            writer.transport.abort()

    async with asyncio.timeout(60):
        answers = await asyncio.gather(*map(answer_to, (b"", b"GET", b"GET / HTTP/1.1\r\nHost: x\r\nX-Unfinished")))
    assert not any(answer.startswith(b"HTTP/1.1 2") for answer in answers)
