"""Bodies of the audit."""

from datetime import datetime
from typing import Any, Self
from uuid import UUID

from pydantic import BaseModel, Field

from infoscreen.catalog.programme.audit import ListedEntry


class AuditItem(BaseModel):
    """A change, and who made it."""

    entry_id: UUID
    at: datetime
    actor: str = Field(description="Who made it")
    what: str = Field(description="The noun and the verb, as playlist.created")
    subject: UUID = Field(description="The id of what was changed")
    subject_name: str | None = Field(description="What that is called now, or was when it was deleted")
    before: dict[str, Any] | None = Field(description="null where it did not exist")
    after: dict[str, Any] | None = Field(description="null where it is gone")

    @classmethod
    def of(cls, listed: ListedEntry) -> Self:
        """An entry as people see it."""
        entry = listed.entry.model_dump()
        return cls.model_validate(entry | {"entry_id": entry["id"], "subject_name": listed.subject_name})


class AuditPage(BaseModel):
    """A page of the audit, newest first."""

    items: list[AuditItem]
    next_cursor: str | None = Field(description="Pass it as `cursor` for the next page; null on the last one")
