"""No service reads a body for a client that it does not know, nor more of one than it has use for."""

import json
import re
import socket
from pathlib import Path
from urllib.parse import urlsplit

import pytest

DOCUMENTS = Path(__file__).parents[2] / "docs" / "api"
ROLES = {"accounts": "operator", "ingest": "uploader", "catalog": "operator", "player-gateway": "player"}
SOME_ID = "01935f3a-0000-7000-8000-000000000001"
ENDLESS = "Transfer-Encoding: chunked"
HUGE = f"Content-Length: {10 * 1024**3}"


def operations_with_a_body():
    for service in ROLES:
        described = json.loads((DOCUMENTS / f"{service}.openapi.json").read_text())
        for path, operations in described["paths"].items():
            for method, operation in operations.items():
                if "requestBody" in operation:
                    yield service, method.upper(), path, operation.get("security") == []


OPERATIONS = list(operations_with_a_body())
GUARDED = [operation[:3] for operation in OPERATIONS if not operation[3]]


@pytest.fixture
def answer_to(services):
    """Sends the head of a request, and nothing of the body that it speaks of; returns status and problem."""

    def ask(service, method, path, *headers):
        address = urlsplit(services.urls[service])
        target = re.sub(r"\{\w+\}", SOME_ID, path)
        lines = [f"{method} {target} HTTP/1.1", "Host: test", "Content-Type: application/json", *headers, "", ""]
        with socket.create_connection((address.hostname, address.port), timeout=20) as client:
            client.sendall("\r\n".join(lines).encode())
            answer = client.makefile("rb")
            status = int(answer.readline().split()[1])
            heads = dict(line.decode().strip().split(": ", 1) for line in iter(answer.readline, b"\r\n"))
            problem = json.loads(answer.read(int(heads["content-length"])))
            client.shutdown(socket.SHUT_WR)
            assert answer.read() == b"", "the connection is not kept"
        assert heads["content-type"] == "application/problem+json"
        assert problem["status"] == status
        return status

    return ask


@pytest.mark.parametrize("length", [ENDLESS, HUGE])
@pytest.mark.parametrize(("service", "method", "path"), GUARDED)
def test_a_stranger_is_turned_away_before_the_body_comes(answer_to, service, method, path, length):
    assert answer_to(service, method, path, length) == 401
    assert answer_to(service, method, path, length, "Authorization: Bearer unknown") == 401


@pytest.mark.parametrize(("service", "method", "path"), GUARDED)
def test_who_has_another_role_is_turned_away_before_the_body_comes(answer_to, service, method, path):
    other = "uploader" if service == "player-gateway" else "player"
    assert answer_to(service, method, path, HUGE, f"Authorization: Bearer {other}") == 403


@pytest.mark.parametrize(("service", "method", "path", "_public"), OPERATIONS)
def test_a_body_that_is_announced_too_large_is_refused_before_it_comes(answer_to, service, method, path, _public):
    target = f"{path}?filename=deck.pptx" if service == "ingest" else path
    if "{media_id}" not in path:  # there, what does not exist is not replaced
        assert answer_to(service, method, target, HUGE, f"Authorization: Bearer {ROLES[service]}") == 413


@pytest.mark.parametrize(("service", "method", "path"), [o[:3] for o in OPERATIONS if o[0] != "ingest"])
def test_a_body_that_grows_too_large_is_refused(services, service, method, path):
    with services.client(service, ROLES[service]) as client:
        many = (b" " * 16384 for _ in range(17))
        answer = client.request(method, re.sub(r"\{\w+\}", SOME_ID, path), content=many)
    assert (answer.status_code, answer.headers["content-type"]) == (413, "application/problem+json")
