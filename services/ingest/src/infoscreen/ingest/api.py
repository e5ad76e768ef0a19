"""Ingest's HTTP routes: authenticate, find the file in the body, hand it to the use case."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import Depends, FastAPI, Header, Query, Request
from fastapi.responses import JSONResponse

from infoscreen.common.auth import Authenticator, Principal, Right, require
from infoscreen.common.document_types import DamagedFileError, UnsupportedTypeError
from infoscreen.common.events import Priority
from infoscreen.common.http_api import api_router, create_api, principal
from infoscreen.common.problem import problem_response, problems
from infoscreen.common.rate_limit import RateLimit, limited
from infoscreen.common.request_bodies import BoundedRoute
from infoscreen.common.roles import UPLOADERS
from infoscreen.ingest.errors import KeyReusedError, ReplacedFirstError, ShownAlreadyError, UnknownMediumError
from infoscreen.ingest.library import Library
from infoscreen.ingest.library_routes import LibraryRoutes
from infoscreen.ingest.paths import MEDIUM
from infoscreen.ingest.request_body import BodyLimits, read_file
from infoscreen.ingest.resumable import errors as resumable_errors
from infoscreen.ingest.resumable.headers import TusHeaders
from infoscreen.ingest.resumable.routes import ResumableRoutes, add_routes
from infoscreen.ingest.resumable.uploads import ResumableUploads
from infoscreen.ingest.schemas import PARKED, FileRefused, MediaAccepted, accepted
from infoscreen.ingest.upload import UploadRequest, Uploads
from infoscreen.ingest.versions import Versions

_STORED = {"description": "Stored and announced"}
_BODY = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "properties": {"file": {"type": "string", "format": "binary"}},
                }
            },
            "application/octet-stream": {"schema": {"type": "string", "format": "binary"}},
        },
    }
}

Filename = Annotated[
    str | None, Query(description="The file's name, of up to 255 characters, where the body is the file itself")
]
PriorityParameter = Annotated[Priority, Query(description="Which lane its conversion takes")]
Uploader = Annotated[Principal, Depends(principal)]
IdempotencyKey = Annotated[
    str | None, Header(max_length=255, description="Repeating an upload under the same key within a day adds nothing")
]


_REFUSALS: dict[type[Exception], tuple[int, str]] = {
    UnsupportedTypeError: (415, "unsupported_type"),
    DamagedFileError: (415, "damaged_file"),
    UnknownMediumError: (404, "not_found"),
    ReplacedFirstError: (409, "replaced_first"),
    ShownAlreadyError: (409, "shown_already"),
    KeyReusedError: (422, "idempotency_key_reused"),
    resumable_errors.GoneError: (410, "upload_gone"),
    resumable_errors.ForeignUploadError: (403, "foreign_upload"),
    resumable_errors.OffsetError: (409, "wrong_offset"),
    resumable_errors.OvertakenError: (409, "overtaken"),
    resumable_errors.BeyondLengthError: (413, "beyond_length"),
    resumable_errors.ChecksumError: (460, "checksum_mismatch"),
    resumable_errors.TooManyOpenError: (429, "too_much_unfinished"),
}
"""How each refusal of the use case is answered: a status and a stable code."""

_ERRORS = (422,)
_UPLOAD_ERRORS = problems(400, 408, 413, 415, *_ERRORS) | {415: {**problems(415)[415], "model": FileRefused}}


@dataclass(frozen=True)
class Dependencies:
    """What the routes need.

    Attributes:
        uploads: the use case.
        resumable: the use case of uploads in several requests.
        library: the use case of titles, tags and the trash.
        versions: the use case of showing an earlier version again.
        authenticate: finds the principal of a token.
        limits: of bodies.
        rate_limit: of requests.
        room: keeps room for one upload while a block lasts; raises UnavailableError where there is none.
    """

    uploads: Uploads
    resumable: ResumableUploads
    library: Library
    versions: Versions
    authenticate: Authenticator
    limits: BodyLimits
    rate_limit: RateLimit
    room: Callable[[], AbstractContextManager[None]]


def create_app(deps: Dependencies) -> FastAPI:
    """The public API of ingest."""
    allowed = require(deps.authenticate, *UPLOADERS)
    guard = limited(allowed, deps.rate_limit)
    routes = api_router(guard)

    async def upload_request(
        request: Request, who: Principal, filename: str | None, priority: Priority, key: str | None
    ) -> UploadRequest:
        file = await read_file(request, filename, deps.limits, Right(who, lambda: allowed(request)))
        return UploadRequest(file, who.person, priority, key)

    @routes.post(
        "/media",
        status_code=201,
        response_model=MediaAccepted,
        openapi_extra=_BODY,
        responses={201: _STORED, 202: PARKED, **_UPLOAD_ERRORS},
    )
    async def upload_media(
        request: Request,
        who: Uploader,
        *,
        filename: Filename = None,
        priority: PriorityParameter = Priority.NORMAL,
        idempotency_key: IdempotencyKey = None,
    ) -> JSONResponse:
        """Upload a file as a new medium."""
        with deps.room():
            upload = await upload_request(request, who, filename, priority, idempotency_key)
            return accepted(await deps.uploads.add(upload), stored=HTTPStatus.CREATED)

    @routes.put(
        MEDIUM,
        status_code=200,
        response_model=MediaAccepted,
        openapi_extra=_BODY,
        responses={200: _STORED, 202: PARKED, **problems(404), **_UPLOAD_ERRORS},
    )
    async def replace_media(
        media_id: UUID,
        request: Request,
        who: Uploader,
        *,
        filename: Filename = None,
        priority: PriorityParameter = Priority.NORMAL,
        idempotency_key: IdempotencyKey = None,
    ) -> JSONResponse:
        """Upload a file as the new generation of a medium."""
        with deps.room():
            upload = await upload_request(request, who, filename, priority, idempotency_key)
            return accepted(await deps.uploads.replace(media_id, upload), stored=HTTPStatus.OK)

    add_routes(routes, ResumableRoutes(deps.resumable, deps.limits, deps.room, allowed))
    in_order = api_router(guard, route_class=BoundedRoute)
    LibraryRoutes(deps.library, deps.versions).add(in_order)
    app = create_api("Infoscreen ingest", routes, in_order)
    app.add_middleware(TusHeaders)
    for refusal in _REFUSALS:
        app.add_exception_handler(refusal, _on_refusal)
    return app


async def _on_refusal(_: Request, error: Exception) -> JSONResponse:
    status, code = next(answer for kind, answer in _REFUSALS.items() if isinstance(error, kind))
    if isinstance(error, UnsupportedTypeError):
        return problem_response(status, code, str(error), kind=error.kind)
    return problem_response(status, code, str(error))
