"""The gateway client: the gateway's own answers count, those of another server in its place do not."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from infoscreen.player.clock import ServerClock
from infoscreen.player.credentials import Credentials
from infoscreen.player.enrol import enrol
from infoscreen.player.errors import EnrolmentError, MediumGoneError, ServerUnreachableError, UnauthorizedError
from infoscreen.player.gateway import Gateway
from infoscreen.player.manifest import Manifest

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
    """Gives each request the answer that the test chose."""

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


def answer_of(status: int, document: object, content_type: str = "application/json") -> tuple[int, str, bytes]:
    return status, content_type, json.dumps(document).encode()


async def test_manifest_request_has_the_token_and_the_etag(server, gateway):
    server.answer = answer_of(200, {"etag": "e1", "media": [ITEM]})
    manifest, etag = await gateway.manifest("e0", 25)
    path, headers = server.asked[0]
    assert path == "/api/player/manifest?wait=25"
    assert (headers["Authorization"], headers["If-None-Match"]) == ("Bearer token", '"e0"')
    assert (etag, manifest.items[0].title) == ("e1", "deck.pptx")


async def test_unchanged_manifest_is_none(server, gateway):
    server.answer = 304, "text/plain", b""
    assert await gateway.manifest("e0", 25) is None


async def test_empty_manifest_is_an_answer(server, gateway):
    server.answer = answer_of(200, {"etag": "e1", "media": []})
    assert await gateway.manifest(None, 0) == (Manifest(), "e1")


@pytest.mark.parametrize(("code", "revoked"), [("revoked", True), ("unauthenticated", False)])
async def test_unknown_token_and_revoked_token_are_different_errors(server, gateway, code, revoked):
    server.answer = answer_of(401, {"code": code, "detail": "No."}, PROBLEM)
    with pytest.raises(UnauthorizedError) as caught:
        await gateway.manifest(None, 0)
    assert caught.value.revoked is revoked


@pytest.mark.parametrize("status", [403, 404])
async def test_only_a_problem_document_says_that_a_medium_is_gone(server, gateway, status):
    server.answer = answer_of(status, {"code": "not_found", "detail": "There is none."}, PROBLEM)
    with pytest.raises(MediumGoneError):
        await gateway.medium("m")
    server.answer = status, "text/html", b"<h1>Some proxy</h1>"
    with pytest.raises(ServerUnreachableError):
        await gateway.medium("m")


@pytest.mark.parametrize(
    "answer",
    [
        (200, "text/html", b"<h1>Please log in to the guest Wi-Fi</h1>"),
        (401, "text/html", b"<h1>Please log in to the guest Wi-Fi</h1>"),
        (302, "text/html", b""),
        (404, "text/html", b"not found"),
        (503, PROBLEM, b'{"code": "unavailable", "detail": "Try again."}'),
        answer_of(200, []),
        answer_of(200, {"media": [{"media_id": "m", "status": "ready"}]}),
        answer_of(200, {"media": [{**ITEM, "sha256": "../../../etc/passwd"}]}),
    ],
)
async def test_senseless_answer_counts_as_an_unreachable_server(server, gateway, answer):
    server.answer = answer
    with pytest.raises(ServerUnreachableError):
        await gateway.manifest(None, 0)


async def test_player_without_a_token_sends_no_request(tmp_path):
    async with Gateway(Credentials(tmp_path / "nowhere"), ServerClock(), "test") as gateway:
        with pytest.raises(UnauthorizedError):
            await gateway.manifest(None, 0)


async def test_refused_code_is_explained_in_the_servers_words(server, gateway, tmp_path):
    server.answer = answer_of(403, {"code": "invalid_code", "detail": "This code is not valid."}, PROBLEM)
    with pytest.raises(EnrolmentError, match="This code is not valid"):
        await enrol(gateway, Credentials(tmp_path), f"http://127.0.0.1:{server.server_port}", lambda: "X")


@pytest.mark.parametrize(
    ("address", "code", "says_what"),
    [
        ("infoscreen.local", "X", "http://"),
        ("http://127.0.0.1:9", "X", "cannot be reached"),
        ("http://[", "X", "cannot be reached"),
        ("http://127.0.0.1:9", " ", "code is empty"),
    ],
)
async def test_typing_error_is_explained(gateway, tmp_path, address, code, says_what):
    with pytest.raises(EnrolmentError, match=says_what):
        await enrol(gateway, Credentials(tmp_path), address, lambda: code)
