"""What the player knows across a reboot: its manifest, the last good file of each medium, and a revocation.

With this and the file cache, a player that starts without a network shows yesterday's deck. On a full or broken disk
the player loses only the saved state and goes on without it.
"""

import asyncio
import json
from pathlib import Path
from typing import Any

import structlog

from infoscreen.player.files import replace_file
from infoscreen.player.manifest import DisplayFile, Item, Manifest, Status

FILE_NAME = "state.json"
_FORMER_NAME = "memory.json"  # what version 0.1.0 wrote, with `programme` for manifest and `preparing` for processing
_FORMER_PROCESSING = "preparing"

_log = structlog.get_logger(__name__)


class SavedState:
    """The state of one player, in one JSON file.

    Args:
        directory: holds the file; a file that version 0.1.0 left there is read once, and removed by the first save.
    """

    def __init__(self, directory: Path) -> None:
        self._path = directory / FILE_NAME
        self._former_path = directory / _FORMER_NAME
        self._stored: bytes | None = None
        self.manifest: Manifest | None = None
        self.last_good: dict[str, DisplayFile] = {}
        self.revoked = False

    def load(self) -> None:
        """Read the file. A file that cannot be read counts as empty, which the log says."""
        try:
            document = json.loads(self._content())
            items = document["manifest"] if "manifest" in document else document["programme"]
            self.manifest = Manifest(tuple(map(_item, items))) if items is not None else None
            self.last_good = {media_id: DisplayFile(**file) for media_id, file in document["last_good"].items()}
            self.revoked = bool(document["revoked"])
        except FileNotFoundError:
            pass
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            _log.warning("saved_state_unreadable", error=repr(error))

    def forget_unwanted(self) -> None:
        """Forget the last good files of media that the manifest does not name."""
        wanted = {item.media_id for item in self.manifest.items} if self.manifest else set()
        self.last_good = {media_id: file for media_id, file in self.last_good.items() if media_id in wanted}

    async def save(self) -> None:
        """Write the file if its content changed; in a thread, since memory cards are slow."""
        items = None if self.manifest is None else [_plain_item(item) for item in self.manifest.items]
        good = {media_id: _plain_file(file) for media_id, file in self.last_good.items()}
        content = json.dumps({"manifest": items, "last_good": good, "revoked": self.revoked}, indent=1).encode()
        if content == self._stored:
            return
        try:
            await asyncio.to_thread(self._write, content)
            self._stored = content
        except OSError as error:
            _log.warning("saved_state_not_written", error=repr(error))

    def _content(self) -> bytes:
        try:
            return self._path.read_bytes()
        except FileNotFoundError:
            return self._former_path.read_bytes()

    def _write(self, content: bytes) -> None:
        replace_file(self._path, content, 0o600)
        self._former_path.unlink(missing_ok=True)


def _plain_file(file: DisplayFile) -> dict[str, Any]:
    return {"sha256": file.sha256, "size_bytes": file.size_bytes, "media_type": file.media_type}


def _plain_item(item: Item) -> dict[str, Any]:
    """An item without its URL and its ETA, which are true for minutes only."""
    return {
        "media_id": item.media_id,
        "status": item.status.value,
        "title": item.title,
        "file": _plain_file(item.file) if item.file else None,
        "message": item.message,
        "seconds": item.seconds,
    }


def _item(plain: dict[str, Any]) -> Item:
    stored = plain["file"] if "file" in plain else plain["rendition"]
    file = DisplayFile(**stored) if stored else None
    status = Status.PROCESSING if plain["status"] == _FORMER_PROCESSING else Status(plain["status"])
    message, seconds = plain.get("message", ""), plain.get("seconds")
    return Item(plain["media_id"], status, plain["title"], file, message=message, seconds=seconds)
