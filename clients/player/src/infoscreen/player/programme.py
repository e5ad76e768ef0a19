"""What the server wants on the screen, as plain values: the *desired* of desired → cached → shown."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, Self

PDF = "application/pdf"
_SUFFIXES = {
    PDF: ".pdf",
    "image/png": ".png",
    "image/jpeg": ".jpg",
    "image/gif": ".gif",
    "image/bmp": ".bmp",
    "image/webp": ".webp",
    "image/tiff": ".tif",
    "video/mp4": ".mp4",
    "video/webm": ".webm",
    "video/x-matroska": ".mkv",
    "video/quicktime": ".mov",
    "video/x-msvideo": ".avi",
    "video/mpeg": ".mpg",
}


class Status(StrEnum):
    """What a medium is to the player."""

    PREPARING = "preparing"
    READY = "ready"
    FAILED = "failed"


class Standing(StrEnum):
    """How the player stands with its server."""

    CONNECTING = "connecting"
    ONLINE = "online"
    OFFLINE = "offline"
    REVOKED = "revoked"
    NOT_ENROLLED = "not_enrolled"


@dataclass(frozen=True, slots=True)
class Rendition:
    """A file to be shown, known by its content."""

    sha256: str
    size_bytes: int
    media_type: str = PDF

    @property
    def filename(self) -> str:
        """Its name on disk. Viewers tell the kind by the suffix."""
        return self.sha256 + _SUFFIXES.get(self.media_type, ".bin")


@dataclass(frozen=True, slots=True)
class Item:
    """A medium of the programme. A presigned URL lives for minutes and is not part of what an item is."""

    media_id: str
    status: Status
    title: str = ""
    rendition: Rendition | None = None
    eta_seconds: float | None = None
    message: str = ""
    url: str | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Programme:
    """What the player should show, in order. An empty one is an answer too: nothing is assigned."""

    items: tuple[Item, ...] = ()

    def with_item(self, item: Item) -> Self:
        """The same with one item told in more detail."""
        return replace(self, items=tuple(item if old.media_id == item.media_id else old for old in self.items))

    def item_with(self, sha256: str) -> Item | None:
        """The item whose content this is."""
        return next((item for item in self.items if item.rendition and item.rendition.sha256 == sha256), None)


_STATUSES = {"pending": Status.PREPARING, "processing": Status.PREPARING, "ready": Status.READY}


def item_from(document: Mapping[str, Any], media_id: str) -> Item:
    """An item from the gateway's JSON: of its manifest, or its answer for one medium.

    Raises:
        KeyError, TypeError, ValueError: it is not such a document.
    """
    status = _STATUSES.get(document["status"], Status.FAILED)
    rendition = None
    if status is Status.READY:
        rendition = Rendition(_sha256(document["sha256"]), int(document["size_bytes"]), str(document["media_type"]))
    eta = document.get("eta")
    return Item(
        media_id=media_id,
        status=status,
        title=str(document.get("filename") or ""),
        rendition=rendition,
        eta_seconds=float(eta) if eta is not None else None,
        message=str(document.get("error") or ""),
        url=document["url"] if rendition else None,
    )


def _sha256(value: object) -> str:
    """A digest; it becomes a file's name, so nothing else will do."""
    if not isinstance(value, str) or len(value) != 64 or not set(value) <= set("0123456789abcdef"):  # noqa: PLR2004
        raise ValueError(f"{value!r} is not a SHA-256 digest")
    return value
