"""The whole player against the real system: an uploaded deck appears, and stays while all services are down."""

import asyncio
import contextlib
import io
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
import time_machine
from support.paused import paused
from support.until import until, wait_until

from infoscreen.cli.requirements import repository_root
from infoscreen.player.check import Verdict, check
from infoscreen.player.clock import Clock
from infoscreen.player.credentials import Credentials
from infoscreen.player.decision import Playlist
from infoscreen.player.fetch import Fetcher
from infoscreen.player.file_cache import FileCache
from infoscreen.player.follow import Follower, ManifestSource
from infoscreen.player.gateway import Gateway
from infoscreen.player.manifest import Manifest
from infoscreen.player.quarantine import Quarantine
from infoscreen.player.report import Reporter
from infoscreen.player.saved_state import SavedState
from infoscreen.player.settings import PlayerSettings
from infoscreen.player.shared_state import SharedState

SAMPLE = repository_root() / "samples" / "welcome.fodp"
END_WITH_TESTS = ("setpriv", "--pdeathsig=INT", "--")  # an interrupted test run leaves nothing behind
TLS = httpx.create_ssl_context()  # once: making it costs more than all requests of a test
SECONDS = 90
PICTURE_SECONDS = 60


@dataclass(frozen=True)
class System:
    """`infoscreen up`, seen through its public interfaces."""

    data_dir: Path
    process: "subprocess.Popen[bytes]"

    @property
    def endpoints(self) -> dict:
        return json.loads((self.data_dir / "endpoints.json").read_text())

    def client(self) -> httpx.Client:
        endpoints = self.endpoints
        headers = {"Authorization": f"Bearer {endpoints['operator_token']}"}
        return httpx.Client(base_url=endpoints["edge"], headers=headers, timeout=60, verify=TLS)

    def upload(self, content: bytes, name: str = "deck.pdf", media_id: str | None = None) -> str:
        with self.client() as client:
            method, path = ("PUT", f"/api/media/{media_id}") if media_id else ("POST", "/api/media")
            answer = client.request(method, path, files={"file": (name, io.BytesIO(content))})
        assert answer.status_code in (200, 201, 202), answer.text  # 202: parked until NATS is back
        return answer.json()["media_id"]


@pytest.fixture(scope="module")
def system(tmp_path_factory) -> Iterator[System]:
    data_dir = tmp_path_factory.mktemp("system") / "data"
    log = data_dir.parent / "up.log"
    command = [*END_WITH_TESTS, sys.executable, "-m", "infoscreen.cli", "up"]
    command += ["--data-dir", str(data_dir), "--port", str(_free_port())]
    with log.open("wb") as output:
        command += ["--converters", "1"]
        process = subprocess.Popen(command, stdout=output, stderr=output, start_new_session=True)

    def ready() -> bool:
        assert process.poll() is None, log.read_text()[-3000:]
        return (data_dir / "endpoints.json").exists()

    wait_until(ready, "endpoints.json", 180)
    yield System(data_dir, process)
    process.send_signal(signal.SIGINT)
    process.wait(60)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@dataclass
class Player:
    """A player's process with directories of its own."""

    system: System
    player_id: str
    directory: Path
    process: "subprocess.Popen[bytes] | None" = None

    @property
    def config_dir(self) -> Path:
        return self.directory / "config"

    def environment(self) -> dict[str, str]:
        places = {"CONFIG_DIR": "config", "DATA_DIR": "data", "RUNTIME_DIR": "run"}
        quick = {"PAGE": 1, "REPORT": 5, "VIEWER_PROOF": 0.5, "RETRY": 1, "WAIT": 5}
        settings = {f"PLAYER_{name}": str(self.directory / place) for name, place in places.items()}
        return {**os.environ, **settings, **{f"PLAYER_{name}_SECONDS": str(value) for name, value in quick.items()}}

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "infoscreen.player", *arguments]

    def start(self, *arguments: str) -> None:
        with (self.directory / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [*END_WITH_TESTS, *self.command("run", *arguments)], env=self.environment(), stdout=log, stderr=log
            )

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        assert self.process is not None
        self.process.send_signal(number)
        code, self.process = self.process.wait(20), None
        return code

    def assign(self, *media_ids: str) -> None:
        with self.system.client() as client:
            path = f"/api/players/{self.player_id}/media"
            assert client.put(path, json={"media_ids": media_ids}).status_code == 200

    def record(self) -> dict:
        """The player as the catalog knows it."""
        with self.system.client() as client:
            return next(p for p in client.get("/api/players").json()["items"] if p["player_id"] == self.player_id)

    def showing(self) -> dict:
        return self.record()["showing"] or {}


