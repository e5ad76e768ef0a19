"""RFC 9457 problem details: the one form in which every HTTP error leaves a service, the framework's own included."""

import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.routing import Match

from infoscreen.common.errors import (
    RETRY_AFTER_SECONDS,
    ConflictError,
    InfoscreenError,
    InvalidError,
    NotFoundError,
    PreconditionError,
    UnavailableError,
)
from infoscreen.common.ownership import NotOwnerError

MEDIA_TYPE = "application/problem+json"
TYPE_PREFIX = "urn:infoscreen:problem:"
_log = structlog.get_logger(__name__)


_TITLES = {
    413: "Content Too Large",
    414: "URI Too Long",
    416: "Range Not Satisfiable",
    422: "Unprocessable Content",
    460: "Checksum Mismatch",
}
"""Names by RFC 9110, which Python has since 3.13, and of the status that only tus defines."""


class Problem(BaseModel):
    """An error for people and programs, after RFC 9457."""

    type: str = Field(description="A URI that identifies the kind of problem: `urn:infoscreen:problem:` and its code")
    title: str
    status: int
    detail: str = Field(description="What went wrong and what to do about it")
    code: str = Field(description="A stable name for programs")


BODY = (400, 408, 413, 422)
"""What can be wrong with a JSON body: no JSON at all, too slow, too large, not what is asked for."""


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """OpenAPI's account of the errors a route answers, beside those that every guarded route has."""
    every = sorted({401, 403, 429, 503, *statuses})
    return {status: {"model": Problem, "content": {MEDIA_TYPE: {}}, "description": _title(status)} for status in every}


def _title(status: int) -> str:
    return _TITLES.get(status) or HTTPStatus(status).phrase


class ProblemError(InfoscreenError):
    """An error that knows its HTTP answer.

    Args:
        status: the HTTP status.
        code: a stable name for programs, in snake_case.
        detail: what went wrong and what to do about it, for people.
        headers: response headers, such as ``Retry-After``.
    """

    def __init__(self, status: int, code: str, detail: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(detail)
        self.status, self.code, self.detail, self.headers = status, code, detail, headers


def problem_response(
    status: int, code: str, detail: str, headers: Mapping[str, str] | None = None, **extra: Any
) -> JSONResponse:
    """A problem details response."""
    problem = Problem(type=TYPE_PREFIX + code, title=_title(status), status=status, detail=detail, code=code)
    return JSONResponse(problem.model_dump() | extra, status, headers, media_type=MEDIA_TYPE)


def install_problem_handlers(app: FastAPI) -> None:
    """Make every error of an app, expected or not, a problem details response."""
    app.add_exception_handler(ProblemError, _on_problem)
    app.add_exception_handler(HTTPException, _on_http_exception)
    app.add_exception_handler(RequestValidationError, _on_invalid_request)
    for expected in _EXPECTED:
        app.add_exception_handler(expected, _on_expected)
    app.add_exception_handler(Exception, _on_unexpected)


async def _on_problem(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, ProblemError)  # noqa: S101 - Starlette's signature is wider than its promise
    return problem_response(error.status, error.code, error.detail, error.headers)


async def _on_http_exception(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)  # noqa: S101 - as above
    headers = dict(error.headers or {})
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        headers["Allow"] = ", ".join(_allowed_methods(request))
    code = re.sub(r"[ -]", "_", _title(error.status_code).lower().replace("'", ""))
    return problem_response(error.status_code, code, str(error.detail), headers)


def _allowed_methods(request: Request) -> list[str]:
    """All methods of a resource (RFC 9110, 15.5.6); Starlette names those of one of its routes only."""
    matching = (route for route in request.app.routes if route.matches(request.scope)[0] is not Match.NONE)
    return sorted({method for route in matching for method in route.methods or ()})


async def _on_invalid_request(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - as above
    errors = [{"in": list(map(str, e["loc"])), "message": e["msg"]} for e in error.errors()]
    detail = "; ".join(f"{'.'.join(e['in'])}: {e['message']}" for e in errors)
    return problem_response(422, "invalid_request", f"The request is not valid: {detail}", errors=errors)


_EXPECTED: dict[type[Exception], tuple[int, str, dict[str, str]]] = {
    NotOwnerError: (403, "not_owner", {}),
    NotFoundError: (404, "not_found", {}),
    ConflictError: (409, "conflict", {}),
    PreconditionError: (412, "precondition_failed", {}),
    InvalidError: (422, "invalid_request", {}),
    UnavailableError: (503, "unavailable", {"Retry-After": f"{RETRY_AFTER_SECONDS:.0f}"}),
}


async def _on_expected(_: Request, error: Exception) -> JSONResponse:
    status, code, headers = next(answer for kind, answer in _EXPECTED.items() if isinstance(error, kind))
    return problem_response(status, code, str(error), headers)


async def _on_unexpected(request: Request, error: Exception) -> JSONResponse:
    _log.error("request_failed", path=request.url.path, exc_info=error)
    detail = "Something went wrong on our side. Try again; if it persists, tell your operator."
    return problem_response(500, "internal", detail)
