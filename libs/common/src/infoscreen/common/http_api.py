"""The common base of the services' HTTP APIs: errors, request log, limits and authentication."""

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.routing import APIRoute

from infoscreen.common.auth import Guard, Principal, admitted_roles
from infoscreen.common.openapi import operation_id
from infoscreen.common.problem import install_problem_handlers
from infoscreen.common.request_bodies import RequestBodies
from infoscreen.common.request_log import install_request_log

_PRINCIPAL = "infoscreen.principal"


def api_router(guard: Guard | None = None, *, prefix: str = "", route_class: type[APIRoute] = APIRoute) -> APIRouter:
    """A router for routes below ``/api``.

    Args:
        guard: asked for every request before anything of its body is read; None for public routes.
        prefix: what follows ``/api`` in all its paths.
        route_class: FastAPI's own or, for the busiest, ``LeanRoute``.
    """
    return APIRouter(
        prefix=f"/api{prefix}",
        generate_unique_id_function=operation_id,
        route_class=_guarded(guard, route_class) if guard else route_class,
    )


def principal(request: Request) -> Principal:
    """A FastAPI dependency for routes with a guard: the principal of the request."""
    found: Principal = request.scope[_PRINCIPAL]
    return found


def create_api(title: str, *routers: APIRouter, max_body_bytes: int | None = None) -> FastAPI:
    """An API of these routers.

    Args:
        title: its name, for people.
        routers: made with ``api_router``.
        max_body_bytes: of any body that is read; a larger one is answered 413. None where routes count themselves.
    """
    app = FastAPI(
        title=title,
        version="1",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        generate_unique_id_function=operation_id,
        telemetry={"tracing": False, "metrics": False, "logs": False},  # the request log has all three
    )
    install_problem_handlers(app)
    app.add_middleware(RequestBodies, max_bytes=max_body_bytes)
    install_request_log(app)
    for router in routers:  # not include_router: what is included is matched twice for each request
        app.router.routes.extend(router.routes)
    return app


def _guarded(guard: Guard, route_class: type[APIRoute]) -> type[APIRoute]:
    """Check the guard before FastAPI reads the body: FastAPI reads it before any dependency, so even for a stranger."""

    class GuardedRoute(route_class):  # type: ignore[misc,valid-type]  # mypy knows no classes made at run time
        roles = admitted_roles(guard)

        def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
            handle: Callable[[Request], Coroutine[Any, Any, Response]] = super().get_route_handler()

            async def guarded(request: Request) -> Response:
                request.scope[_PRINCIPAL] = await guard(request)
                return await handle(request)

            return guarded

    return GuardedRoute
