"""What the gateway answers, as its OpenAPI document shows it."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, Field


class Shown(BaseModel):
    """What to show, for programs that download it themselves."""

    status: Literal["ready"] = "ready"
    url: str = Field(description="Presigned: GET only, until `expires_at`")
    expires_at: datetime
    sha256: str
    size_bytes: int
    pages: int | None = Field(description="null for what is shown as it is")
    media_type: str


class UnderWay(BaseModel):
    """Nothing to show yet."""

    status: Literal["pending", "processing"]
    message: str
    eta: float | None = Field(description="Seconds, estimated")


class Failed(BaseModel):
    """The document could not be converted."""

    status: Literal["failed"] = "failed"
    error: str = Field(description="What to do about it, for people")
    reason: str | None
    retryable: bool
