"""The server's answers, and those of somebody else in its place: only the server's own word counts."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from infoscreen.player.clock import ServerClock
from infoscreen.player.credentials import Credentials
from infoscreen.player.enrol import enrol
from infoscreen.player.errors import EnrolmentError, MediumGoneError, ServerAwayError, UnauthorizedError
from infoscreen.player.gateway import Gateway
from infoscreen.player.programme import Programme

PROBLEM = "application/problem+json"
SHA = "a" * 64
ITEM = {
    "media_id": "m",
    "filename": "deck.pptx",
    "status": "ready",
    "sha256": SHA,
    "size_bytes": 3,
    "media_type": "application/pdf",
    "url": "http://127.0.0.1/x",
}


class Answering(BaseHTTPRequestHandler):
    """Gives every request the answer that the test chose."""

    def _answer(self) -> None:
        self.server.asked.append((self.path, dict(self.headers)))
        length = int(self.headers.get("content-length", 0))
        self.rfile.read(length)
        status, content_type, body = self.server.answer
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = _answer  # noqa: N815 - the names are the base class's

    def log_message(self, *arguments) -> None:
        """Say nothing."""


@pytest.fixture
def server():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Answering)
    server.asked = []
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
async def gateway(server, tmp_path):
    credentials = Credentials(tmp_path)
    credentials.store(f"http://127.0.0.1:{server.server_port}", "token")
    async with Gateway(credentials, ServerClock(), "test") as gateway:
        yield gateway


def says(status: int, document: object, content_type: str = "application/json") -> tuple[int, str, bytes]:
    return status, content_type, json.dumps(document).encode()


async def test_a_manifest_is_asked_for_with_the_token_and_the_etag(server, gateway):
    server.answer = says(200, {"etag": "e1", "media": [ITEM]})
    programme, etag = await gateway.manifest("e0", 25)
    path, headers = server.asked[0]
    assert path == "/api/player/manifest?wait=25"
    assert (headers["Authorization"], headers["If-None-Match"]) == ("Bearer token", '"e0"')
    assert (etag, programme.items[0].title) == ("e1", "deck.pptx")


async def test_an_unchanged_manifest_is_none(server, gateway):
    server.answer = 304, "text/plain", b""
    assert await gateway.manifest("e0", 25) is None


async def test_an_empty_manifest_is_an_answer(server, gateway):
    server.answer = says(200, {"etag": "e1", "media": []})
    assert await gateway.manifest(None, 0) == (Programme(), "e1")


@pytest.mark.parametrize(("code", "revoked"), [("revoked", True), ("unauthenticated", False)])
async def test_a_refused_token_is_told_from_a_revoked_one(server, gateway, code, revoked):
    server.answer = says(401, {"code": code, "detail": "No."}, PROBLEM)
    with pytest.raises(UnauthorizedError) as caught:
        await gateway.manifest(None, 0)
    assert caught.value.revoked is revoked


@pytest.mark.parametrize("status", [403, 404])
async def test_a_medium_that_is_gone_is_said_by_the_server_only(server, gateway, status):
    server.answer = says(status, {"code": "not_found", "detail": "There is none."}, PROBLEM)
    with pytest.raises(MediumGoneError):
        await gateway.medium("m")
    server.answer = status, "text/html", b"<h1>Some proxy</h1>"
    with pytest.raises(ServerAwayError):
        await gateway.medium("m")


@pytest.mark.parametrize(
    "answer",
    [
        (200, "text/html", b"<h1>Please log in to the guest Wi-Fi</h1>"),
        (401, "text/html", b"<h1>Please log in to the guest Wi-Fi</h1>"),
        (302, "text/html", b""),
        (404, "text/html", b"not found"),
        (503, PROBLEM, b'{"code": "unavailable", "detail": "Try again."}'),
        says(200, []),
        says(200, {"media": [{"media_id": "m", "status": "ready"}]}),
        says(200, {"media": [{**ITEM, "sha256": "../../../etc/passwd"}]}),
    ],
)
async def test_other_peoples_and_senseless_answers_count_as_none(server, gateway, answer):
    server.answer = answer
    with pytest.raises(ServerAwayError):
        await gateway.manifest(None, 0)


async def test_a_player_without_a_token_asks_nobody(tmp_path):
    async with Gateway(Credentials(tmp_path / "nowhere"), ServerClock(), "test") as gateway:
        with pytest.raises(UnauthorizedError):
            await gateway.manifest(None, 0)


async def test_a_wrong_code_is_told_in_the_servers_words(server, gateway, tmp_path):
    server.answer = says(403, {"code": "invalid_code", "detail": "This code is not valid."}, PROBLEM)
    with pytest.raises(EnrolmentError, match="This code is not valid"):
        await enrol(gateway, Credentials(tmp_path), f"http://127.0.0.1:{server.server_port}", lambda: "X")


@pytest.mark.parametrize(
    ("address", "code", "says_what"),
    [
        ("infoscreen.local", "X", "http://"),
        ("http://127.0.0.1:9", "X", "cannot be reached"),
        ("http://[", "X", "cannot be reached"),
        ("http://127.0.0.1:9", " ", "No code"),
    ],
)
async def test_what_was_typed_wrong_is_explained(gateway, tmp_path, address, code, says_what):
    with pytest.raises(EnrolmentError, match=says_what):
        await enrol(gateway, Credentials(tmp_path), address, lambda: code)
