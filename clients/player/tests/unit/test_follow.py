"""Following the server: what it says counts, its silence and other people's answers do not."""

from pathlib import Path

import pytest

from infoscreen.player.credentials import Credentials
from infoscreen.player.errors import MediumGoneError, ServerAwayError, UnauthorizedError
from infoscreen.player.follow import Follower, ManifestSource, MediumSource
from infoscreen.player.memory import Memory
from infoscreen.player.programme import Item, Programme, Rendition, Standing, Status
from infoscreen.player.shelf import Shelf
from infoscreen.player.state import PlayerState
from infoscreen.player.strikes import Strikes

FILE = Rendition("a" * 64, 1)
READY = Item("m", Status.READY, "deck.pptx", FILE, url="http://s3/1")
PREPARING = Item("m", Status.PREPARING, "deck.pptx")


class FakeServer:
    """Gives prepared answers, in order; an exception is raised."""

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

    async def fresh_url(self, rendition):
        return None


@pytest.fixture
def state(tmp_path) -> PlayerState:
    shelf = Shelf(tmp_path, 1000, 0)
    return PlayerState(Memory(tmp_path / "memory.json"), shelf, Strikes())


@pytest.fixture
def enrolled(tmp_path) -> Credentials:
    credentials = Credentials(tmp_path / "config")
    credentials.store("http://server", "token")
    return credentials


async def after(state: PlayerState, credentials: Credentials, *answers) -> Standing:
    follower = Follower(Answers(*answers), state, credentials, retry_seconds=5)
    for _ in answers:
        await follower._step()
    return state.standing


async def test_the_first_question_does_not_wait_and_the_next_waits_for_a_change():
    server = FakeServer((Programme((READY,)), "e1"), None, (Programme(), "e2"))
    source = ManifestSource(server, 25)
    assert [await source.next() for _ in range(3)] == [Programme((READY,)), Programme((READY,)), Programme()]
    assert server.asked == [(None, 0), ("e1", 25), ("e1", 25)]


async def test_why_there_is_nothing_to_show_is_asked_for():
    told = Item("m", Status.PREPARING, eta_seconds=30)
    server = FakeServer((Programme((PREPARING,)), "e1"), media=[told])
    [item] = (await ManifestSource(server, 25).next()).items
    assert (item.title, item.eta_seconds) == ("deck.pptx", 30)


async def test_why_a_medium_on_the_screen_is_not_newer_is_not_asked_for():
    server = FakeServer((Programme((PREPARING,)), "e1"))
    assert await ManifestSource(server, 25, on_screen=lambda _: True).next() == Programme((PREPARING,))


async def test_an_expired_url_is_asked_for_anew():
    fresh = Item("m", Status.READY, "deck.pptx", FILE, url="http://s3/2")
    server = FakeServer((Programme((fresh,)), "e1"), (Programme(), "e2"))
    source = ManifestSource(server, 25)
    assert await source.fresh_url(FILE) == "http://s3/2"
    assert await source.fresh_url(FILE) is None


async def test_one_medium_under_way_is_waited_for():
    server = FakeServer(media=[PREPARING, READY])
    source = MediumSource(server, "m", 25)
    assert [await source.next() for _ in range(2)] == [Programme((PREPARING,)), Programme((READY,))]
    assert server.asked == [("m", 0), ("m", 25)]


async def test_one_medium_that_was_deleted_leaves_nothing_to_show():
    assert await MediumSource(FakeServer(media=[MediumGoneError("gone")]), "m", 25).next() == Programme()


async def test_a_silent_server_changes_nothing_on_the_screen(state, enrolled):
    away = ServerAwayError("no route")
    assert await after(state, enrolled, Programme((READY,)), away, away, away) is Standing.OFFLINE
    assert state.memory.programme == Programme((READY,))


async def test_a_network_that_takes_its_moment_is_not_called_offline(state, enrolled):
    assert await after(state, enrolled, ServerAwayError("not yet")) is Standing.CONNECTING


async def test_a_revocation_counts_at_once(state, enrolled):
    assert await after(state, enrolled, Programme(), UnauthorizedError("revoked", revoked=True)) is Standing.REVOKED


async def test_an_unknown_token_counts_only_when_repeated(state, enrolled):
    """A gateway that has just lost its token file must not empty every wall."""
    unknown = UnauthorizedError("who?")
    assert await after(state, enrolled, Programme(), unknown, unknown) is Standing.ONLINE
    assert await after(state, enrolled, unknown, unknown, unknown) is Standing.REVOKED


async def test_a_revoked_player_stays_revoked_while_the_server_is_away(state, enrolled):
    away = ServerAwayError("no route")
    revoked = UnauthorizedError("revoked", revoked=True)
    assert await after(state, enrolled, revoked, away, away, away) is Standing.REVOKED
    assert await after(state, enrolled, Programme()) is Standing.ONLINE


async def test_a_player_without_a_token_asks_to_be_enrolled(state, tmp_path):
    nobody = Credentials(Path(tmp_path / "nowhere"))
    assert await after(state, nobody, UnauthorizedError("not enrolled")) is Standing.NOT_ENROLLED


async def test_what_was_good_of_a_medium_that_is_not_wanted_any_more_is_forgotten(state, enrolled):
    state.memory.last_good["m"] = FILE
    await after(state, enrolled, Programme())
    assert state.memory.last_good == {}
