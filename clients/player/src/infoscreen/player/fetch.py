"""Downloads the manifest's files into the file cache.

The fetcher first checks the files that are on the disk, without the network, so that a deck is on the screen within
seconds of a boot. Then it downloads one file at a time, the one first that is due first, and never gives up.
"""

import asyncio
import contextlib
from collections import Counter

import structlog

from infoscreen.player.backoff import delay_after, with_jitter
from infoscreen.player.download import ObjectStore, download
from infoscreen.player.errors import CorruptFileError, DiskFullError, PlayerError, UrlExpiredError
from infoscreen.player.follow import Source
from infoscreen.player.manifest import DisplayFile, Medium
from infoscreen.player.shared_state import SharedState

_FIRST_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS = 0.5, 30.0
_DISK = "disk"
_CHECKED_AT_ONCE = 4

_log = structlog.get_logger(__name__)


class Fetcher:
    """Keeps the file cache up to date with the manifest."""

    def __init__(self, store: ObjectStore, source: Source, state: SharedState) -> None:
        self._store = store
        self._source = source
        self._state = state
        self._failures: Counter[DisplayFile] = Counter()

    async def run(self) -> None:
        """Fetch for ever."""
        while True:
            change = self._state.change
            await self.check_disk()
            missing = self._missing()
            pause = await self._fetch(missing[0]) if missing else None
            if pause is None:
                await change.wait()
            else:
                await self._pause(pause)

    async def check_disk(self) -> None:
        """Check the files on the disk that this process has not checked yet, a few at a time."""
        cache, at_once = self._state.cache, asyncio.Semaphore(_CHECKED_AT_ONCE)

        async def check(file: DisplayFile) -> None:
            async with at_once:
                if await cache.check(file):
                    self._state.notify()

        await asyncio.gather(*(check(file) for file in self._state.needed_files if not cache.has(file)))

    async def _pause(self, seconds: float) -> None:
        """Wait for some seconds, or until the manifest names other files."""
        wanted = self._wanted()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while self._wanted() == wanted:
                    await self._state.change.wait()

    def _wanted(self) -> list[DisplayFile | None]:
        return [medium.file for medium in self._state.due_media]

    def _missing(self) -> list[Medium]:
        """The media whose file is not in the cache, those with the fewest failures first, then by when they are due."""
        missing = [m for m in self._state.due_media if m.file and not self._state.cache.has(m.file)]
        return sorted(missing, key=lambda medium: self._failures[medium.file] if medium.file else 0)

    async def _fetch(self, medium: Medium) -> float:
        """Attempt one download; returns the seconds to pause."""
        assert medium.file is not None  # noqa: S101 - _missing gives no others
        file = medium.file
        try:
            self._state.cache.make_room(file.size_bytes, self._state.kept_for(file), self._state.needed_files)
            await self._download(medium, file)
        except PlayerError as error:
            return self._failed(medium, file, error)
        except OSError as error:  # such as a memory card that has become read-only
            return self._failed(medium, file, DiskFullError(f"The player's disk fails: {error.strerror}."))
        _log.info("fetched", sha256=file.sha256, size_bytes=file.size_bytes)
        del self._failures[file]
        self._state.set_problem(_DISK, None)
        self._state.set_problem(f"download {medium.media_id}", None)
        self._state.notify()
        return 0

    async def _download(self, medium: Medium, file: DisplayFile) -> None:
        """Download by the manifest's URL at first, and by a fresh one if the store refuses that."""
        cache = self._state.cache
        if medium.url and not self._failures[file]:
            try:
                return await download(self._store, medium.url, file, cache)
            except UrlExpiredError:
                _log.info("url_expired", sha256=file.sha256)
        url = await self._source.fresh_url(file)
        if url is None:
            raise UrlExpiredError("The manifest no longer names the file.")
        return await download(self._store, url, file, cache)

    def _failed(self, medium: Medium, file: DisplayFile, error: PlayerError) -> float:
        self._failures[file] += 1
        pause = delay_after(self._failures[file], _FIRST_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS)
        if isinstance(error, DiskFullError):
            self._state.set_problem(_DISK, str(error))
            pause = _LONGEST_PAUSE_SECONDS
        elif isinstance(error, CorruptFileError):
            self._state.set_problem(f"download {medium.media_id}", f"A download is corrupt: {error}")
        _log.warning("fetch_failed", sha256=file.sha256, error=str(error))
        return with_jitter(pause)
