"""Opens films, and makes of them what a Raspberry Pi 5 plays. Runs Debian's ffmpeg, in the process of `media_worker`.

Each kind of file is read by its own demultiplexer, and by no protocol but that of files: what a film refers to is not
followed, and the fences of the process hold for ffmpeg too.
"""

import json
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from PIL import Image

from infoscreen.common.document_types import DocumentType
from infoscreen.common.errors import FailureReason, PermanentError
from infoscreen.converter.engines.opened import Opened
from infoscreen.converter.engines.pictures import SCREEN_BOX, draw_thumbnail, open_png

_DEMULTIPLEXERS = {"mp4": "mov", "mov": "mov", "webm": "matroska", "svg": "svg_pipe"}
_THUMBNAIL_AT_SECONDS = 1.0
_LAST_SECONDS = 3.0
_LONGEST_SIDE, _SHORTEST_SIDE = 1920, 1080
_SCALE = "scale=w='min({0},iw)':h='min({1},ih)':force_original_aspect_ratio=decrease:force_divisible_by=2"
_ENCODE = ("-c:v", "libx264", "-preset", "veryfast", "-crf", "21", "-pix_fmt", "yuv420p", "-profile:v", "high")
_SOUND = ("-c:a", "aac", "-b:a", "160k", "-ac", "2")


def open_film(source: Path, folder: Path, document_type: DocumentType) -> Opened:
    """Look at both ends of a film, draw a thumbnail, and where screens cannot play it, write it as an H.264 MP4.

    Raises:
        PermanentError: corrupt, or empty_result for a film without a picture.
    """
    reading = _reading(source, document_type)
    found = _probed(reading)
    video = next((stream for stream in found["streams"] if stream["codec_type"] == "video"), None)
    if video is None:
        raise PermanentError(FailureReason.EMPTY_RESULT, "a film without a picture")
    length_seconds = float(found["format"].get("duration", 0)) or None
    _draw_thumbnail(reading, folder, length_seconds)
    if length_seconds is not None:
        _require_end(reading, length_seconds)
    if not document_type.convertible:
        return Opened(length_seconds=length_seconds)
    result = folder / "result.mp4"
    _write_film(reading, result, video, found["streams"])
    return Opened(result, length_seconds=length_seconds)


def open_drawing(source: Path, folder: Path, document_type: DocumentType) -> Opened:
    """Draw an SVG as large as the largest screen; nothing that it refers to is read.

    Raises:
        PermanentError: corrupt.
    """
    drawn = folder / "drawn.png"
    size = ("-width", str(SCREEN_BOX[0]), "-height", str(SCREEN_BOX[1]), "-keep_ar", "1")
    _ffmpeg((*size, *_reading(source, document_type), "-frames:v", "1", str(drawn)))
    return open_png(drawn, folder)


def _reading(source: Path, document_type: DocumentType) -> tuple[str, ...]:
    demultiplexer = _DEMULTIPLEXERS[document_type.extension]
    return ("-protocol_whitelist", "file", "-f", demultiplexer, "-i", f"file:{source}")


def _probed(reading: Sequence[str]) -> dict[str, Any]:
    shown = "stream=codec_type,codec_name,width,height,pix_fmt:format=duration"
    output = _run(("ffprobe", "-v", "error", *reading, "-show_entries", shown, "-of", "json"))
    probed: dict[str, Any] = json.loads(output)
    if not probed.get("streams"):
        raise PermanentError(FailureReason.CORRUPT, "it has no streams")
    return probed


def _draw_thumbnail(reading: Sequence[str], folder: Path, length_seconds: float | None) -> None:
    at = min(_THUMBNAIL_AT_SECONDS, (length_seconds or 0) / 2)
    frame = folder / "frame.png"
    _ffmpeg(("-ss", f"{at:.3f}", *reading, "-map", "0:v:0", "-frames:v", "1", str(frame)))
    if not frame.exists():
        raise PermanentError(FailureReason.CORRUPT, "no frame can be decoded")
    with Image.open(frame, formats=("PNG",)) as picture:
        draw_thumbnail(picture, folder)


def _require_end(reading: Sequence[str], length_seconds: float) -> None:
    """A film that is cut names a length that its frames do not reach."""
    start = max(0.0, length_seconds - _LAST_SECONDS)
    frames = _ffmpeg(("-ss", f"{start:.3f}", *reading, "-map", "0:v:0", "-f", "framecrc", "-"))
    if not any(line and not line.startswith("#") for line in frames.splitlines()):
        raise PermanentError(FailureReason.CORRUPT, f"there is nothing after {start:.0f} s of {length_seconds:.0f} s")


def _write_film(reading: Sequence[str], result: Path, video: dict[str, Any], streams: list[dict[str, Any]]) -> None:
    sizes = sorted((int(video.get("width", 0)), int(video.get("height", 0))))
    plays = video["codec_name"] == "h264" and video.get("pix_fmt") == "yuv420p"
    sounds = [stream["codec_name"] for stream in streams if stream["codec_type"] == "audio"]
    if plays and sizes <= [_SHORTEST_SIDE, _LONGEST_SIDE] and sizes[1] <= _LONGEST_SIDE and set(sounds) <= {"aac"}:
        coding: tuple[str, ...] = ("-c", "copy")
    else:
        coding = ("-vf", _SCALE.format(_LONGEST_SIDE, _SHORTEST_SIDE), "-fpsmax", "30", *_ENCODE, *_SOUND)
    kept = ("-map", "0:v:0", "-map", "0:a:0?", "-map_metadata", "-1")
    _ffmpeg((*reading, *kept, *coding, "-movflags", "+faststart", "-f", "mp4", str(result)))


def _ffmpeg(arguments: Sequence[str]) -> str:
    return _run(("ffmpeg", "-nostdin", "-v", "error", "-y", *arguments))


def _run(command: Sequence[str]) -> str:
    """What a program writes; the process that runs this is killed where it takes too long."""
    ended = subprocess.run(command, input=b"", capture_output=True, check=False)
    said = ended.stderr.decode("utf-8", "replace").strip()
    if ended.returncode != 0 or "partial file" in said:
        raise PermanentError(FailureReason.CORRUPT, f"{command[0]}: {said[-300:]}")
    return ended.stdout.decode("utf-8", "replace")
