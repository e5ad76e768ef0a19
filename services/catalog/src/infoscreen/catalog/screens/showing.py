"""Which screens are to show a medium, and how far each is with it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func, text
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from infoscreen.catalog.conversion_status import ConversionStatus
from infoscreen.catalog.models import Conversion, MediaFile, Player
from infoscreen.catalog.screens.receipt import ScreenReceipt, ScreenState, Versions, receipt_of

SILENT_AFTER = timedelta(seconds=90)
"""A player that was last heard of longer ago is offline; the dashboard says so of its screens after the same time."""

_CONCERNED = text("""
WITH lists AS (SELECT DISTINCT playlist_id AS id FROM playlist_items WHERE media_id = :media_id),
entries AS (
    SELECT e.group_id, e.player_id FROM schedule_entries e JOIN lists l ON l.id = e.playlist_id WHERE e.enabled
    UNION ALL SELECT o.group_id, NULL FROM overrides o
    WHERE o.media_id = :media_id AND o.ended_at IS NULL AND o.until > :now
)
SELECT p.id FROM players p
JOIN playlists own ON own.owner_player_id = p.id
LEFT JOIN group_members m ON m.player_id = p.id
LEFT JOIN screen_groups g ON g.id = m.group_id
WHERE p.revoked_at IS NULL AND (
    own.id IN (SELECT id FROM lists)
    OR (g.default_playlist_id IN (SELECT id FROM lists)
        AND NOT EXISTS (SELECT FROM playlist_items i WHERE i.playlist_id = own.id))
    OR EXISTS (SELECT FROM entries e WHERE e.player_id = p.id OR e.group_id = m.group_id
                                           OR (e.player_id IS NULL AND e.group_id IS NULL)))
""")


@dataclass(frozen=True)
class ScreenWithMedium:
    """A screen that is to show a medium, with what it has of it."""

    player_id: UUID
    name: str
    receipt: ScreenReceipt

    @property
    def has_current(self) -> bool:
        """True where the current version is on the screen, or comes when it is its turn."""
        return self.receipt.state in (ScreenState.SHOWING, ScreenState.HELD)


async def screens_with(session: AsyncSession, versions: Versions, now: datetime) -> list[ScreenWithMedium]:
    """Return every screen whose programme names a medium, by name."""
    connection = await session.connection()
    ids = (await connection.execute(_CONCERNED, {"media_id": versions.media_id, "now": now})).scalars().all()
    query = select(Player).where(col(Player.id).in_(ids)).order_by(func.lower(Player.name), col(Player.id))
    return [_screen(player, versions, now) for player in (await session.exec(query)).all()]


def versions_of(media: MediaFile, current: Conversion | None, conversions: Sequence[Conversion]) -> Versions:
    """Return the versions of a medium; of one that is shown as it is, only the current one is known."""
    if current is None:
        return Versions(media.id, media.sha256, {media.sha256: media.generation})
    generations = {c.pdf_sha256: c.generation for c in conversions if c.pdf_sha256}
    failed = current.status == ConversionStatus.FAILED and current.pdf_key is None  # or another profile is shown
    return Versions(media.id, current.pdf_sha256, generations, failed)


def _screen(player: Player, versions: Versions, now: datetime) -> ScreenWithMedium:
    online = player.last_seen_at is not None and now - player.last_seen_at < SILENT_AFTER
    receipt = receipt_of(player.report, versions, online=online)
    if not online:
        receipt = replace(receipt, since=player.last_seen_at)
    return ScreenWithMedium(player.id, player.name, receipt)
