"""The player's composition root and command line; no other module wires parts together."""

import argparse
import asyncio
import os
import re
import signal
import socket
import sys
import tempfile
from collections.abc import Callable, Coroutine, Sequence
from importlib.metadata import version
from pathlib import Path

from pydantic import ValidationError

from infoscreen.player.check import Verdict, check, check_programs
from infoscreen.player.clock import Clock
from infoscreen.player.commands import Commands
from infoscreen.player.credentials import Credentials
from infoscreen.player.display import DisplayPower, Orientation
from infoscreen.player.enrol import enrol, typed_code
from infoscreen.player.errors import EnrolmentError
from infoscreen.player.evaluation import Evaluator
from infoscreen.player.fetch import Fetcher
from infoscreen.player.file_cache import FileCache
from infoscreen.player.follow import Follower, ManifestSource, MediumSource
from infoscreen.player.gateway import Gateway
from infoscreen.player.logs import configure_logging
from infoscreen.player.notice_texts import DEFAULT_LANGUAGE
from infoscreen.player.notices import Audience, NoticeRenderer
from infoscreen.player.quarantine import Quarantine
from infoscreen.player.report import Reporter
from infoscreen.player.saved_state import SavedState
from infoscreen.player.screen import Screen
from infoscreen.player.settings import PlayerSettings
from infoscreen.player.shared_state import SharedState
from infoscreen.player.snapshot import Snapshots
from infoscreen.player.watchdog import Watchdog
from infoscreen.player.windows import XWindows

VERSION = version("infoscreen-player")
Part = Callable[[], Coroutine[None, None, None]]


async def run(settings: PlayerSettings, media_id: str | None) -> None:
    """Run the player until SIGTERM or SIGINT."""
    runtime_dir = _runtime_dir(settings)
    credentials, clock, watchdog = Credentials(settings.config_dir, settings.server), Clock(), Watchdog()
    cache = FileCache(settings.data_dir / "files", settings.disk_limit_bytes, settings.disk_reserve_bytes)
    cache.open()
    state = SharedState(SavedState(settings.data_dir), cache, Quarantine(), clock)
    state.load()
    notices = NoticeRenderer(runtime_dir, lambda: _told(state, credentials))
    windows = XWindows(re.compile(settings.viewer_title))
    screen = Screen(settings, state, windows, notices.draw, runtime_dir=runtime_dir, tick=watchdog.alive)
    async with Gateway(credentials, clock, VERSION) as gateway:
        source = (
            MediumSource(gateway, media_id, settings.wait_seconds)
            if media_id
            else ManifestSource(gateway, settings.wait_seconds, state.on_screen)
        )
        fetcher, power = Fetcher(gateway, source, state), DisplayPower(state, settings.display_power)
        await fetcher.check_disk()  # first, so that a boot brings the deck and not a notice
        parts = [
            screen.run,
            Follower(source, state, credentials, settings.retry_seconds).run,
            fetcher.run,
            Reporter(gateway, state, VERSION, settings.report_seconds, power.report).run,
            Evaluator(state).run,
            Commands(state).run,
            Snapshots(gateway, windows, state).run,
            power.run,
            Orientation(state).run,
            state.persist,
            lambda: _report_missing_programs(settings, state),
        ]
        watchdog.ready()
        await _run_until_stopped(parts, watchdog)


def _told(state: SharedState, credentials: Credentials) -> Audience:
    """What every notice says of this screen, and in which language."""
    language = state.saved.manifest.programme.language if state.saved.manifest else DEFAULT_LANGUAGE
    return Audience(state.name or socket.gethostname(), credentials.server or "", language)


async def _report_missing_programs(settings: PlayerSettings, state: SharedState) -> None:
    for finding in await check_programs(settings):
        if finding.verdict is Verdict.FAILED:
            state.set_problem(f"check {finding.part}", finding.sentence)


async def _run_until_stopped(parts: Sequence[Part], watchdog: Watchdog) -> None:
    """Run all parts. If one fails, the whole player ends with an error, and its supervisor starts it anew."""
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(part()) for part in parts]
        await stop.wait()
        watchdog.stopping()
        for task in tasks:
            task.cancel()


def _runtime_dir(settings: PlayerSettings) -> Path:
    """The directory of notices and of the viewer's temporary files; systemd's runtime directory is in memory."""
    chosen = settings.runtime_dir or os.environ.get("RUNTIME_DIRECTORY")
    directory = Path(chosen or Path(tempfile.gettempdir()) / f"infoscreen-player-{os.getuid()}")
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    return directory


async def _enrol(settings: PlayerSettings, server: str, code: str | None) -> None:
    credentials = Credentials(settings.config_dir)
    async with Gateway(credentials, Clock(), VERSION) as gateway:
        name = await enrol(gateway, credentials, server, (lambda: code) if code else typed_code)
    sys.stdout.write(f"Enrolled as {name!r}. A player that runs as a service uses it after:\n")
    sys.stdout.write("  sudo systemctl restart infoscreen-player\n")


async def _check(settings: PlayerSettings) -> int:
    """Print the findings; returns the exit code: 1 where a check failed."""
    findings = await check(settings, VERSION)
    sys.stdout.writelines(f"{finding}\n" for finding in findings)
    return int(any(finding.verdict is Verdict.FAILED for finding in findings))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="infoscreen-player", description="Shows on this screen what an infoscreen assigns to it."
    )
    parser.add_argument("--version", action="version", version=VERSION)
    commands = parser.add_subparsers(dest="command", required=True)
    running = commands.add_parser("run", help="show what is assigned to this player, until told to stop")
    running.add_argument("--media", metavar="ID", help="show this one medium instead")
    commands.add_parser("check", help="say what is missing on this device, and what to do; exit code 1 if anything is")
    enrolling = commands.add_parser("enrol", help="make this device a player of an infoscreen")
    enrolling.add_argument("url", metavar="URL", help="the address of the infoscreen's page")
    enrolling.add_argument("--code", help="the one-time code; without it the command asks for it")
    return parser.parse_args()


def _settings(command: str) -> PlayerSettings:
    """The settings; a person who runs a check has no environment, and gets the service's."""
    settings = PlayerSettings()
    return PlayerSettings(_env_file=settings.config_dir / "settings") if command == "check" else settings


def main() -> None:
    """Run the command line."""
    arguments = _arguments()
    try:
        settings = _settings(arguments.command)
    except ValidationError as error:
        trouble = "; ".join(f"PLAYER_{'.'.join(map(str, e['loc'])).upper()}: {e['msg']}" for e in error.errors())
        sys.exit(f"infoscreen-player: check the settings in the environment: {trouble}")
    configure_logging(settings.log_level)
    try:
        if arguments.command == "enrol":
            asyncio.run(_enrol(settings, arguments.url, arguments.code))
        elif arguments.command == "check":
            sys.exit(asyncio.run(_check(settings)))
        else:
            asyncio.run(run(settings, arguments.media))
    except EnrolmentError as error:
        sys.exit(f"infoscreen-player: {error}")
    except OSError as error:
        sys.exit(f"infoscreen-player: {error}")


if __name__ == "__main__":
    main()
