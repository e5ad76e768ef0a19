"""Proof of play: how often, and for how long, each screen showed each item on each day, as the players report it."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import tuple_
from sqlmodel import col, select

from infoscreen.catalog.database import Database
from infoscreen.catalog.models import MediaFile, Player
from infoscreen.catalog.programme.models import PlayedItem

COLUMNS = ("day", "screen", "medium", "times", "seconds", "player_id", "media_id", "item_id")
_PAGE = 2000
_KEY = (col(PlayedItem.day), col(PlayedItem.player_id), col(PlayedItem.item_id), col(PlayedItem.media_id))


@dataclass(frozen=True)
class Period:
    """Days in the screens' own calendars, both included; None where a medium or a screen does not matter."""

    first_day: date
    last_day: date
    media_id: UUID | None = None
    player_id: UUID | None = None


async def plays(database: Database, period: Period) -> AsyncIterator[list[tuple[Any, ...]]]:
    """Yield pages of rows with ``COLUMNS``, by day; each page is read for itself, so that none holds a connection.

    Raises:
        UnavailableError: Postgres is away.
    """
    after: tuple[Any, ...] | None = None
    while True:
        query = (
            select(PlayedItem, Player.name, MediaFile.filename)
            .join(Player, col(Player.id) == col(PlayedItem.player_id))
            .outerjoin(MediaFile, col(MediaFile.id) == col(PlayedItem.media_id))
            .where(col(PlayedItem.day).between(period.first_day, period.last_day))
        )
        if period.media_id:
            query = query.where(PlayedItem.media_id == period.media_id)
        if period.player_id:
            query = query.where(PlayedItem.player_id == period.player_id)
        if after:
            query = query.where(tuple_(*_KEY) > tuple_(*after))
        async with database.read() as session:
            rows = (await session.exec(query.order_by(*_KEY).limit(_PAGE))).all()
        yield [_row(*row) for row in rows]
        if len(rows) < _PAGE:
            return
        last = rows[-1][0]
        after = (last.day, last.player_id, last.item_id, last.media_id)


def _row(played: PlayedItem, screen: str, medium: str | None) -> tuple[Any, ...]:
    amounts = (played.times, round(played.seconds, 1))
    return (played.day, screen, medium or "", *amounts, played.player_id, played.media_id, played.item_id)
