"""Presigned URLs, each signed once and reused for a minute, because signing is the most expensive part of an answer."""

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import PurePath

from infoscreen.common.object_store import PRESIGNED_SECONDS, Presigner
from infoscreen.common.page_sheets import sheet_count, sheet_key
from infoscreen.player_gateway.media_state import MediaState

_WEBP = "image/webp"
_REUSED_SECONDS = 60.0
_CAPACITY = 10_000


@dataclass(frozen=True, slots=True)
class Link:
    """A URL with its end: valid for at least nine minutes when handed out."""

    url: str
    expires_at: datetime


class Links:
    """Signs URLs, and reuses each for a minute.

    Args:
        presigner: signs without the network.
        now: seconds since the epoch.
    """

    def __init__(self, presigner: Presigner, now: Callable[[], float] = time.time) -> None:
        self._presigner = presigner
        self._now = now
        self._signed: OrderedDict[tuple[str, str], tuple[float, Link]] = OrderedDict()

    def shown(self, state: MediaState) -> Link:
        """The object to show: the rendition of a medium that is ready, else its original."""
        if state.pdf_key is None:
            return self.original(state)
        return self._link(state.pdf_key, _named(state, PurePath(state.pdf_key).suffix), state.shown_media_type)

    def original(self, state: MediaState) -> Link:
        """The original, as it was uploaded."""
        return self._link(state.object_key, state.filename, state.media_type)

    def picture(self, state: MediaState) -> Link | None:
        """The picture of a medium's first page; an image is its own."""
        if state.thumbnail_key:
            return self.converted(state.thumbnail_key, state)
        if state.status == "not_needed" and state.media_type.startswith("image/"):
            return self.original(state)
        return None

    def sheet(self, state: MediaState, number: int) -> Link | None:
        """A sheet of page pictures, by its number from 0; None where the medium has fewer pages."""
        if not state.thumbnail_key or number >= sheet_count(state.pages or 0):
            return None
        return self._link(sheet_key(state.thumbnail_key, number), _named(state, ".webp"), _WEBP)

    def converted(self, key: str, state: MediaState) -> Link:
        """The rendition or the thumbnail of a medium, by its key."""
        return self.shown(state) if key == state.pdf_key else self._link(key, _named(state, ".webp"), _WEBP)

    def _link(self, key: str, filename: str, content_type: str) -> Link:
        now = self._now()
        remembered = self._signed.get((key, filename))
        if remembered is not None and remembered[0] > now:
            return remembered[1]
        url = self._presigner.get_url(key, filename, content_type)
        link = Link(url, datetime.fromtimestamp(int(now) + PRESIGNED_SECONDS, UTC))
        self._signed[key, filename] = (now + _REUSED_SECONDS, link)
        while len(self._signed) > _CAPACITY:
            self._signed.popitem(last=False)
        return link


def _named(state: MediaState, suffix: str) -> str:
    """The filename of the upload with another suffix; the filename may be any text."""
    stem = PurePath(state.filename).stem or "document"
    return f"{stem}{suffix}"
