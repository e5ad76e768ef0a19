"""What the player knows across a reboot: its manifest, the last good file of each medium, and what the time was.

With this and the file cache, a player that starts without a network shows yesterday's deck. On a full or broken disk
the player loses only the saved state and goes on without it.
"""

import asyncio
import json
from datetime import datetime
from pathlib import Path
from typing import Any

import structlog

from infoscreen.player.files import replace_file
from infoscreen.player.manifest import DisplayFile, Manifest, Medium, Status
from infoscreen.player.plays import Plays
from infoscreen.player.programme import NOTHING, Item, Programme, programme_document, programme_from

FILE_NAME = "state.json"
_FORMER_NAME = "memory.json"  # what version 0.1.0 wrote, with `programme` for manifest and `preparing` for processing
_FORMER_PROCESSING = "preparing"

_log = structlog.get_logger(__name__)


class SavedState:
    """The state of one player, in one JSON file.

    Args:
        directory: holds the file; a file that version 0.1.0 left there is read once, and removed by the first save.

    Attributes:
        last_shown: the media of the last playlist on the screen, in order.
        floor: a date that has passed; the player saves it every few minutes.
        override_left: the seconds that were left of the override then, by its id.
        done_commands: the ids of the commands that the player took up.
        plays: what was on the glass, for how long.
    """

    def __init__(self, directory: Path) -> None:
        self._path = directory / FILE_NAME
        self._former_path = directory / _FORMER_NAME
        self._stored: bytes | None = None
        self._saving = asyncio.Lock()
        self.manifest: Manifest | None = None
        self.last_good: dict[str, DisplayFile] = {}
        self.revoked = False
        self.last_shown: tuple[str, ...] = ()
        self.floor: datetime | None = None
        self.override_left: dict[str, float] = {}
        self.done_commands: tuple[str, ...] = ()
        self.plays = Plays()
        self._played: list[dict[str, Any]] = []

    def load(self) -> None:
        """Read the file. A file that cannot be read counts as empty, which the log says."""
        try:
            document = json.loads(self._content())
            self.manifest = _manifest(document)
            self.last_good = {media_id: _file(file) for media_id, file in document["last_good"].items()}
            self.revoked = bool(document["revoked"])
            self.last_shown = tuple(document.get("last_shown") or ())
            self.floor = datetime.fromisoformat(document["floor"]) if document.get("floor") else None
            self.override_left = dict(document.get("override_left") or {})
            self.done_commands = tuple(document.get("done_commands") or ())
            self.plays.load(document.get("played") or [])
            self.checkpoint()
        except FileNotFoundError:
            pass
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            _log.warning("saved_state_unreadable", error=repr(error))

    def forget_unwanted(self) -> None:
        """Forget the last good files of media that the manifest does not name."""
        wanted = {medium.media_id for medium in self.manifest.media} if self.manifest else set()
        self.last_good = {media_id: file for media_id, file in self.last_good.items() if media_id in wanted}

    def checkpoint(self) -> None:
        """Have the next save write how things were played up to now; each look would wear out a memory card."""
        self._played = self.plays.document()

    async def save(self) -> None:
        """Write the file if its content changed; in a thread, since memory cards are slow."""
        async with self._saving:
            content = json.dumps(self._document(), indent=1).encode()
            if content == self._stored:
                return
            try:
                await asyncio.to_thread(self._write, content)
                self._stored = content
            except OSError as error:
                _log.warning("saved_state_not_written", error=repr(error))

    def _document(self) -> dict[str, Any]:
        known = self.manifest
        return {
            "manifest": None if known is None else [_plain_medium(medium) for medium in known.media],
            "programme": None if known is None else programme_document(known.programme),
            "player": known.player if known else "",
            "last_good": {media_id: _plain_file(file) for media_id, file in self.last_good.items()},
            "revoked": self.revoked,
            "last_shown": self.last_shown,
            "floor": self.floor.isoformat() if self.floor else None,
            "override_left": self.override_left,
            "done_commands": self.done_commands,
            "played": self._played,
        }

    def _content(self) -> bytes:
        try:
            return self._path.read_bytes()
        except FileNotFoundError:
            return self._former_path.read_bytes()

    def _write(self, content: bytes) -> None:
        replace_file(self._path, content, 0o600)
        self._former_path.unlink(missing_ok=True)


def _plain_file(file: DisplayFile) -> dict[str, Any]:
    return {
        "sha256": file.sha256,
        "size_bytes": file.size_bytes,
        "media_type": file.media_type,
        "page_seconds": file.page_seconds,
    }


def _file(plain: dict[str, Any]) -> DisplayFile:
    return DisplayFile(**{**plain, "page_seconds": tuple(plain.get("page_seconds") or ())})


def _plain_medium(medium: Medium) -> dict[str, Any]:
    """A medium without its URL and its ETA, which are true for minutes only."""
    return {
        "media_id": medium.media_id,
        "status": medium.status.value,
        "title": medium.title,
        "file": _plain_file(medium.file) if medium.file else None,
        "message": medium.message,
    }


def _manifest(document: dict[str, Any]) -> Manifest | None:
    """The saved manifest; before there were programmes it was a list of media, each of which may have seconds."""
    former = "manifest" not in document
    plain = document["programme" if former else "manifest"]
    if plain is None:
        return None
    media = tuple(map(_medium, plain))
    if former or "programme" not in document:
        items = (Item(medium["media_id"], medium.get("seconds")) for medium in plain)
        return Manifest(Manifest.of(*media).media, Programme.of_items(*items) if media else NOTHING)
    return Manifest(media, programme_from(document["programme"]), document.get("player", ""))


def _medium(plain: dict[str, Any]) -> Medium:
    stored = plain["file"] if "file" in plain else plain["rendition"]
    status = Status.PROCESSING if plain["status"] == _FORMER_PROCESSING else Status(plain["status"])
    file = _file(stored) if stored else None
    return Medium(plain["media_id"], status, plain["title"], file, message=plain.get("message", ""))
