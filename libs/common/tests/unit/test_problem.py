"""Every error that leaves an app is a problem details object, the framework's own included."""

from typing import Annotated

import httpx
import pytest
from fastapi import FastAPI, HTTPException, Query

from infoscreen.common.errors import ConflictError, NotFoundError, UnavailableError
from infoscreen.common.problem import ProblemError, install_problem_handlers, problems


class MissingPageError(NotFoundError):
    """A kind of its own."""


ERRORS = {
    "problem": ProblemError(429, "slow_down", "Wait a moment.", {"Retry-After": "7"}),
    "not-found": NotFoundError("There is no such thing."),
    "kind-of-not-found": MissingPageError("There is no page 7."),
    "conflict": ConflictError("It is already there."),
    "unavailable": UnavailableError("The store is away."),
    "http": HTTPException(418, "Short and stout.", {"X-Pot": "tea"}),
    "large": HTTPException(413, "Send less."),
    "bug": ZeroDivisionError("a secret"),
}


@pytest.fixture
def client():
    app = FastAPI()
    install_problem_handlers(app)

    @app.get("/raise/{name}")
    async def fail(name: str):
        raise ERRORS[name]

    @app.get("/number")
    async def number(n: Annotated[int, Query(ge=1)]):
        return n

    @app.post("/number")
    async def post_number():
        return 1

    @app.delete("/only")
    async def delete_only():
        return 1

    return httpx.AsyncClient(transport=httpx.ASGITransport(app, raise_app_exceptions=False), base_url="http://test")


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/raise/problem", 429, "slow_down"),
        ("GET", "/raise/not-found", 404, "not_found"),
        ("GET", "/raise/kind-of-not-found", 404, "not_found"),
        ("GET", "/raise/conflict", 409, "conflict"),
        ("GET", "/raise/unavailable", 503, "unavailable"),
        ("GET", "/raise/http", 418, "im_a_teapot"),
        ("GET", "/raise/large", 413, "content_too_large"),
        ("GET", "/raise/bug", 500, "internal"),
        ("GET", "/nowhere", 404, "not_found"),
        ("PUT", "/number", 405, "method_not_allowed"),
        ("GET", "/number", 422, "invalid_request"),
        ("GET", "/number?n=0", 422, "invalid_request"),
    ],
)
async def test_an_error_is_a_problem_details_object(client, method, path, status, code):
    response = await client.request(method, path)
    problem = response.json()
    assert response.status_code == problem["status"] == status
    assert response.headers["content-type"] == "application/problem+json"
    assert problem["code"] == code
    assert problem["type"] == f"urn:infoscreen:problem:{code}"
    assert problem["title"]
    assert problem["detail"]


async def test_names_of_statuses_are_those_of_rfc_9110_with_every_python(client):
    assert (await client.get("/raise/large")).json()["title"] == "Content Too Large"
    assert (await client.get("/number")).json()["title"] == "Unprocessable Content"
    assert problems(422)[422]["description"] == "Unprocessable Content"


async def test_headers_of_an_error_are_kept(client):
    assert (await client.get("/raise/problem")).headers["Retry-After"] == "7"
    assert (await client.get("/raise/unavailable")).headers["Retry-After"] == "5"
    assert (await client.get("/raise/http")).headers["X-Pot"] == "tea"


async def test_an_invalid_request_is_told_where_it_is_wrong(client):
    problem = (await client.get("/number?n=x")).json()
    assert problem["errors"][0]["in"] == ["query", "n"]
    assert "query.n" in problem["detail"]


async def test_a_bug_says_nothing_about_itself(client):
    assert "secret" not in (await client.get("/raise/bug")).text


async def test_a_method_that_is_not_allowed_is_told_all_that_are(client):
    assert (await client.put("/number")).headers["Allow"] == "GET, POST"
    assert (await client.get("/only")).headers["Allow"] == "DELETE"
