"""The manifest: which media the server wants on the screen, as plain values."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, Self

from infoscreen.player.programme import NOTHING, Item, Programme, programme_from, seconds_from

PDF, PICTURE, VIDEO = "application/pdf", "image/", "video/"
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
    """A file that the viewer can show, identified by its content.

    Attributes:
        page_seconds: the times that its deck gives its pages; None where the deck gives none.
    """

    sha256: str
    size_bytes: int
    media_type: str = PDF
    page_seconds: tuple[float | None, ...] = field(default=(), compare=False)

    @property
    def filename(self) -> str:
        """The file's name on the disk. Viewers recognise the type by the suffix."""
        return self.sha256 + _SUFFIXES.get(self.media_type, ".bin")


@dataclass(frozen=True, slots=True)
class Medium:
    """A medium of the manifest. Media compare without their URL, which is presigned anew for each manifest.

    Attributes:
        pages: how many pages of how many are converted, of a slow conversion that is under way.
    """

    media_id: str
    status: Status
    title: str = ""
    file: DisplayFile | None = None
    eta_seconds: float | None = None
    message: str = ""
    pages: tuple[int, int] | None = None
    url: str | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Manifest:
    """What the player should show: the media, each once, and the programme that says when.

    An empty manifest is an answer too: nothing is assigned.

    Attributes:
        player: the name that the server has for this player.
        etag: what the server calls this manifest.
    """

    media: tuple[Medium, ...] = ()
    programme: Programme = NOTHING
    player: str = ""
    etag: str | None = field(default=None, compare=False)

    @classmethod
    def of(cls, *media: Medium) -> "Manifest":
        """A manifest that shows media one after the other, always; a medium may be given more than once."""
        different = {medium.media_id: medium for medium in media}
        programme = Programme.of_items(*(Item(medium.media_id) for medium in media)) if media else NOTHING
        return cls(tuple(different.values()), programme)

    def medium(self, media_id: str | None) -> Medium | None:
        """The medium with this id."""
        return next((medium for medium in self.media if medium.media_id == media_id), None)

    def with_progress(self, progress: Medium) -> Self:
        """The same manifest, with the ETA, the pages and the message of a medium."""

        def updated(medium: Medium) -> Medium:
            if medium.media_id != progress.media_id:
                return medium
            return replace(medium, eta_seconds=progress.eta_seconds, pages=progress.pages, message=progress.message)

        return replace(self, media=tuple(map(updated, self.media)))

    def with_content(self, sha256: str) -> Medium | None:
        """The first medium whose file has this content."""
        return next((medium for medium in self.media if medium.file and medium.file.sha256 == sha256), None)


_STATUSES = {"pending": Status.PROCESSING, "processing": Status.PROCESSING, "ready": Status.READY}


def manifest_from(document: Mapping[str, Any]) -> Manifest:
    """A manifest from the gateway's JSON; one of schema 1 is a list of media, which are shown one after the other.

    Raises:
        KeyError, TypeError, ValueError, AttributeError: the JSON is not such a document.
    """
    player, etag = str(document.get("player") or ""), document.get("etag")
    if "playlists" in document:
        media = tuple(medium_from(plain, str(plain["media_id"])) for plain in document["files"])
        return Manifest(media, programme_from(document), player, etag)
    listed = Manifest.of(*(medium_from(plain, str(plain["media_id"])) for plain in document["media"]))
    return replace(listed, player=player, etag=etag)


def medium_from(document: Mapping[str, Any], media_id: str) -> Medium:
    """A medium from the gateway's JSON: from its manifest, or from its answer for one medium.

    Raises:
        KeyError, TypeError, ValueError: the JSON is not such a document.
    """
    status = _STATUSES.get(document["status"], Status.FAILED)
    file = None
    if status is Status.READY:
        size, media_type = int(document["size_bytes"]), str(document["media_type"])
        file = DisplayFile(_sha256(document["sha256"]), size, media_type, _timings(document.get("page_seconds")))
    eta = document.get("eta")
    return Medium(
        media_id=media_id,
        status=status,
        title=str(document.get("filename") or ""),
        file=file,
        eta_seconds=float(eta) if eta is not None else None,
        message=str(document.get("error") or ""),
        pages=_pages(document.get("pages_done"), document.get("pages_expected")),
        url=document["url"] if file else None,
    )


def _timings(plain: Iterable[float | None] | None) -> tuple[float | None, ...]:
    return tuple(seconds_from(seconds) if seconds is not None else None for seconds in plain or ())


def _pages(done: int | None, expected: int | None) -> tuple[int, int] | None:
    return (int(done), int(expected)) if done and expected else None


def _sha256(value: object) -> str:
    """A digest. It becomes the name of a file, so anything else is refused."""
    if not isinstance(value, str) or len(value) != 64 or not set(value) <= set("0123456789abcdef"):  # noqa: PLR2004
        raise ValueError(f"{value!r} is not a SHA-256 digest")
    return value
