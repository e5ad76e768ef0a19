"""What the player knows across a reboot: what it should show, and what of it was last shown well.

With this and the shelf, a player that starts without a network shows yesterday's deck. A disk that is full or broken
costs only the memory: the player goes on without.
"""

import asyncio
import json
from pathlib import Path
from typing import Any

import structlog

from infoscreen.player.files import replace_file
from infoscreen.player.programme import Item, Programme, Rendition, Status

_log = structlog.get_logger(__name__)


class Memory:
    """The player's memory, kept in one JSON file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._stored: bytes | None = None
        self.programme: Programme | None = None
        self.last_good: dict[str, Rendition] = {}
        self.revoked = False

    def load(self) -> None:
        """Remember; what cannot be read is forgotten."""
        try:
            document = json.loads(self._path.read_bytes())
            programme = document["programme"]
            self.programme = Programme(tuple(map(_item, programme))) if programme is not None else None
            self.last_good = {media_id: Rendition(**file) for media_id, file in document["last_good"].items()}
            self.revoked = bool(document["revoked"])
        except FileNotFoundError:
            pass
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            _log.warning("memory_lost", error=repr(error))

    def forget_gone(self) -> None:
        """Forget what was good of media that are not wanted any more."""
        wanted = {item.media_id for item in self.programme.items} if self.programme else set()
        self.last_good = {media_id: file for media_id, file in self.last_good.items() if media_id in wanted}

    async def save(self) -> None:
        """Write what changed, if anything did; off the event loop, since cards are slow."""
        items = None if self.programme is None else [_plain_item(item) for item in self.programme.items]
        good = {media_id: _plain_file(file) for media_id, file in self.last_good.items()}
        content = json.dumps({"programme": items, "last_good": good, "revoked": self.revoked}, indent=1).encode()
        if content == self._stored:
            return
        try:
            await asyncio.to_thread(replace_file, self._path, content, 0o600)
            self._stored = content
        except OSError as error:
            _log.warning("memory_not_saved", error=repr(error))


def _plain_file(file: Rendition) -> dict[str, Any]:
    return {"sha256": file.sha256, "size_bytes": file.size_bytes, "media_type": file.media_type}


def _plain_item(item: Item) -> dict[str, Any]:
    """An item without what is true for a moment only."""
    rendition = _plain_file(item.rendition) if item.rendition else None
    status = item.status.value
    return {
        "media_id": item.media_id,
        "status": status,
        "title": item.title,
        "rendition": rendition,
        "message": item.message,
    }


def _item(plain: dict[str, Any]) -> Item:
    rendition = Rendition(**plain["rendition"]) if plain["rendition"] else None
    return Item(plain["media_id"], Status(plain["status"]), plain["title"], rendition, message=plain.get("message", ""))
