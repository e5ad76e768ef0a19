"""Liveness and readiness, with every dependency named, and metrics: what each service shows on its ops port."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

from fastapi import FastAPI, Response
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from infoscreen.common.observability import CHECK_OK
from infoscreen.common.request_bodies import RequestBodies

Check = Callable[[], Awaitable[str | None]]
"""Returns None when healthy, else what is wrong, in words."""

_CHECK_SECONDS = 3.0


async def _run(check: Check) -> str:
    try:
        async with asyncio.timeout(_CHECK_SECONDS):
            return await check() or "ok"
    except TimeoutError:
        return f"no answer within {_CHECK_SECONDS:g} s"
    except Exception as error:  # noqa: BLE001 - a probe reports trouble, whatever it is
        return f"{type(error).__name__}: {error}"


async def _answer(required: Mapping[str, Check], reported: Mapping[str, Check]) -> JSONResponse:
    checks = {**required, **reported}
    results = dict(zip(checks, await asyncio.gather(*map(_run, checks.values())), strict=True))
    troubled = {name for name, result in results.items() if result != "ok"}
    for name in results:
        CHECK_OK.labels(name).set(name not in troubled)
    status = "unavailable" if troubled & required.keys() else "degraded" if troubled else "ok"
    return JSONResponse({"status": status, "checks": results}, 503 if status == "unavailable" else 200)


def create_ops_app(
    liveness: Mapping[str, Check], readiness: Mapping[str, Check], *, reported: Mapping[str, Check] | None = None
) -> FastAPI:
    """The app for the ops port: ``/livez`` (restart me if not), ``/readyz`` (send me work), ``/metrics``.

    Args:
        liveness: what only a restart mends.
        readiness: what the service cannot work without.
        reported: what it can do without for a while; shown with readiness, but no reason to take it out.
    """
    app = FastAPI(openapi_url=None)
    app.add_middleware(RequestBodies, max_bytes=0)

    @app.get("/livez")
    async def livez() -> JSONResponse:
        return await _answer(liveness, {})

    @app.get("/readyz")
    async def readyz() -> JSONResponse:
        return await _answer(readiness, reported or {})

    @app.get("/metrics")
    async def metrics() -> Response:
        await _answer(readiness, reported or {})  # so that each scrape sees what is away now
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    return app
