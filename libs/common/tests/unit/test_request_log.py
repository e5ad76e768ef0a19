"""One line and one observation for each request, with bounded labels."""

import asyncio

import httpx
import pytest
import structlog
from fastapi import FastAPI
from prometheus_client import REGISTRY

from infoscreen.common.problem import install_problem_handlers
from infoscreen.common.request_log import install_request_log
from infoscreen.common.tracing import current_traceparent

INCOMING = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@pytest.fixture
def app():
    app = FastAPI()
    install_problem_handlers(app)
    install_request_log(app)

    @app.get("/media/{media_id}")
    async def media(media_id: str):
        return current_traceparent()

    @app.get("/bug")
    async def bug():
        raise ZeroDivisionError

    return app


async def request(app, method, path, **headers):
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        return await client.request(method, path, headers=headers)


def observed(method, route, status):
    labels = {"method": method, "route": route, "status": status}
    return REGISTRY.get_sample_value("infoscreen_http_request_duration_seconds_count", labels) or 0


@pytest.mark.parametrize(
    ("method", "path", "label", "route", "status"),
    [
        ("GET", "/media/7?token=secret", "GET", "/media/{media_id}", 200),
        ("POST", "/media/7", "POST", "/media/{media_id}", 405),
        ("GET", "/nowhere/7", "GET", "unmatched", 404),
        ("GET", "/bug", "GET", "/bug", 500),
        ("BREW", "/nowhere", "other", "unmatched", 404),
    ],
)
async def test_a_request_is_one_line_and_one_observation(*, app, method, path, label, route, status):
    before = observed(label, route, str(status))
    with structlog.testing.capture_logs() as logs:
        await request(app, method, path)
    [line] = [line for line in logs if line["event"] == "request_handled"]
    assert (line["method"], line["path"], line["status"]) == (label, path.partition("?")[0], status)
    assert "secret" not in str(logs)
    assert observed(label, route, str(status)) == before + 1


async def test_a_request_continues_the_trace_it_came_with(app):
    response = await request(app, "GET", "/media/7", traceparent=INCOMING)
    assert response.json().split("-")[1] == INCOMING.split("-")[1]


async def test_a_request_without_a_trace_begins_one(app):
    assert (await request(app, "GET", "/media/7")).json() is not None


async def test_a_client_that_is_gone_before_the_answer_is_a_line_too(app):
    begun = asyncio.Event()

    @app.get("/slow")
    async def slow():
        begun.set()
        await asyncio.Event().wait()

    with structlog.testing.capture_logs() as logs:
        waiting = asyncio.create_task(request(app, "GET", "/slow"))
        await begun.wait()
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
    assert [line["status"] for line in logs if line["event"] == "request_handled"] == [499]
