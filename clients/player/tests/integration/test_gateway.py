"""The gateway client: the gateway's own answers count, those of another server in its place do not."""

import json
import threading
from datetime import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from infoscreen.player.clock import Clock, Source
from infoscreen.player.credentials import Credentials
from infoscreen.player.enrol import enrol
from infoscreen.player.errors import EnrolmentError, MediumGoneError, ServerUnreachableError, UnauthorizedError
from infoscreen.player.gateway import Gateway
from infoscreen.player.manifest import Manifest
from infoscreen.player.programme import Item, ScheduleEntry, Window

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

    do_GET = do_POST = do_PUT = _answer  # noqa: N815 - the names are the base class's

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
    async with Gateway(credentials, Clock(), "test") as gateway:
        yield gateway


def answer_of(status: int, document: object, content_type: str = "application/json") -> tuple[int, str, bytes]:
    return status, content_type, json.dumps(document).encode()


async def test_manifest_request_has_the_token_and_the_etag(server, gateway):
    server.answer = answer_of(200, {"etag": "e1", "media": [ITEM]})
    manifest, etag = await gateway.manifest("e0", 25)
    path, headers = server.asked[0]
    assert path == "/api/player/manifest?schema=2&wait=25"
    assert (headers["Authorization"], headers["If-None-Match"]) == ("Bearer token", '"e0"')
    assert (etag, manifest.media[0].title) == ("e1", "deck.pptx")


async def test_manifest_of_schema_2_has_the_programme(server, gateway):
    item = {"item": "i", "media_id": "m", "seconds": 7, "deck_timings": True, "first_day": None, "last_day": None}
    entry = {"id": "e", "playlist": "p", "weekdays": [1], "starts": "08:00", "ends": None, "except_days": []}
    rules = {"default": None, "playlists": {"p": [item]}, "entries": [entry], "override": None, "commands": []}
    file = {**ITEM, "media_id": "m", "page_seconds": [None, 7.5]}
    server.answer = answer_of(200, {"version": 2, "player": "hall", "etag": "e2", "files": [file], **rules})
    manifest, etag = await gateway.manifest(None, 0)
    assert (etag, manifest.player, manifest.media[0].file.page_seconds) == ("e2", "hall", (None, 7.5))
    assert manifest.programme.items("p") == (Item("m", 7, deck_timings=True, id="i"),)
    assert manifest.programme.entries == (ScheduleEntry("e", "p", Window(frozenset({1}), time(8))),)


async def test_only_an_authenticated_answer_sets_the_clock(server, gateway):
    server.answer = 200, "text/html", b"<h1>Please log in to the guest Wi-Fi</h1>"
    with pytest.raises(ServerUnreachableError):
        await gateway.manifest(None, 0)
    assert gateway._clock.read().source is not Source.SERVER
    server.answer = answer_of(200, {"etag": "e1", "media": []})
    await gateway.manifest(None, 0)
    assert gateway._clock.read().source is Source.SERVER


async def test_snapshot_is_put(server, gateway):
    server.answer = 204, "text/plain", b""
    await gateway.snapshot(b"picture", "image/jpeg")
    path, headers = server.asked[0]
    assert (path, headers["Content-Type"]) == ("/api/player/snapshot", "image/jpeg")


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
    async with Gateway(Credentials(tmp_path / "nowhere"), Clock(), "test") as gateway:
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
