"""Following the server: its own answers count, its silence and the answers of others do not."""

from dataclasses import replace
from pathlib import Path

import pytest

from infoscreen.player.credentials import Credentials
from infoscreen.player.errors import MediumGoneError, ServerUnreachableError, UnauthorizedError
from infoscreen.player.file_cache import FileCache
from infoscreen.player.follow import Follower, ManifestSource, MediumSource
from infoscreen.player.manifest import Connection, DisplayFile, Manifest, Medium, Status
from infoscreen.player.quarantine import Quarantine
from infoscreen.player.saved_state import SavedState
from infoscreen.player.shared_state import SharedState

FILE = DisplayFile("a" * 64, 1)
READY = Medium("m", Status.READY, "deck.pptx", FILE, url="http://s3/1")
PROCESSING = Medium("m", Status.PROCESSING, "deck.pptx")


class FakeServer:
    """Gives prepared answers in order; raises those that are exceptions."""

    def __init__(self, *manifests, media=()) -> None:
        self.manifests, self.media, self.asked = list(manifests), list(media), []

    async def manifest(self, etag, wait_seconds):
        self.asked.append((etag, wait_seconds))
        return self._next(self.manifests)

    async def medium(self, media_id, wait_seconds=0):
        self.asked.append((media_id, wait_seconds))
        return self._next(self.media)

    @staticmethod
    def _next(answers):
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


class Answers:
    """A source with prepared answers."""

    def __init__(self, *answers) -> None:
        self.answers = list(answers)

    async def next(self):
        return FakeServer._next(self.answers)

    async def fresh_url(self, file):
        return None


@pytest.fixture
def state(tmp_path) -> SharedState:
    cache = FileCache(tmp_path, 1000, 0)
    return SharedState(SavedState(tmp_path), cache, Quarantine())


@pytest.fixture
def enrolled(tmp_path) -> Credentials:
    credentials = Credentials(tmp_path / "config")
    credentials.store("http://server", "token")
    return credentials


async def after(state: SharedState, credentials: Credentials, *answers) -> Connection:
    follower = Follower(Answers(*answers), state, credentials, retry_seconds=5)
    for _ in answers:
        await follower._step()
    return state.connection


async def test_first_manifest_request_does_not_wait_and_the_next_waits_for_a_change():
    server = FakeServer((Manifest.of(READY), "e1"), None, (Manifest(), "e2"))
    source = ManifestSource(server, 25)
    assert [await source.next() for _ in range(3)] == [Manifest.of(READY), Manifest.of(READY), Manifest()]
    assert server.asked == [(None, 0), ("e1", 25), ("e1", 25)]


async def test_source_asks_for_the_eta_of_the_first_medium():
    told = Medium("m", Status.PROCESSING, eta_seconds=30)
    server = FakeServer((Manifest.of(PROCESSING), "e1"), media=[told])
    [item] = (await ManifestSource(server, 25).next()).media
    assert (item.title, item.eta_seconds) == ("deck.pptx", 30)


async def test_source_asks_again_how_far_a_conversion_is_while_the_manifest_stays():
    told = [Medium("m", Status.PROCESSING, eta_seconds=300, pages=(20, 800))]
    listed = replace(PROCESSING, eta_seconds=5)
    source = ManifestSource(FakeServer((Manifest.of(listed), "e1"), None, media=told), 25)
    assert (await source.next()).media == (listed,)
    [item] = (await source.next()).media
    assert (item.eta_seconds, item.pages) == (300, (20, 800))


async def test_source_does_not_ask_for_the_eta_of_a_medium_on_the_screen():
    server = FakeServer((Manifest.of(PROCESSING), "e1"))
    assert await ManifestSource(server, 25, on_screen=lambda _: True).next() == Manifest.of(PROCESSING)


async def test_source_gives_a_fresh_url():
    fresh = Medium("m", Status.READY, "deck.pptx", FILE, url="http://s3/2")
    server = FakeServer((Manifest.of(fresh), "e1"), (Manifest(), "e2"))
    source = ManifestSource(server, 25)
    assert await source.fresh_url(FILE) == "http://s3/2"
    assert await source.fresh_url(FILE) is None


async def test_single_medium_is_long_polled_while_it_is_processed():
    server = FakeServer(media=[PROCESSING, READY])
    source = MediumSource(server, "m", 25)
    assert [await source.next() for _ in range(2)] == [Manifest.of(PROCESSING), Manifest.of(READY)]
    assert server.asked == [("m", 0), ("m", 25)]


async def test_single_medium_that_was_deleted_gives_an_empty_manifest():
    assert await MediumSource(FakeServer(media=[MediumGoneError("gone")]), "m", 25).next() == Manifest()


async def test_silent_server_leaves_the_manifest(state, enrolled):
    unreachable = ServerUnreachableError("no route")
    assert await after(state, enrolled, Manifest.of(READY), unreachable, unreachable, unreachable) is Connection.OFFLINE
    assert state.saved.manifest == Manifest.of(READY)


async def test_one_unanswered_request_does_not_make_the_player_offline(state, enrolled):
    assert await after(state, enrolled, ServerUnreachableError("not yet")) is Connection.CONNECTING


async def test_revocation_counts_at_once(state, enrolled):
    assert await after(state, enrolled, Manifest(), UnauthorizedError("revoked", revoked=True)) is Connection.REVOKED


async def test_unknown_token_counts_only_when_repeated(state, enrolled):
    """A gateway that has just lost its token file must not empty all screens."""
    unknown = UnauthorizedError("who?")
    assert await after(state, enrolled, Manifest(), unknown, unknown) is Connection.ONLINE
    assert await after(state, enrolled, unknown, unknown, unknown) is Connection.REVOKED


async def test_revoked_player_stays_revoked_while_the_server_is_unreachable(state, enrolled):
    unreachable = ServerUnreachableError("no route")
    revoked = UnauthorizedError("revoked", revoked=True)
    assert await after(state, enrolled, revoked, unreachable, unreachable, unreachable) is Connection.REVOKED
    assert await after(state, enrolled, Manifest()) is Connection.ONLINE


async def test_player_without_a_token_asks_to_be_enrolled(state, tmp_path):
    missing = Credentials(Path(tmp_path / "nowhere"))
    assert await after(state, missing, UnauthorizedError("not enrolled")) is Connection.NOT_ENROLLED


async def test_last_good_file_of_an_unassigned_medium_is_forgotten(state, enrolled):
    state.saved.last_good["m"] = FILE
    await after(state, enrolled, Manifest())
    assert state.saved.last_good == {}
