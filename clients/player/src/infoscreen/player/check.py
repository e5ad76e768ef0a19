"""``infoscreen-player check``: says of each thing that the player needs whether it is there, and else what to do.

The player itself runs the checks of this machine at its start and reports what fails.
"""

import asyncio
import errno
import os
import shutil
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

from infoscreen.player.clock import Clock
from infoscreen.player.credentials import Credentials
from infoscreen.player.errors import ServerUnreachableError, UnauthorizedError
from infoscreen.player.gateway import Gateway
from infoscreen.player.settings import PlayerSettings
from infoscreen.player.viewer import environment
from infoscreen.player.x11 import Display, DisplayError

_INSTALLED_DISPLAY, _INSTALLED_AUTHORITY = ":0", Path("/run/infoscreen-display/auth")
_DECODERS = {"ffmpeg": "ffmpeg", "ffprobe": "ffmpeg", "mplayer": "mplayer"}
_PDF_RENDERERS = ("mutool", "pdftoppm")
_PROGRAM_SECONDS = 30.0
_CLOCK_SECONDS = 60
_ENROL = "Enrol the player: sudo infoscreen-player enrol http://ADDRESS:8080"


class Verdict(StrEnum):
    """The result of a check."""

    OK = "ok"
    FAILED = "FAILED"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of a check, with a sentence that says what was found and, if it failed, what to do."""

    part: str
    verdict: Verdict
    sentence: str

    def __str__(self) -> str:
        return f"{self.verdict:<8} {self.part:<9} {self.sentence}"


async def check(settings: PlayerSettings, version: str) -> list[Finding]:
    """Check everything, in the order in which a person should mend it."""
    return [
        *await check_programs(settings),
        await _display(os.environ),
        await asyncio.to_thread(_disk, settings.data_dir, settings.disk_reserve_bytes),
        *await _server(Credentials(settings.config_dir, settings.server), version),
    ]


async def check_programs(settings: PlayerSettings) -> list[Finding]:
    """Check the programs that show files."""
    return [await _viewer(settings.viewer), _decoders()]


async def _viewer(command: list[str]) -> Finding:
    variables = environment(Path(tempfile.gettempdir()))
    program = shutil.which(command[0], path=variables["PATH"])
    if program is None:
        return _failed("viewer", f"{command[0]} is not installed. {_install('impressive')}")
    if Path(program).name != "impressive":
        return _ok("viewer", f"{program}, which is not impressive and was not tried.")
    if not any(shutil.which(renderer, path=variables["PATH"]) for renderer in _PDF_RENDERERS):
        return _failed("viewer", f"impressive finds no program that draws PDFs. {_install('mupdf-tools')}")
    if error := await _does_not_run(program, variables):
        return _failed("viewer", f"impressive does not run ({error}). {_install('impressive', 'python3-pygame')}")
    return _ok("viewer", f"{program} runs.")


async def _does_not_run(program: str, variables: Mapping[str, str]) -> str | None:
    """Have impressive print its help, for which it loads all its libraries; the reason why it cannot, or None."""
    process = await asyncio.create_subprocess_exec(
        *(program, "-h"),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
        env=variables,
    )
    try:
        async with asyncio.timeout(_PROGRAM_SECONDS):
            _, errors = await process.communicate()
    except TimeoutError:
        return f"no answer within {_PROGRAM_SECONDS:g} s"
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    said = [line for line in errors.decode(errors="replace").splitlines() if "No module" in line]
    return (said[0] if said else f"exit code {process.returncode}") if process.returncode else None


def _decoders() -> Finding:
    path = environment(Path(tempfile.gettempdir()))["PATH"]
    missing = sorted({package for program, package in _DECODERS.items() if not shutil.which(program, path=path)})
    if missing:
        return _failed("decoders", f"Videos do not play without {' and '.join(missing)}. {_install(*missing)}")
    return _ok("decoders", "ffmpeg and mplayer are installed; videos play.")


async def _display(variables: Mapping[str, str]) -> Finding:
    name, authority = variables.get("DISPLAY"), Path(variables.get("XAUTHORITY") or Path.home() / ".Xauthority")
    if not name and _INSTALLED_AUTHORITY.parent.exists():
        name, authority = _INSTALLED_DISPLAY, _INSTALLED_AUTHORITY
    if not name:
        return _failed("display", "DISPLAY is not set. Run this in the session of the screen, or as root on a player.")
    try:
        display = await Display.open(name, authority)
    except DisplayError as error:
        return _failed("display", f"{error}. Run: sudo systemctl status infoscreen-display")
    size = f"{display.width}x{display.height}"
    await display.close()
    return _ok("display", f"{name} has {size} pixels.")


def _disk(directory: Path, reserve_bytes: int) -> Finding:
    try:
        with tempfile.TemporaryFile(dir=directory) as file:
            file.write(b"check")
        free = shutil.disk_usage(directory).free
    except OSError as error:
        return _failed("disk", f"{directory} cannot be written ({error.strerror}). {_advice(error)}")
    if free <= reserve_bytes:
        return _failed(
            "disk",
            f"{directory} has {free / 1e6:.0f} MB free, and {reserve_bytes / 1e6:.0f} MB are left to others. "
            "Remove files, or use a larger memory card.",
        )
    return _ok("disk", f"{directory} has {free / 1e6:.0f} MB free.")


def _advice(error: OSError) -> str:
    if isinstance(error, PermissionError):
        return "Run this with sudo."
    if isinstance(error, FileNotFoundError):
        return "Start the player once, or run deploy/pi/install.sh."
    if error.errno == errno.EROFS:
        return "A memory card that has become read-only is worn out: replace it."
    return "Remove files, or replace the memory card."


async def _server(credentials: Credentials, version: str) -> list[Finding]:
    if not credentials.server:
        return [_skipped("gateway"), _failed("token", f"This player belongs to no infoscreen. {_ENROL}")]
    clock = Clock()
    async with Gateway(credentials, clock, version) as gateway:
        try:
            await gateway.reach()
            token = await _token(credentials, gateway)
        except ServerUnreachableError as error:
            advice = "Check the network cable or the Wi-Fi, the address, and that the infoscreen runs."
            return [_failed("gateway", f"{error} {advice}"), _skipped("token"), _skipped("clock")]
    return [_ok("gateway", f"{credentials.server} is an infoscreen."), token, _clock(clock)]


async def _token(credentials: Credentials, gateway: Gateway) -> Finding:
    if not credentials.token:
        return _failed("token", f"There is no token, or only root may read it. Run this with sudo. {_ENROL}")
    try:
        await gateway.manifest(None, 0)
    except UnauthorizedError as error:
        why = "revoked this player" if error.revoked else "does not know this player's token"
        return _failed("token", f"The server {why}. Create the screen anew on the infoscreen's page. {_ENROL}")
    return _ok("token", "The server accepts it.")


def _clock(clock: Clock) -> Finding:
    date = clock.date_of(time.monotonic())
    if date is None:
        return _skipped("clock")
    seconds = (datetime.now(UTC) - date).total_seconds()
    if abs(seconds) > _CLOCK_SECONDS:
        direction = "fast" if seconds > 0 else "slow"
        advice = "With https no server is trusted then. Run: sudo timedatectl set-ntp true"
        return _failed("clock", f"It is {abs(seconds):.0f} s {direction} by the server's. {advice}")
    return _ok("clock", "It agrees with the server's.")


def _install(*packages: str) -> str:
    return f"Run: sudo apt-get install {' '.join(packages)}"


def _ok(part: str, sentence: str) -> Finding:
    return Finding(part, Verdict.OK, sentence)


def _failed(part: str, sentence: str) -> Finding:
    return Finding(part, Verdict.FAILED, sentence)


def _skipped(part: str) -> Finding:
    return Finding(part, Verdict.SKIPPED, "Not checked, because of the above.")
