"""The app: every resource's routes, and one form of error."""

from fastapi import FastAPI

from infoscreen.common.openapi import operation_id
from infoscreen.common.problem import install_problem_handlers
from infoscreen.common.request_log import install_request_log
from infoscreen.player_gateway.api import media, player
from infoscreen.player_gateway.api.dependencies import Dependencies

_MAX_BODY_BYTES = 64 * 1024


def create_app(deps: Dependencies) -> FastAPI:
    """The public API of the gateway."""
    app = FastAPI(
        title="Infoscreen player gateway",
        version="1",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        max_body_size=_MAX_BODY_BYTES,
        generate_unique_id_function=operation_id,
    )
    install_problem_handlers(app)
    install_request_log(app)
    for resource in (media, player):
        app.include_router(resource.router(deps), prefix="/api")
    return app