@pytest.fixture
def new_player(system, tmp_path) -> Iterator[Callable[[], Player]]:
    """Makes players that are enrolled with their token; they are stopped after the test."""
    players: list[Player] = []

    def make() -> Player:
        with system.client() as client:
            created = client.post("/api/players", json={"name": f"screen {len(players)}"}).json()
        directory = tmp_path / f"device-{len(players)}"
        Credentials(directory / "config").store(system.endpoints["edge"], created["token"])
        players.append(Player(system, created["player_id"], directory))
        return players[-1]

    yield make
    for player in players:
        if player.process:
            player.stop()


def picture_appears(display) -> bytes:
    wait_until(lambda: not display.blank(), "a picture", PICTURE_SECONDS)
    return display.picture()


def shows(player: Player, media_id: str, other_than: str | None = None) -> dict:
    """Wait until the catalog knows that the player shows a medium."""

    def told() -> dict | None:
        showing = player.showing()
        return showing if showing.get("media_id") == media_id and showing.get("sha256") != other_than else None

    return wait_until(told, f"that {media_id} is shown: {player.record()}", SECONDS)


def test_player_enrols_with_a_one_time_code_and_shows_when_it_is_revoked(system, tmp_path, display, deck):
    with system.client() as client:
        created = client.post("/api/players", json={"name": "foyer"}).json()
        player = Player(system, created["player_id"], tmp_path)
        enrol = player.command("enrol", system.endpoints["edge"])
        code = created["code"].lower().replace("-", " ")
        done = subprocess.run(enrol, env=player.environment(), input=code, capture_output=True, text=True, check=True)
        assert "Enrolled as 'foyer'" in done.stdout
        assert (player.config_dir / "token").stat().st_mode & 0o777 == 0o600
        again = subprocess.run(enrol, env=player.environment(), input=code, capture_output=True, text=True, check=False)
        assert again.returncode != 0
        assert "code" in again.stderr
        media_id = system.upload(deck("hello"))
        player.assign(media_id)
        player.start()
        showing = shows(player, media_id)
        assert showing["since"]
        assert player.record()["health"]["free_disk_bytes"] > 0
        deck_picture = display.picture()
        client.delete(f"/api/players/{player.player_id}")
        wait_until(
            lambda: display.picture() != deck_picture and not display.blank(), "the screen of a revoked player", SECONDS
        )
        said = wait_until(lambda: (tmp_path / "log").read_text().partition("revoked=")[2], "a line of the log", SECONDS)
        assert "notice revoked" in said
        assert player.stop() == 0


def test_deck_is_processed_shown_replaced_and_unassigned_without_a_blank_frame(system, new_player, display):
    player = new_player()
    media_id = system.upload(SAMPLE.read_bytes(), "welcome.fodp")
    player.assign(media_id)
    player.start()
    picture_appears(display)
    with display.watched() as frames:
        first = shows(player, media_id)
        system.upload(SAMPLE.read_bytes().replace(b"Welcome", b"Replaced"), "welcome.fodp", media_id)
        shows(player, media_id, other_than=first["sha256"])
        player.assign()
        wait_until(lambda: "nothing_assigned" in (player.showing().get("note") or ""), "an empty screen", SECONDS)
    assert len(frames.different) > 3
    assert frames.blank == 0


def test_run_media_shows_a_medium_that_is_not_assigned(system, new_player, display, deck, tmp_path):
    player = new_player()
    (player.config_dir / "token").write_text(system.endpoints["player_token"])
    media_id = system.upload(deck("one", "two"))
    player.start("--media", media_id)
    first = picture_appears(display)
    wait_until(lambda: display.picture() != first and not display.blank(), "the next page", SECONDS)


@pytest.mark.parametrize("away_seconds", [5, pytest.param(60, marks=pytest.mark.exhaustive)])
def test_screen_shows_its_deck_while_all_services_are_down_even_after_a_reboot(
    system, new_player, display, deck, away_seconds
):
    player = new_player()
    media_id = system.upload(deck("red", "green", "blue"))
    player.assign(media_id)
    player.start()
    first = shows(player, media_id)
    with paused(system.endpoints, "edge", "player-gateway", "catalog", "postgres", "nats", "s3"):
        with display.watched() as frames:
            wait_until(lambda: len(frames.different) >= 3, "pages that turn", SECONDS)
            wait_until(
                lambda: "server_unreachable" in (player.directory / "log").read_text(),
                "a log that names the unreachable server",
                SECONDS,
            )
            back = time.monotonic() + away_seconds
            wait_until(lambda: time.monotonic() > back, "the end of the outage", 2 * away_seconds)
            page = display.picture()
            wait_until(lambda: display.picture() != page, "a page that turns at the end of the outage", SECONDS)
        assert frames.blank == 0
        player.stop(signal.SIGKILL)
        wait_until(display.blank, "a viewer that ends with its player", SECONDS)
        player.start()
        picture_appears(display)
    system.upload(deck("new"), media_id=media_id)
    shows(player, media_id, other_than=first["sha256"])


