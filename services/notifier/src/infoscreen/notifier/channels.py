"""Channels: where messages go."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from email_validator import EmailNotValidError, validate_email

from infoscreen.common.client_address import Network
from infoscreen.common.clock import Clock
from infoscreen.common.errors import ConflictError, InvalidError, NotFoundError
from infoscreen.common.events import new_media_id
from infoscreen.common.postgres import Connection
from infoscreen.notifier.database import Database, Delivery
from infoscreen.notifier.deliveries import Deliveries
from infoscreen.notifier.messages import test_notice
from infoscreen.notifier.schemas import ChannelChanges, ChannelSettings, Kind
from infoscreen.notifier.senders import new_secret
from infoscreen.notifier.targets import check_url

MOST_CHANNELS = 200
Row = dict[str, Any]


@dataclass(frozen=True)
class Channels:
    """Keeps the channels and tries them.

    Attributes:
        allowed: the private networks that webhooks may be in.
        sends_email: False where no mail server is set.
    """

    database: Database
    deliveries: Deliveries
    clock: Clock
    allowed: Sequence[Network]
    sends_email: bool

    async def create(self, wanted: ChannelSettings) -> Row:
        """Add a channel, with a secret of its own.

        Raises:
            InvalidError: its target is none of its kind.
            ConflictError: there are too many, or no mail server is set.
        """
        self._check(wanted.kind, wanted.target)
        values = (new_media_id(), *wanted.model_dump(mode="json").values(), new_secret(), self.clock())
        async with self.database.transaction() as connection:
            if await connection.fetchval("SELECT count(*) FROM channels") >= MOST_CHANNELS:
                raise ConflictError(f"There are {MOST_CHANNELS} channels already. Delete one that is not needed.")
            [row] = await connection.fetch(
                "INSERT INTO channels (id, name, kind, target, topics, secret, created_at)"
                " VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING *",
                *values,
            )
        return dict(row)

    async def list_all(self) -> list[Row]:
        """Every channel by name."""
        async with self.database.transaction() as connection:
            return [dict(row) for row in await connection.fetch("SELECT * FROM channels ORDER BY lower(name), id")]

    async def get(self, channel_id: UUID) -> Row:
        """One channel.

        Raises:
            NotFoundError: no channel has this id.
        """
        async with self.database.transaction() as connection:
            return await _get(connection, channel_id)

    async def change(self, channel_id: UUID, changes: ChannelSettings | ChannelChanges) -> Row:
        """Change what is given; the secret stays.

        Raises:
            NotFoundError: no channel has this id.
            InvalidError, ConflictError: as ``create``.
        """
        async with self.database.transaction() as connection:
            known = await _get(connection, channel_id)
            merged = known | changes.model_dump(mode="json", exclude_none=True)
            self._check(Kind(merged["kind"]), merged["target"])
            [row] = await connection.fetch(
                "UPDATE channels SET name = $2, kind = $3, target = $4, topics = $5 WHERE id = $1 RETURNING *",
                *(merged[name] for name in ("id", "name", "kind", "target", "topics")),
            )
        return dict(row)

    async def delete(self, channel_id: UUID) -> None:
        """Delete a channel, with what is on its way to it.

        Raises:
            NotFoundError: no channel has this id.
        """
        async with self.database.transaction() as connection:
            await _get(connection, channel_id)
            await connection.execute("DELETE FROM channels WHERE id = $1", channel_id)

    async def test(self, channel_id: UUID) -> str | None:
        """Send a message now, once; None if it arrived, else what went wrong.

        Raises:
            NotFoundError: no channel has this id.
        """
        channel, now = await self.get(channel_id), self.clock()
        kept = {name: channel[name] for name in ("kind", "target", "secret")}
        delivery = Delivery(
            id=uuid4(), channel_id=channel_id, **kept, body=test_notice(now), created_at=now, attempts=0
        )
        return await self.deliveries.attempt(delivery)

    def _check(self, kind: Kind, target: str) -> None:
        if kind is Kind.WEBHOOK:
            check_url(target, self.allowed)
            return
        try:
            validate_email(target, check_deliverability=False)
        except EmailNotValidError as error:
            raise InvalidError(f"{target!r} is no e-mail address: {error}") from error
        if not self.sends_email:
            raise ConflictError("No mail server is set, so no e-mail can be sent: see NOTIFIER_SMTP_HOST.")


async def _get(connection: Connection, channel_id: UUID) -> Row:
    row = await connection.fetchrow("SELECT * FROM channels WHERE id = $1 FOR UPDATE", channel_id)
    if row is None:
        raise NotFoundError(f"There is no channel {channel_id}.")
    return dict(row)
