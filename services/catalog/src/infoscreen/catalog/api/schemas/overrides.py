"""Bodies of overrides."""

from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, Field, model_validator

from infoscreen.catalog.programme.models import Override

Text = Annotated[str, Field(min_length=1, max_length=500, pattern=r"^[^\x00]*$")]


class NewOverride(BaseModel):
    """What takes screens at once. With a medium and a text, a screen without the file shows the text."""

    group_id: UUID | None = Field(default=None, description="null: every screen")
    media_id: UUID | None = None
    text: Text | None = None
    until: AwareDatetime = Field(description="With its offset, as 2026-11-27T11:00:00Z")

    @model_validator(mode="after")
    def _shows_something(self) -> Self:
        if self.media_id is None and self.text is None:
            raise ValueError("an override needs something to show. Give a `media_id`, a `text`, or both.")
        return self


class OverrideDetail(BaseModel):
    """An override."""

    override_id: UUID
    group_id: UUID | None
    media_id: UUID | None
    text: str | None
    until: datetime
    created_at: datetime
    created_by: str
    ended_at: datetime | None = Field(description="When a person ended it before `until`")

    @classmethod
    def of(cls, override: Override) -> Self:
        """An override as operators see it."""
        return cls.model_validate(override.model_dump() | {"override_id": override.id})


class Overrides(BaseModel):
    """The overrides that are on, newest first: a screen shows the first that concerns it."""

    items: list[OverrideDetail]