def test_check_passes_on_a_complete_device_and_fails_on_a_revoked_one(system, new_player, display):
    player = new_player()
    (player.directory / "data").mkdir()

    def check() -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            player.command("check"), env=player.environment(), capture_output=True, text=True, check=False
        )

    passed = check()
    assert passed.returncode == 0, passed.stdout
    assert [line.split()[:2] for line in passed.stdout.splitlines()] == [
        ["ok", part] for part in ("viewer", "decoders", "display", "disk", "gateway", "token", "clock")
    ]
    with system.client() as client:
        client.delete(f"/api/players/{player.player_id}")
    failed = check()
    assert failed.returncode == 1
    assert "The server revoked this player. Create the screen anew" in failed.stdout


# --- the player without its screen ------------------------------------------------------------------------------------


@dataclass
class Headless:
    """The parts of a player that follow, download and report."""

    state: SharedState
    gateway: Gateway
    source: ManifestSource
    clock: Clock

    @property
    def files(self) -> set[str]:
        scene = self.state.scene
        return {file.sha256 for file in scene.files} if isinstance(scene, Playlist) else set()

    async def until(self, condition) -> None:
        await until(condition, f"the player's condition; it says {self.state.problems}", SECONDS)


@contextlib.asynccontextmanager
async def headless(player: Player, data_dir: Path, limit_bytes: int = 10**9):
    cache = FileCache(data_dir, limit_bytes, 0)
    cache.open()
    credentials, clock = Credentials(player.config_dir), Clock()
    state = SharedState(SavedState(data_dir), cache, Quarantine(), clock)
    async with Gateway(credentials, clock, "test") as gateway:
        source = ManifestSource(gateway, 5)
        parts = [
            Follower(source, state, credentials, 1).run,
            Fetcher(gateway, source, state).run,
            Reporter(gateway, state, "test", 5).run,
        ]
        tasks = [asyncio.create_task(part()) for part in parts]
        try:
            yield Headless(state, gateway, source, clock)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


@pytest.mark.parametrize("hours", [-1, 1])
async def test_player_works_with_a_clock_that_is_an_hour_off(system, new_player, deck, tmp_path, hours):
    player = new_player()
    player.assign(system.upload(deck(f"clock {hours}")))
    now = datetime.now(UTC)
    with time_machine.travel(now + timedelta(hours=hours), tick=True):
        async with headless(player, tmp_path / "files") as device:
            await device.until(lambda: device.files)
            device.state.now_showing(device.state.scene)
            await device.until(lambda: player.showing().get("since"))
    since = datetime.fromisoformat(player.showing()["since"])
    assert abs(since - now) < timedelta(minutes=30)


@pytest.mark.parametrize(("hours", "direction"), [(-1, "slow"), (1, "fast")])
async def test_check_finds_a_wrong_clock(system, new_player, tmp_path, hours, direction):
    player = new_player()
    settings = PlayerSettings(config_dir=player.config_dir, data_dir=tmp_path)
    with time_machine.travel(datetime.now(UTC) + timedelta(hours=hours), tick=True):
        [clock] = [finding for finding in await check(settings, "test") if finding.part == "clock"]
    assert clock.verdict is Verdict.FAILED
    assert direction in clock.sentence
    assert "timedatectl" in clock.sentence


async def test_player_asks_for_a_fresh_url_when_one_has_expired(system, new_player, deck, tmp_path):
    player = new_player()
    media_id = system.upload(deck("expired"))
    async with headless(player, tmp_path / "files") as device:
        player.assign(media_id)
        manifest, _ = await device.gateway.manifest(None, 0)
        [medium] = manifest.media
        stale = replace(medium, url=medium.url.replace("X-Amz-Signature=", "X-Amz-Signature=0"))
        device.state.manifest_received(Manifest.of(stale))
        await device.until(lambda: device.files == {medium.file.sha256})


async def test_full_disk_leaves_the_deck_on_the_screen(system, new_player, deck, small_disk):
    player = new_player()
    media_id = system.upload(deck("small"))
    player.assign(media_id)
    async with headless(player, small_disk) as device:
        await device.until(lambda: device.files)
        shown = device.state.scene
        device.state.now_showing(shown)
        device.state.mark_proven(shown.entries)
        system.upload(deck("big") + os.urandom(10**6).hex().encode(), media_id=media_id)
        await device.until(lambda: "disk" in device.state.problems)
        assert device.state.scene == shown
        assert await device.state.cache.check(shown.files[0])
        await device.until(lambda: player.record()["health"]["errors"])
        system.upload(deck("small again"), media_id=media_id)
        await device.until(lambda: device.files and device.state.scene != shown)


async def test_deleted_medium_leaves_the_screen(system, new_player, deck, tmp_path):
    player = new_player()
    media_id = system.upload(deck("deleted"))
    player.assign(media_id)
    async with headless(player, tmp_path / "files") as device:
        await device.until(lambda: device.files)
        with system.client() as client:
            assert client.delete(f"/api/media/{media_id}").status_code == 204
        await device.until(lambda: not device.files)
