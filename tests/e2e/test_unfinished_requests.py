"""Clients that do not finish what they began, at the edge: they are told so, and people notice nothing of them."""

import asyncio
from urllib.parse import urlsplit

CLIENTS = 60


async def unfinished(edge, path):
    """The status that a client with half a body is answered."""
    address = urlsplit(edge)
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    try:
        head = f"POST {path} HTTP/1.1\r\nHost: {address.netloc}\r\nContent-Type: application/json\r\n"
        writer.write(f"{head}Content-Length: 50\r\n\r\n{{".encode())
        return int((await reader.readline()).split()[1])
    finally:
        writer.transport.abort()


async def test_unfinished_bodies_of_strangers_are_answered_and_hold_up_no_others(system):
    edge = system.endpoints["edge"]
    paths = ("/api/session", "/api/player/enrol")
    clients = [asyncio.create_task(unfinished(edge, path)) for path in paths for _ in range(CLIENTS)]
    with system.client() as operator:
        assert operator.get("/api/media").status_code == 200
        assert operator.get("/api/session").status_code == 200
    async with asyncio.timeout(60):
        assert set(await asyncio.gather(*clients)) == {408}
