"""Bodies of versions."""

from datetime import datetime
from typing import Self
from uuid import UUID

from pydantic import BaseModel, Field

from infoscreen.common.messaging.media_log import Generation


class Version(BaseModel):
    """A version of a medium: one upload whose original is there."""

    generation: int
    uploaded_at: datetime
    uploaded_by: str
    filename: str
    media_type: str
    size_bytes: int
    sha256: str
    current: bool = Field(description="True for the one that screens show")
    restores: int | None = Field(description="The earlier generation that it shows again")

    @classmethod
    def of(cls, generation: Generation, *, current: bool) -> Self:
        """A version as people see it."""
        facts = generation.upload.model_dump() | {"uploaded_at": generation.uploaded_at, "current": current}
        return cls.model_validate(facts | {"generation": generation.number})


class Versions(BaseModel):
    """The versions of a medium that are kept."""

    media_id: UUID
    versions: list[Version] = Field(description="The newest, which is the current one, first")
    size_bytes: int = Field(description="Of all of them")
