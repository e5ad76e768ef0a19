"""The routes of resumable uploads (https://tus.io/protocols/resumable-upload, 1.0)."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Request, Response

from infoscreen.common.auth import Guard, Principal, Right
from infoscreen.common.events import Priority
from infoscreen.common.http_api import principal
from infoscreen.common.problem import ProblemError, problems
from infoscreen.ingest.body_problems import bad_request, empty_file, too_large
from infoscreen.ingest.request_body import BodyLimits, check_announced, clean_filename, read_body
from infoscreen.ingest.resumable import headers
from infoscreen.ingest.resumable.record import UploadRecord
from infoscreen.ingest.resumable.uploads import ResumableUploads
from infoscreen.ingest.schemas import FileRefused

Uploader = Annotated[Principal, Depends(principal)]
Version = Annotated[str | None, Header(alias="Tus-Resumable", description="1.0.0")]
Length = Annotated[str | None, Header(alias="Upload-Length", description="Of the file, in bytes")]
Offset = Annotated[str | None, Header(alias="Upload-Offset", description="Where the body begins in the file")]
Metadata = Annotated[
    str | None,
    Header(
        alias="Upload-Metadata",
        description="`filename`, and perhaps `priority`, and `replaces` with the id of a medium; values in base64",
    ),
]
ChecksumHeader = Annotated[
    str | None, Header(alias="Upload-Checksum", description="`sha1` or `sha256`, and the digest of the body in base64")
]
_BODY = {"content": {headers.OFFSET_STREAM: {"schema": {"type": "string", "format": "binary"}}}}
_REFUSED: dict[int | str, dict[str, Any]] = {415: {**problems(415)[415], "model": FileRefused}}


@dataclass(frozen=True)
class ResumableRoutes:
    """Makes the routes of the use case.

    Attributes:
        uploads: the use case.
        limits: of bodies, and of files.
        room: as of other uploads.
        allowed: asked again while a body lasts.
    """

    uploads: ResumableUploads
    limits: BodyLimits
    room: Callable[[], AbstractContextManager[None]]
    allowed: Guard

    async def begin(
        self, request: Request, who: Principal, length: str | None, described: str | None, checksum: str | None
    ) -> UploadRecord:
        """Begin an upload, perhaps with its first bytes."""
        size_bytes = _number(length, "Upload-Length")
        if size_bytes == 0:
            raise empty_file()
        if size_bytes > self.limits.max_bytes:
            raise too_large(self.limits.max_bytes)
        known = headers.parse_metadata(described)
        filename, priority, replaces = _filename(known), _priority(known), _replaces(known)
        if has_body := _has_body(request):
            _check_type(request)
        record = await self.uploads.begin(who.person, filename, priority, size_bytes, replaces=replaces)
        return await self.append(request, who, record.upload_id, 0, checksum) if has_body else record

    async def append(
        self, request: Request, who: Principal, upload_id: UUID, offset: int, checksum: str | None
    ) -> UploadRecord:
        """Go on with an upload."""
        body = read_body(request, self.limits.idle_seconds, Right(who, lambda: self.allowed(request)))
        claimed = headers.parse_checksum(checksum)
        with self.room():
            return await self.uploads.append(upload_id, who.name, offset, body, claimed)


def add_routes(to: APIRouter, ours: ResumableRoutes) -> None:
    """Add the routes of resumable uploads to a router with a guard."""
    uploads, limits = ours.uploads, ours.limits

    @to.options("/uploads", status_code=204, responses=problems())
    async def describe_uploads() -> Response:
        """What of tus is spoken here."""
        return Response(
            status_code=204,
            headers={
                "Tus-Version": headers.VERSION,
                "Tus-Extension": headers.EXTENSIONS,
                "Tus-Max-Size": str(limits.max_bytes),
                "Tus-Checksum-Algorithm": ",".join(headers.CHECKSUMS),
            },
        )

    @to.post(
        "/uploads",
        status_code=201,
        openapi_extra={"requestBody": _BODY},
        response_class=Response,
        responses=problems(400, 404, 408, 409, 410, 412, 413, 422, 460) | _REFUSED,
    )
    async def begin_upload(
        request: Request,
        who: Uploader,
        *,
        tus_resumable: Version = None,
        upload_length: Length = None,
        upload_metadata: Metadata = None,
        upload_checksum: ChecksumHeader = None,
    ) -> Response:
        """Begin a resumable upload, perhaps with its first bytes; go on at `Location` with PATCH."""
        check_announced(request, limits.max_bytes)
        headers.check_version(tus_resumable)
        record = await ours.begin(request, who, upload_length, upload_metadata, upload_checksum)
        location = {"Location": f"{headers.PATH}/{record.upload_id}"}
        return Response(status_code=201, headers=headers.progress(record) | location)

    @to.head(
        "/uploads/{upload_id}", status_code=200, response_class=Response, responses=problems(404, 410, 412, 415, 422)
    )
    async def tell_upload(upload_id: UUID, who: Uploader, tus_resumable: Version = None) -> Response:
        """How much of an upload is stored: go on after it. All of it means that the medium is announced."""
        headers.check_version(tus_resumable)
        record = await uploads.look(upload_id, who.name)
        told = {"Upload-Length": str(record.length), "Upload-Metadata": headers.metadata(record)}
        return Response(headers=headers.progress(record) | told | {"Cache-Control": "no-store"})

    @to.patch(
        "/uploads/{upload_id}",
        status_code=204,
        openapi_extra={"requestBody": _BODY},
        responses=problems(400, 404, 408, 409, 410, 412, 413, 422, 460) | _REFUSED,
    )
    async def resume_upload(
        upload_id: UUID,
        request: Request,
        who: Uploader,
        *,
        tus_resumable: Version = None,
        upload_offset: Offset = None,
        upload_checksum: ChecksumHeader = None,
    ) -> Response:
        """Go on with an upload; with the last byte it becomes a medium, whose id is in `Infoscreen-Media-Id`."""
        check_announced(request, limits.max_bytes)
        headers.check_version(tus_resumable)
        _check_type(request)
        offset = _number(upload_offset, "Upload-Offset")
        record = await ours.append(request, who, upload_id, offset, upload_checksum)
        return Response(status_code=204, headers=headers.progress(record))

    @to.delete("/uploads/{upload_id}", status_code=204, responses=problems(404, 409, 410, 412, 415, 422))
    async def end_upload(upload_id: UUID, who: Uploader, tus_resumable: Version = None) -> Response:
        """End an upload; what became a medium stays one."""
        headers.check_version(tus_resumable)
        await uploads.end(upload_id, who.name)
        return Response(status_code=204)


def _number(value: str | None, header: str) -> int:
    if value is None or not value.isascii() or not value.isdecimal() or len(value) > 18:  # noqa: PLR2004 - 64 bits
        raise bad_request("header_missing", f"Send the header {header} with a number of bytes.")
    return int(value)


def _filename(known: dict[str, str]) -> str:
    name = known.get("filename") or known.get("name")
    if name is None:
        raise bad_request("filename_missing", "Send the file's name as 'filename' in Upload-Metadata.")
    return clean_filename(name)


def _priority(known: dict[str, str]) -> Priority:
    try:
        return Priority(known.get("priority", Priority.NORMAL))
    except ValueError:
        lanes = ", ".join(Priority)
        raise bad_request("metadata_invalid", f"'priority' in Upload-Metadata is one of {lanes}.") from None


def _replaces(known: dict[str, str]) -> UUID | None:
    try:
        return UUID(known["replaces"]) if "replaces" in known else None
    except ValueError:
        raise bad_request("metadata_invalid", "'replaces' in Upload-Metadata is the id of a medium.") from None


def _has_body(request: Request) -> bool:
    return "transfer-encoding" in request.headers or request.headers.get("content-length", "0") != "0"


def _check_type(request: Request) -> None:
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != headers.OFFSET_STREAM:
        raise ProblemError(415, "offset_stream_expected", f"Send the bytes as Content-Type {headers.OFFSET_STREAM}.")
