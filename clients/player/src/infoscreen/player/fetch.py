"""Gets what is wanted onto the disk: *desired → cached*.

What is on disk from before is checked first and without the network, so that a deck is on the screen within seconds of
a boot. Then one file at a time is downloaded, in the programme's order, for as long as it takes.
"""

import asyncio
import contextlib
import random
from collections import Counter

import structlog

from infoscreen.player.download import ObjectStore, download
from infoscreen.player.errors import CorruptFileError, DiskFullError, PlayerError, UrlExpiredError
from infoscreen.player.follow import Source
from infoscreen.player.programme import Item, Rendition
from infoscreen.player.state import PlayerState

_PAUSES_SECONDS = (0.5, 1, 2, 5, 10, 30)
_DISK = "disk"
_CHECKED_AT_ONCE = 4

_log = structlog.get_logger(__name__)


class Fetcher:
    """Keeps the shelf up to date with the programme."""

    def __init__(self, store: ObjectStore, source: Source, state: PlayerState) -> None:
        self._store = store
        self._source = source
        self._state = state
        self._failures: Counter[Rendition] = Counter()

    async def run(self) -> None:
        """Fetch for ever."""
        while True:
            change = self._state.change
            await self.look_at_disk()
            missing = self._missing()
            pause = await self._fetch(missing[0]) if missing else None
            if pause is None:
                await change.wait()
            else:
                await self._pause(pause)

    async def look_at_disk(self) -> None:
        """Check what is there from before, or not trusted any more; a few at a time, for the cores there are."""
        shelf, at_once = self._state.shelf, asyncio.Semaphore(_CHECKED_AT_ONCE)

        async def check(file: Rendition) -> None:
            async with at_once:
                if await shelf.check(file):
                    self._state.notify()

        await asyncio.gather(*(check(file) for file in self._state.kept if not shelf.has(file)))

    async def _pause(self, seconds: float) -> None:
        """Wait so long, or until something else is wanted."""
        wanted = self._wanted()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while self._wanted() == wanted:
                    await self._state.change.wait()

    def _wanted(self) -> list[Rendition | None]:
        programme = self._state.memory.programme
        return [item.rendition for item in programme.items] if programme else []

    def _missing(self) -> list[Item]:
        """Wanted and not there, those that failed least often first."""
        programme = self._state.memory.programme
        missing = (
            [i for i in programme.items if i.rendition and not self._state.shelf.has(i.rendition)] if programme else []
        )
        return sorted(missing, key=lambda item: self._failures[item.rendition] if item.rendition else 0)

    async def _fetch(self, item: Item) -> float:
        """Try once; returns how long to pause."""
        assert item.rendition is not None  # noqa: S101 - _missing gives no others
        file = item.rendition
        try:
            self._state.shelf.make_room(file.size_bytes, self._state.kept)
            await self._download(item, file)
        except PlayerError as error:
            return self._failed(item, file, error)
        except OSError as error:  # such as a card that has become read-only
            return self._failed(item, file, DiskFullError(f"The player's disk fails: {error.strerror}."))
        _log.info("fetched", sha256=file.sha256, size_bytes=file.size_bytes)
        del self._failures[file]
        self._state.problem(_DISK, None)
        self._state.problem(f"download {item.media_id}", None)
        self._state.notify()
        return 0

    async def _download(self, item: Item, file: Rendition) -> None:
        """With the URL at hand the first time, and with a fresh one if that is refused."""
        shelf = self._state.shelf
        if item.url and not self._failures[file]:
            try:
                return await download(self._store, item.url, file, shelf)
            except UrlExpiredError:
                _log.info("url_expired", sha256=file.sha256)
        url = await self._source.fresh_url(file)
        if url is None:
            raise UrlExpiredError("The file is not wanted any more.")
        return await download(self._store, url, file, shelf)

    def _failed(self, item: Item, file: Rendition, error: PlayerError) -> float:
        pauses = min(self._failures[file], len(_PAUSES_SECONDS) - 1)
        self._failures[file] += 1
        if isinstance(error, DiskFullError):
            self._state.problem(_DISK, str(error))
            pauses = len(_PAUSES_SECONDS) - 1
        elif isinstance(error, CorruptFileError):
            self._state.problem(f"download {item.media_id}", f"A download is corrupt: {error}")
        _log.warning("fetch_failed", sha256=file.sha256, error=str(error))
        return _PAUSES_SECONDS[pauses] * random.uniform(0.5, 1)  # noqa: S311 - jitter
