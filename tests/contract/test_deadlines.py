"""No port of any service waits for long for a client that does not finish what it began, with or without a token."""

import asyncio
import json
from pathlib import Path
from urllib.parse import urlsplit

DOCUMENTS = Path(__file__).parents[2] / "docs" / "api"
ROLES = {"accounts": "operator", "catalog": "operator", "player-gateway": "player"}
SOME_ID = "01935f3a-0000-7000-8000-000000000001"
CLIENTS_EACH = 3


def requests_with_a_body():
    for service, role in ROLES.items():
        described = json.loads((DOCUMENTS / f"{service}.openapi.json").read_text())
        for path, operations in described["paths"].items():
            for method, operation in operations.items():
                if "requestBody" in operation:
                    yield service, method.upper(), path.replace("{player_id}", SOME_ID), role


REQUESTS = list(requests_with_a_body())


async def left_waiting(url, sent):
    """What comes until the service closes the connection."""
    address = urlsplit(url)
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    try:
        writer.write(sent)
        return await reader.read()
    finally:
        writer.transport.abort()


async def test_every_unfinished_request_ends(services):
    waiting = []
    for service, method, path, role in REQUESTS:
        head = f"{method} {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {role}\r\n"
        body = "Content-Type: application/json\r\nContent-Length: 50\r\n\r\n{"
        waiting += [left_waiting(services.urls[service], f"{head}{body}".encode()) for _ in range(CLIENTS_EACH)]
    async with asyncio.timeout(60):
        answers = await asyncio.gather(*waiting)
    assert {answer.split(b" ", 2)[1] for answer in answers} == {b"408"}
    assert len(answers) >= 4 * CLIENTS_EACH


async def test_every_unfinished_head_ends(services):
    ports = [*services.urls.values(), *services.ops.values()]  # the public port of each, and the one for operators
    begun = (b"GET", b"GET / HTTP/1.1\r\nHost: x\r\nX-Unfinished")
    async with asyncio.timeout(60):
        answers = await asyncio.gather(*(left_waiting(url, head) for url in ports for head in begun))
    assert answers == [b""] * len(ports) * len(begun)
