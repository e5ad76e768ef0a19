"""The app: every resource's routes, and one form of error."""

from fastapi import FastAPI

from infoscreen.catalog.api import admin, conversions, events, media, players, session
from infoscreen.catalog.api.dependencies import Dependencies
from infoscreen.common.openapi import operation_id
from infoscreen.common.problem import install_problem_handlers
from infoscreen.common.request_log import install_request_log

_MAX_BODY_BYTES = 256 * 1024


def create_app(deps: Dependencies) -> FastAPI:
    """The public API of the catalog."""
    app = FastAPI(
        title="Infoscreen catalog",
        version="1",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        max_body_size=_MAX_BODY_BYTES,
        generate_unique_id_function=operation_id,
    )
    install_problem_handlers(app)
    install_request_log(app)
    for resource in (media, conversions, players, events, admin, session):
        app.include_router(resource.router(deps), prefix="/api")
    return app
