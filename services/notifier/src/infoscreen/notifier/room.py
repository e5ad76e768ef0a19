"""Watches the room of disks, and of the stream: once either is full, uploads fail."""

import asyncio
import shutil
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import nats.errors
import structlog

from infoscreen.common.errors import UnavailableError
from infoscreen.common.messaging import topology
from infoscreen.common.messaging.connection import Connection
from infoscreen.common.waiting import wait_for
from infoscreen.notifier.conditions import Conditions
from infoscreen.notifier.notices import Change, State, Topic

_INTERVAL_SECONDS = 30.0
_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class RoomWatch:
    """Keeps as conditions what is fuller than a share of it."""

    conditions: Conditions
    connection: Connection
    paths: Sequence[Path]
    full_share: float

    async def run(self, stop: asyncio.Event) -> None:
        """Look again and again until told to stop."""
        while not stop.is_set():
            try:
                await self.look()
            except (UnavailableError, TimeoutError, nats.errors.Error, OSError) as error:
                _log.warning("room_unknown", error=repr(error))
            await wait_for(stop, _INTERVAL_SECONDS)

    async def look(self) -> None:
        """Look once."""
        info = await self.connection.js.stream_info(topology.STREAM)
        used = {"the stream of facts": info.state.bytes / (info.config.max_bytes or info.state.bytes or 1)}
        for path in self.paths:
            disk = shutil.disk_usage(path)
            used[f"the disk of {path}"] = 1 - disk.free / disk.total
        changes = [self._change(name, share) for name, share in used.items()]
        await self.conditions.note(changes, time.time_ns())

    def _change(self, name: str, share: float) -> Change:
        full = share >= self.full_share
        text = f"{name} is fuller than {self.full_share:.0%}" if full else f"{name} has room"
        return Change(Topic.DISK, name, State.TROUBLE if full else State.OVER, text)
