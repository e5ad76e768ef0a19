"""Opens a file in a process of its own before the viewer does: a file that kills the reader kills only that process.

``python -m infoscreen.player.inspection TYPE FILE`` prints its findings as JSON, or says what is wrong with the file
and exits with 1. pdfium reads PDFs; ffmpeg reads pictures and videos. Without ffmpeg nothing is known of those.
"""

import asyncio
import json
import resource
import shutil
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from infoscreen.player.errors import CorruptFileError
from infoscreen.player.manifest import PDF, PICTURE, VIDEO

_SECONDS = 60.0
_MEMORY_BYTES = 2 * 1024**3
_PROBE_PIXELS = 64
_PROBE_PAGES = 10
_PROBE_VIDEO_SECONDS = 60
_BAD_FILE, _OTHER = 1, 3


@dataclass(frozen=True, slots=True)
class Inspection:
    """The content of a file.

    Attributes:
        pages: how many pages it has; 1 for a picture and a video.
        plain_start: whether its first page or frame is of one colour, so that the window may be, too.
        plain: whether all pages or frames that were looked at are of one colour.
        seconds: the length of a video; None where that is unknown.
    """

    pages: int = 1
    plain_start: bool = False
    plain: bool = False
    seconds: float | None = None


UNKNOWN = Inspection()
"""Of a file that nothing here can open: one page, which must show a picture."""


async def inspect(path: Path, media_type: str) -> Inspection:
    """Open a file and look at its first pages or frames.

    Raises:
        CorruptFileError: the file does not open, or not within the limits of time and memory.
    """
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "infoscreen.player.inspection", media_type, str(path)),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(_SECONDS):
            output, errors = await process.communicate()
    except TimeoutError as error:
        raise CorruptFileError(f"the file could not be opened within {_SECONDS:g} s") from error
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode == _OTHER:
        raise RuntimeError(f"files cannot be inspected here: {errors.decode(errors='replace').strip()}")
    if process.returncode:
        why = errors.decode(errors="replace").strip().splitlines()
        raise CorruptFileError(f"the file does not open: {why[-1] if why else f'exit code {process.returncode}'}")
    return Inspection(**json.loads(output))


def examine(path: Path, media_type: str) -> Inspection:
    """Inspect in this process, which a hostile file may end."""
    if media_type == PDF:
        return _examine_pdf(path)
    video = media_type.startswith(VIDEO)
    if not (video or media_type.startswith(PICTURE)) or not shutil.which("ffmpeg") or not shutil.which("ffprobe"):
        return UNKNOWN
    frames = _plain_frames(path, video=video)
    if not frames:
        raise ValueError("it has no picture")
    return Inspection(1, frames[0], all(frames), _video_seconds(path) if video else None)


def _examine_pdf(path: Path) -> Inspection:
    import pypdfium2  # noqa: PLC0415 - only the inspecting process loads it

    def plain(page: pypdfium2.PdfPage) -> bool:
        bitmap = page.render(scale=_PROBE_PIXELS / max(page.get_size()))
        pixels = bytes(bitmap.buffer)
        lines = [pixels[y * bitmap.stride :][: bitmap.width * bitmap.n_channels] for y in range(bitmap.height)]
        return _of_one_colour(lines, bitmap.n_channels)

    with pypdfium2.PdfDocument(path) as pdf:
        plain_start = plain(pdf[0])
        others = (plain(pdf[number]) for number in range(1, min(len(pdf), _PROBE_PAGES)))
        return Inspection(len(pdf), plain_start, plain=plain_start and all(others))


def _plain_frames(path: Path, *, video: bool) -> list[bool]:
    """Of the key frames of a video's first minute, or of a picture, whether each is of one colour."""
    choice = ("-skip_frame", "nokey", "-t", str(_PROBE_VIDEO_SECONDS)) if video else ()
    size = f"scale={_PROBE_PIXELS}:{_PROBE_PIXELS}"
    output = ("-fps_mode", "passthrough") if video else ("-frames:v", "1")
    content = _run(
        *("ffmpeg", "-v", "error", "-threads", "1", *choice, "-protocol_whitelist", "file,pipe", "-i", str(path)),
        *("-map", "0:v:0", "-vf", size, *output, "-f", "rawvideo", "-pix_fmt", "rgb24", "pipe:1"),
    )
    line = 3 * _PROBE_PIXELS
    frame = line * _PROBE_PIXELS
    frames = (content[at : at + frame] for at in range(0, len(content), frame))
    return [_of_one_colour((each[y : y + line] for y in range(0, frame, line)), 3) for each in frames]


def _video_seconds(path: Path) -> float | None:
    try:
        return float(_run("ffprobe", "-v", "error", "-show_entries", "format=duration", "-of", "csv=p=0", str(path)))
    except ValueError:  # such as N/A, in a stream that was never finished
        return None


def _run(*command: str) -> bytes:
    """Run a program that ends with this process, however that ends."""
    done = subprocess.run(("setpriv", "--pdeathsig=KILL", "--", *command), capture_output=True, check=False)
    if done.returncode:
        raise ValueError((done.stderr.decode(errors="replace").strip() or f"{command[0]} failed").splitlines()[-1])
    return done.stdout


def _of_one_colour(lines: Iterable[bytes], channels: int) -> bool:
    lines = iter(lines)
    first = next(lines)
    colour = first[:channels]
    return all(line == colour * (len(line) // channels) for line in (first, *lines))


def main() -> None:
    """Inspect the file named on the command line."""
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES, _MEMORY_BYTES))
    try:
        result = examine(Path(sys.argv[2]), sys.argv[1])
    except ImportError as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(_OTHER)
    except Exception as error:  # noqa: BLE001 - a hostile file may cause any error, and the answer is the same
        sys.stderr.write(f"{error or type(error).__name__}\n")
        sys.exit(_BAD_FILE)
    sys.stdout.write(json.dumps(asdict(result)))


if __name__ == "__main__":
    main()
