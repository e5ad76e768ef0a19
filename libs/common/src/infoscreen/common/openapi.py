"""An API's OpenAPI document as it is committed: FastAPI's own, corrected where FastAPI cannot know better."""

import json
from collections.abc import Callable
from typing import Any

from fastapi import FastAPI
from fastapi.routing import APIRoute

from infoscreen.common.auth import SESSION_COOKIE, admitted_roles
from infoscreen.common.problem import MEDIA_TYPE, Problem
from infoscreen.common.roles import Role

_PROBLEM_SCHEMA = {"$ref": f"#/components/schemas/{Problem.__name__}"}
_SECURITY_SCHEMES = {
    "token": {"type": "http", "scheme": "bearer", "description": "An opaque token, good for a role"},
    "session": {"type": "apiKey", "in": "cookie", "name": SESSION_COOKIE, "description": "The dashboard's cookie"},
}
PUBLIC: dict[str, Any] = {"security": []}
"""``openapi_extra`` of a route that asks for no token."""


def operation_id(route: APIRoute) -> str:
    """The handler's name, for FastAPI's ``generate_unique_id_function``: ids are an API's own names for its verbs."""
    return route.name


class _Nothing:
    """Takes the place of every dependency: the description of an API calls none of them."""

    def __getattr__(self, name: str) -> "_Nothing":
        return self


def document(create_app: Callable[[Any], FastAPI]) -> str:
    """An API's document, from the function that makes the app of its dependencies."""
    return render(create_app(_Nothing()))


def render(app: FastAPI) -> str:
    """The document as text: the same app gives the same bytes."""
    document: dict[str, Any] = app.openapi()
    for path in document["paths"].values():
        for operation in path.values():
            for response in operation["responses"].values():
                _name_problem_type(response)
    for route in app.routes:
        if isinstance(route, APIRoute) and (roles := _admitted(route)):
            for method in route.methods or ():
                document["paths"][route.path_format][method.lower()]["x-roles"] = list(roles)
    document["components"]["securitySchemes"] = _SECURITY_SCHEMES
    document["security"] = [{name: []} for name in _SECURITY_SCHEMES]
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _admitted(route: APIRoute) -> tuple[Role, ...]:
    """The roles that the guard of a route, or of its router, lets in."""
    guards = [route, *(dependency.call for dependency in route.dependant.dependencies)]
    return next((roles for guard in guards if (roles := admitted_roles(guard))), ())


def _name_problem_type(response: dict[str, Any]) -> None:
    """Errors are problem details (RFC 9457), which FastAPI describes as plain JSON."""
    content = response.get("content", {})
    if MEDIA_TYPE in content and "schema" in content.get("application/json", {}):  # a problem with more to tell
        response["content"] = {MEDIA_TYPE: content["application/json"]}
    elif any(media.get("schema") == _PROBLEM_SCHEMA for media in content.values()):
        response["content"] = {MEDIA_TYPE: {"schema": _PROBLEM_SCHEMA}}
