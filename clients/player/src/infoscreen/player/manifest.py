"""The manifest: which media the server wants on the screen, as plain values."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, Self

PDF, PICTURE, VIDEO = "application/pdf", "image/", "video/"
_LONGEST_SECONDS = 86_400.0
_SUFFIXES = {
    PDF: ".pdf",
    "image/png": ".png",
    "image/jpeg": ".jpg",
    "image/gif": ".png",  # impressive takes pictures by a few suffixes only, and opens them by their content
    "image/bmp": ".bmp",
    "image/webp": ".png",
    "image/tiff": ".tif",
    "video/mp4": ".mp4",
    "video/webm": ".webm",
    "video/x-matroska": ".mkv",
    "video/quicktime": ".mov",
    "video/x-msvideo": ".avi",
    "video/mpeg": ".mpg",
}


class Status(StrEnum):
    """The status of a medium in the manifest; the player treats the gateway's ``pending`` as ``processing``."""

    PROCESSING = "processing"
    READY = "ready"
    FAILED = "failed"


class Connection(StrEnum):
    """The player's relation to its server."""

    CONNECTING = "connecting"
    ONLINE = "online"
    OFFLINE = "offline"
    REVOKED = "revoked"
    NOT_ENROLLED = "not_enrolled"


@dataclass(frozen=True, slots=True)
class DisplayFile:
    """A file that the viewer can show, identified by its content."""

    sha256: str
    size_bytes: int
    media_type: str = PDF

    @property
    def filename(self) -> str:
        """The file's name on the disk. Viewers recognise the type by the suffix."""
        return self.sha256 + _SUFFIXES.get(self.media_type, ".bin")


@dataclass(frozen=True, slots=True)
class Item:
    """An entry of the manifest. Items compare without their URL, which is presigned anew for each manifest.

    Attributes:
        seconds: how long each page stays; None where the player's setting decides.
    """

    media_id: str
    status: Status
    title: str = ""
    file: DisplayFile | None = None
    eta_seconds: float | None = None
    message: str = ""
    seconds: float | None = None
    url: str | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Manifest:
    """What the player should show, in order; a medium may stand in it more than once.

    An empty manifest is an answer too: nothing is assigned.
    """

    items: tuple[Item, ...] = ()

    def with_progress(self, progress: Item) -> Self:
        """The same manifest, with the ETA and the message of a medium in each of its items."""

        def updated(item: Item) -> Item:
            if item.media_id != progress.media_id:
                return item
            return replace(item, eta_seconds=progress.eta_seconds, message=progress.message)

        return replace(self, items=tuple(map(updated, self.items)))

    def item_with(self, sha256: str) -> Item | None:
        """The first item whose file has this content."""
        return next((item for item in self.items if item.file and item.file.sha256 == sha256), None)


_STATUSES = {"pending": Status.PROCESSING, "processing": Status.PROCESSING, "ready": Status.READY}


def item_from(document: Mapping[str, Any], media_id: str) -> Item:
    """An item from the gateway's JSON: from an entry of its manifest, or from its answer for one medium.

    Raises:
        KeyError, TypeError, ValueError: the JSON is not such a document.
    """
    status = _STATUSES.get(document["status"], Status.FAILED)
    file = None
    if status is Status.READY:
        file = DisplayFile(_sha256(document["sha256"]), int(document["size_bytes"]), str(document["media_type"]))
    eta, seconds = document.get("eta"), document.get("seconds")
    return Item(
        media_id=media_id,
        status=status,
        title=str(document.get("filename") or ""),
        file=file,
        eta_seconds=float(eta) if eta is not None else None,
        message=str(document.get("error") or ""),
        seconds=_seconds(seconds) if seconds is not None else None,
        url=document["url"] if file else None,
    )


def _seconds(value: object) -> float:
    seconds = float(str(value))
    if not 0 < seconds <= _LONGEST_SECONDS:
        raise ValueError(f"{value!r} is not a number of seconds in a day")
    return seconds


def _sha256(value: object) -> str:
    """A digest. It becomes the name of a file, so anything else is refused."""
    if not isinstance(value, str) or len(value) != 64 or not set(value) <= set("0123456789abcdef"):  # noqa: PLR2004
        raise ValueError(f"{value!r} is not a SHA-256 digest")
    return value
