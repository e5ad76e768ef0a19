"""Sends pictures of the glass: often while a person looks at them, else now and then.

A picture is what the X server has on the screen, not what the player believes: also a notice of the desktop.
"""

import asyncio
import contextlib
from typing import Protocol

import structlog

from infoscreen.player.errors import ServerUnreachableError, UnauthorizedError
from infoscreen.player.programs import output_of
from infoscreen.player.shared_state import SharedState
from infoscreen.player.x11 import DisplayError

MEDIA_TYPE = "image/jpeg"
_LARGEST_BYTES = 64 * 1024
_SIZE = (480, 270)
_QUALITIES = (4, 10, 20)  # of ffmpeg's JPEG encoder: 2 is the best
_LOOKED_AT_SECONDS = 5.0
_ELSE_SECONDS = 900.0
_SETTLED_SECONDS = 5.0

_log = structlog.get_logger(__name__)


class Glass(Protocol):
    """What is on the screen."""

    async def picture(self) -> tuple[bytes, int, int] | None:
        """Its pixels, of four bytes each, with its width and height; None where they cannot be read."""


class Server(Protocol):
    """The server, which keeps the last picture."""

    async def snapshot(self, picture: bytes, media_type: str) -> None:
        """Send a picture."""


class Snapshots:
    """Sends pictures of the glass."""

    def __init__(self, server: Server, glass: Glass, state: SharedState) -> None:
        self._server = server
        self._glass = glass
        self._state = state
        self._sent_at = float("-inf")

    async def run(self) -> None:
        """Send pictures for ever."""
        await asyncio.sleep(_SETTLED_SECONDS)
        while True:
            change = self._state.change
            if self._due_in() <= 0:
                await self._send()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(max(0.1, self._due_in())):
                    await change.wait()

    @property
    def looked_at(self) -> bool:
        """Whether a person looks at the pictures; by an unknown clock, whether the server said so last."""
        manifest, now = self._state.saved.manifest, self._state.clock.read().now
        until = manifest.programme.snapshot_until if manifest else None
        return until is not None and (now is None or now < until)

    def _due_in(self) -> float:
        interval = _LOOKED_AT_SECONDS if self.looked_at else _ELSE_SECONDS
        return self._sent_at + interval - self._state.clock.monotonic()

    async def _send(self) -> None:
        self._sent_at = self._state.clock.monotonic()
        try:
            if (seen := await self._glass.picture()) and (picture := await shrink(*seen)):
                await self._server.snapshot(picture, MEDIA_TYPE)
        except (DisplayError, OSError, ServerUnreachableError, UnauthorizedError) as error:
            _log.debug("snapshot_failed", error=str(error))


async def shrink(pixels: bytes, width: int, height: int) -> bytes | None:
    """A small JPEG of a screen; None where it cannot be made small enough.

    Args:
        pixels: of four bytes each: blue, green, red and one of no use.
        width: of the screen, in pixels.
        height: of the screen.

    Raises:
        OSError: ffmpeg is not installed, or fails.
    """
    wide, high = _SIZE
    source = ["-f", "rawvideo", "-pixel_format", "bgr0", "-video_size", f"{width}x{height}", "-i", "-"]
    scale = f"scale={wide}:{high}:force_original_aspect_ratio=decrease:flags=area"
    for quality in _QUALITIES:
        target = ["-vf", scale, "-frames:v", "1", "-q:v", str(quality), "-f", "mjpeg", "-"]
        picture = await output_of(["ffmpeg", "-v", "error", *source, *target], pixels)
        if len(picture) <= _LARGEST_BYTES:
            return picture
    return None
