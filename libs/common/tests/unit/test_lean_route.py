"""A lean route answers and is described as FastAPI's own would be."""

from typing import Annotated
from uuid import UUID

import httpx
import pytest
from fastapi import APIRouter, Depends, FastAPI, Header, Path, Query, Request, Response
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from pydantic import BaseModel

from infoscreen.common.lean_route import LeanRoute
from infoscreen.common.problem import install_problem_handlers

ID = "01935f3a-0000-7000-8000-000000000001"


def app_with(route_class):
    app, routes = FastAPI(), APIRouter(route_class=route_class)
    install_problem_handlers(app)

    @routes.get("/media/{media_id}/{name}")
    async def show(
        media_id: UUID,
        name: Annotated[str, Path(pattern="^[a-z]+$")],
        request: Request,
        wait: Annotated[float, Query(ge=0, le=60, alias="for")] = 0,
        *,
        loud: bool = False,
    ) -> Response:
        """Show it."""
        return JSONResponse([str(media_id), name, wait, loud, request.method])

    @routes.get("/search")
    async def search(q: str, x_page: Annotated[int | None, Header(ge=1)] = None) -> Response:
        return JSONResponse([q, x_page])

    app.include_router(routes)
    return app


@pytest.mark.parametrize("headers", [{}, {"X-Page": "2"}, {"x-page": "0"}], ids=["plain", "header", "wrong header"])
@pytest.mark.parametrize(
    "path",
    [
        f"/media/{ID}/deck",
        f"/media/{ID}/deck?for=2.5&loud=true",
        f"/media/{ID}/deck?for=1&for=2",
        f"/media/{ID}/deck?for=&other=1",
        f"/media/{ID}/deck?for=61&loud=perhaps",
        f"/media/{ID}/DECK",
        "/media/odd/DECK?for=x",
        "/search?q=a%20b",
        "/search?q=",
        "/search",
        "/nowhere",
    ],
)
async def test_a_lean_route_answers_as_fastapi_does(path, headers):
    answers = []
    for route_class in (APIRoute, LeanRoute):
        transport = httpx.ASGITransport(app_with(route_class))
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            answer = await client.get(path, headers=headers)
            answers.append((answer.status_code, answer.json()))
    assert answers[0] == answers[1]


def test_a_lean_route_is_described_as_any_other():
    assert app_with(LeanRoute).openapi() == app_with(APIRoute).openapi()


class Body(BaseModel):
    """Something to send."""


async def with_body(body: Body) -> Response:
    return Response()


async def with_dependency(request: Request, what: Annotated[str, Depends(lambda: "it")]) -> Response:
    return Response()


@pytest.mark.parametrize("handler", [with_body, with_dependency])
def test_a_lean_route_refuses_parameters_that_it_does_not_resolve(handler):
    with pytest.raises(TypeError, match="asks for more"):
        APIRouter(route_class=LeanRoute).add_api_route("/", handler, methods=["POST"])
