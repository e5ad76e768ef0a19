"""Liveness and readiness, with every dependency named, and metrics: what each service shows on its ops port."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

from fastapi import FastAPI, Response
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

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


async def _answer(checks: Mapping[str, Check]) -> JSONResponse:
    results = dict(zip(checks, await asyncio.gather(*map(_run, checks.values())), strict=True))
    healthy = all(result == "ok" for result in results.values())
    return JSONResponse({"status": "ok" if healthy else "unavailable", "checks": results}, 200 if healthy else 503)


def create_ops_app(liveness: Mapping[str, Check], readiness: Mapping[str, Check]) -> FastAPI:
    """The app for the ops port: ``/livez`` (restart me if not), ``/readyz`` (send me work), ``/metrics``."""
    app = FastAPI(openapi_url=None)

    @app.get("/livez")
    async def livez() -> JSONResponse:
        return await _answer(liveness)

    @app.get("/readyz")
    async def readyz() -> JSONResponse:
        return await _answer(readiness)

    @app.get("/metrics")
    async def metrics() -> Response:
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    return app
