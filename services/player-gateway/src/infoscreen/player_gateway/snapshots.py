"""Pictures of the screens: each player sends one now and then, and often while a person looks."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol, Self
from uuid import UUID

from infoscreen.common.clock import Clock
from infoscreen.common.errors import NotFoundError
from infoscreen.common.problem import ProblemError

LARGEST_BYTES = 64 * 1024
LOOKING = timedelta(seconds=60)
"""A person who looked this long ago counts as looking: the dashboard asks for a picture more often."""


@dataclass(frozen=True)
class Picture:
    """A picture, and its type."""

    content: bytes
    media_type: str

    @classmethod
    def of(cls, content: bytes) -> Self:
        """These bytes, whose first ones tell the type: what a browser is told must be what it gets.

        Raises:
            ProblemError: 415, they are neither WebP nor JPEG.
        """
        if content.startswith(b"RIFF") and content[8:12] == b"WEBP":
            return cls(content, "image/webp")
        if content.startswith(b"\xff\xd8\xff"):
            return cls(content, "image/jpeg")
        raise ProblemError(415, "unsupported_type", "A picture of a screen is WebP or JPEG.")


@dataclass(frozen=True)
class Snapshot:
    """What a screen showed at a time."""

    taken_at: datetime
    picture: Picture


class SnapshotStore(Protocol):
    """The catalog's pictures, one a player."""

    async def put_snapshot(self, player_id: UUID, picture: Picture) -> None:
        """Keep a player's picture in place of the one before."""

    async def snapshot(self, player_id: UUID) -> Snapshot | None:
        """A player's last picture, or None. Raises ``NotFoundError`` where there is no such player."""

    async def want_snapshots(self, player_id: UUID, until: datetime) -> None:
        """Ask a player for pictures until then."""


@dataclass(frozen=True)
class Snapshots:
    """Takes pictures from players, and shows them to people."""

    store: SnapshotStore
    clock: Clock

    async def keep(self, player_id: UUID, picture: Picture) -> None:
        """Keep a picture in place of the one before."""
        await self.store.put_snapshot(player_id, picture)

    async def looked_at(self, player_id: UUID) -> Snapshot:
        """The last picture of a player, which from now on sends more for a minute.

        Raises:
            NotFoundError: there is no such player, or no picture of it (yet).
        """
        found = await self.store.snapshot(player_id)
        await self.store.want_snapshots(player_id, self.clock() + LOOKING)
        if found is None:
            raise NotFoundError("There is no picture of this screen (yet). Its player sends one within a minute.")
        return found
