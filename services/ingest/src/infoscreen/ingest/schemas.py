"""The bodies of ingest's answers, as its OpenAPI document describes them."""

from typing import Literal
from uuid import UUID

from pydantic import BaseModel, Field

from infoscreen.common.formats.unsupported import UnsupportedKind
from infoscreen.common.problem import Problem
from infoscreen.ingest.upload import UploadResult


class Links(BaseModel):
    """Where to go on from here, relative to the edge."""

    self: str
    status: str
    display: str


class FileRefused(Problem):
    """A file that cannot be shown: damaged (`damaged_file`), or of a type that is not (`unsupported_type`)."""

    kind: UnsupportedKind | None = Field(None, description="What the file is, where its type is not supported")


class MediaAccepted(BaseModel):
    """An upload that is stored and will be dealt with, whatever breaks."""

    media_id: UUID
    filename: str
    media_type: str
    size_bytes: int
    sha256: str
    status: Literal["uploaded"] = "uploaded"
    conversion_status: str = Field(description="pending, ready (these bytes were converted before) or not_needed")
    links: Links

    @classmethod
    def of(cls, result: UploadResult) -> "MediaAccepted":
        """The answer to an upload."""
        uploaded = result.uploaded
        base = f"/api/media/{uploaded.media_id}"
        return cls(
            media_id=uploaded.media_id,
            filename=uploaded.filename,
            media_type=uploaded.media_type,
            size_bytes=uploaded.size_bytes,
            sha256=uploaded.sha256,
            conversion_status=result.conversion_status,
            links=Links(self=base, status=f"/api/conversions/{uploaded.media_id}/status", display=f"{base}/display"),
        )
