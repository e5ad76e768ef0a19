"""The gateway's HTTP routes: who may see which medium, and the form in which the answer leaves."""

from dataclasses import dataclass
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, FastAPI, Path, Query, Request, Response
from fastapi.responses import JSONResponse

from infoscreen.common.auth import Authenticator, Role, require
from infoscreen.common.errors import NotFoundError
from infoscreen.common.problem import Problem, install_problem_handlers
from infoscreen.player_gateway.database import MediaState, PlayerView
from infoscreen.player_gateway.display import Display
from infoscreen.player_gateway.links import PDF, Links
from infoscreen.player_gateway.schemas import Failed, Shown, UnderWay

_PROBLEM = {"model": Problem, "content": {"application/problem+json": {}}}
_PROBLEMS: dict[int | str, dict[str, Any]] = dict.fromkeys((401, 403, 404, 422, 503), _PROBLEM)
_RETRY_AFTER_SECONDS = 2
_NO_STORE = {"Cache-Control": "no-store"}
_MESSAGES = {"pending": "Waiting to be converted.", "processing": "Being converted."}

Wait = Annotated[float, Query(ge=0, le=60, description="Wait up to so many seconds while it is under way")]
ConvertedPath = Annotated[str, Path(pattern=r"^[0-9a-f]{64}/[0-9a-f-]{36}\.(pdf|webp)$")]


@dataclass(frozen=True)
class Dependencies:
    """What the routes need."""

    display: Display
    view: PlayerView
    links: Links
    authenticate: Authenticator


def create_app(deps: Dependencies) -> FastAPI:
    """The public API of the gateway."""
    app = FastAPI(title="Infoscreen player gateway", version="1", docs_url=None, redoc_url=None, openapi_url=None)
    install_problem_handlers(app)
    viewers = [Depends(require(deps.authenticate, Role.PLAYER, Role.UPLOADER, Role.OPERATOR))]

    @app.get(
        "/api/media/{media_id}/display",
        dependencies=viewers,
        response_model=Shown | Failed,
        responses={202: {"model": UnderWay}, 302: {"description": "Where to get it"}, **_PROBLEMS},
    )
    async def display(media_id: UUID, request: Request, wait: Wait = 0) -> Response:
        """What to show for a medium: a redirect to it, or for `Accept: application/json` a description."""
        state = await deps.display.state(media_id, wait)
        as_json = "application/json" in request.headers.get("accept", "")
        return _display_answer(state, deps.links, as_json=as_json)

    @app.get(
        "/api/media/{media_id}/thumbnail",
        dependencies=viewers,
        status_code=307,
        response_class=Response,
        responses=_PROBLEMS,
    )
    async def thumbnail(media_id: UUID) -> Response:
        """The picture of a medium's first page; an image is its own."""
        state = await deps.display.state(media_id)
        if state.status == "ready" and state.thumbnail_key:
            return _redirect(307, deps.links.converted(state.thumbnail_key, state).url)
        if state.status == "not_needed" and state.media_type.startswith("image/"):
            return _redirect(307, deps.links.shown(state).url)
        raise NotFoundError(f"There is no thumbnail of medium {media_id} (yet).")

    @app.get(
        "/api/files/converted/{path:path}",
        dependencies=viewers,
        status_code=307,
        response_class=Response,
        responses=_PROBLEMS,
    )
    async def converted_file(path: ConvertedPath) -> Response:
        """A converted file by its path, as long as it is the current one of some medium."""
        key = f"converted/{path}"
        state = await deps.view.media_with(key)
        if state is None:
            raise NotFoundError("There is no such converted file.")
        return _redirect(307, deps.links.converted(key, state).url)

    return app


def _display_answer(state: MediaState, links: Links, *, as_json: bool) -> Response:
    if state.under_way:
        body = UnderWay.model_construct(status=state.status, message=_MESSAGES[state.status], eta=None)  # type: ignore[arg-type]
        headers = {"Retry-After": str(_RETRY_AFTER_SECONDS), **_NO_STORE}
        return JSONResponse(body.model_dump(mode="json"), 202, headers)
    if state.status == "failed":
        failed = Failed(error=state.message or "", reason=state.reason, retryable=bool(state.retryable))
        return JSONResponse(failed.model_dump(mode="json"), 200, _NO_STORE)
    link = links.shown(state)
    if not as_json:
        return _redirect(302, link.url)
    converted = state.pdf_key is not None
    shown = Shown(
        url=link.url,
        expires_at=link.expires_at,
        sha256=(state.pdf_sha256 if converted else None) or state.sha256,
        size_bytes=(state.pdf_size_bytes if converted else None) or state.size_bytes,
        pages=state.pages,
        media_type=PDF if converted else state.media_type,
    )
    return JSONResponse(shown.model_dump(mode="json"), 200, _NO_STORE)


def _redirect(status: int, url: str) -> Response:
    return Response(status_code=status, headers={"Location": url, **_NO_STORE})
