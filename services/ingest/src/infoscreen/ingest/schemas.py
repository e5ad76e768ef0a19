"""The bodies of ingest's answers, as its OpenAPI document describes them."""

from http import HTTPStatus
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from infoscreen.common.events.contracts import MAX_TITLE_CHARACTERS
from infoscreen.common.formats.unsupported import UnsupportedKind
from infoscreen.common.problem import Problem
from infoscreen.ingest.library import Medium
from infoscreen.ingest.upload import UploadResult

_ONE_LINE = r"^[^\x00-\x1f\x7f]*$"


class Links(BaseModel):
    """Where to go on from here, relative to the edge."""

    self: str
    status: str
    display: str

    @classmethod
    def of(cls, media_id: UUID) -> Self:
        """The links of a medium."""
        base = f"/api/media/{media_id}"
        return cls(self=base, status=f"/api/conversions/{media_id}/status", display=f"{base}/display")


Title = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_TITLE_CHARACTERS, pattern=_ONE_LINE),
]
Tag = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=50, pattern=_ONE_LINE)]


class LabelsToSet(BaseModel):
    """A title, or all tags that a medium is to have, or both."""

    model_config = ConfigDict(extra="forbid")

    title: Title | None = None
    tags: Annotated[list[Tag], Field(max_length=50)] | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.title is None and self.tags is None:
            raise ValueError("Send `title`, or `tags`, or both.")
        return self


class MediumInOrder(BaseModel):
    """A medium as a change left it."""

    media_id: UUID
    filename: str
    title: str = Field(description="Its title, or the filename until it has one")
    tags: list[str] = Field(description="In the order of the alphabet")
    links: Links

    @classmethod
    def of(cls, medium: Medium) -> Self:
        """The answer to a change."""
        return cls(
            media_id=medium.media_id,
            filename=medium.filename,
            title=medium.title,
            tags=list(medium.labels.tags),
            links=Links.of(medium.media_id),
        )


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
        return cls(
            media_id=uploaded.media_id,
            filename=uploaded.filename,
            media_type=uploaded.media_type,
            size_bytes=uploaded.size_bytes,
            sha256=uploaded.sha256,
            conversion_status=result.conversion_status,
            links=Links.of(uploaded.media_id),
        )


PARKED: dict[str, Any] = {
    "model": MediaAccepted,
    "description": "Stored; its event waits in the bucket until NATS is back",
}


def accepted(result: UploadResult, stored: HTTPStatus) -> JSONResponse:
    """Answer an upload that was taken: with ``stored``, or with 202 where its event is parked."""
    body = MediaAccepted.of(result)
    headers = {"Location": body.links.self}
    return JSONResponse(body.model_dump(mode="json"), HTTPStatus.ACCEPTED if result.parked else stored, headers)
