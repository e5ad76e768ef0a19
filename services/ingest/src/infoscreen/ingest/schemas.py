"""The bodies of ingest's answers, as its OpenAPI document describes them."""

from enum import StrEnum
from http import HTTPStatus
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from infoscreen.common.events.contracts import MAX_OWNER_CHARACTERS, MAX_TITLE_CHARACTERS
from infoscreen.common.formats.unsupported import UnsupportedKind
from infoscreen.common.problem import Problem
from infoscreen.ingest.actions import Answer
from infoscreen.ingest.library import MOST_TAGS, Medium
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


Owner = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_OWNER_CHARACTERS, pattern=_ONE_LINE),
]


class MediumChange(BaseModel):
    """What is to change of a medium; what is left out stays."""

    model_config = ConfigDict(extra="forbid")

    title: Title | None = None
    tags: Annotated[list[Tag], Field(max_length=MOST_TAGS, description="All that it is to have")] | None = None
    owner: Owner | None = Field(
        default=None, description="Whose it is to be: an account's id, or a name of the token file; for editors"
    )

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.title is None and self.tags is None and self.owner is None:
            raise ValueError("Send `title`, `tags` or `owner`.")
        return self


class Action(StrEnum):
    """What is to be done with each of some media."""

    TRASH = "trash"
    RESTORE = "restore"
    TAG = "tag"
    DELETE = "delete"


class ActionToDo(BaseModel):
    """One action, and the media that it is about."""

    model_config = ConfigDict(extra="forbid")

    action: Action = Field(description="`tag` adds and removes tags; `delete` is for good, and for operators")
    media_ids: Annotated[list[UUID], Field(min_length=1, max_length=200)]
    add: Annotated[list[Tag], Field(max_length=MOST_TAGS, description="Tags to be added, by `tag`")] = []
    remove: Annotated[list[Tag], Field(max_length=MOST_TAGS, description="Tags to be removed, by `tag`")] = []

    @model_validator(mode="after")
    def _tags_say_something(self) -> Self:
        if (self.action is Action.TAG) is not bool(self.add or self.remove):
            raise ValueError("Send `add`, or `remove`, or both with the action `tag`, and with no other one.")
        return self


class ActionResult(BaseModel):
    """What became of the action on one medium."""

    media_id: UUID
    status: int = Field(
        description="200: done; 403: the medium is another person's; 404: there is no such medium; "
        "409, 503: not done, as `detail` says"
    )
    detail: str | None = Field(description="What went wrong and what to do about it; null where it was done")


class ActionResults(BaseModel):
    """What became of an action, for each medium once."""

    results: list[ActionResult]

    @classmethod
    def of(cls, answers: list[Answer]) -> Self:
        """The answer to an action."""
        results = [ActionResult(media_id=a.media_id, status=a.status, detail=a.detail or None) for a in answers]
        return cls(results=results)


class MediumInOrder(BaseModel):
    """A medium as a change left it."""

    media_id: UUID
    filename: str
    title: str = Field(description="Its title, or the filename until it has one")
    tags: list[str] = Field(description="In the order of the alphabet")
    owner: str | None = Field(description="Who may change it beside editors; null for what is older than owners")
    links: Links

    @classmethod
    def of(cls, medium: Medium) -> Self:
        """The answer to a change."""
        return cls(
            media_id=medium.media_id,
            filename=medium.filename,
            title=medium.title,
            tags=list(medium.labels.tags),
            owner=medium.owner,
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
