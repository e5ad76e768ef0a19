"""The audit: who changed what, written in the transaction of the change."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from infoscreen.catalog.programme.models import AuditEntry


@dataclass(frozen=True)
class Author:
    """Who makes a change, and when."""

    name: str
    now: datetime


def record(
    session: AsyncSession,
    author: Author,
    what: str,
    subject: UUID,
    *,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> None:
    """Add an entry to the audit; it is written when the change is.

    Args:
        session: the change's own.
        author: the person.
        what: the noun and the verb, as ``playlist.created``.
        subject: the id of what is changed.
        before: its content before, as JSON; None where it did not exist.
        after: its content after, as JSON; None where it is gone.
    """
    session.add(AuditEntry(at=author.now, actor=author.name, what=what, subject=subject, before=before, after=after))
