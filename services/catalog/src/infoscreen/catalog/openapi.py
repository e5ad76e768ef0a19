"""The API's OpenAPI document: committed as docs/api/catalog.openapi.json, and checked for drift in CI."""

from typing import cast

from infoscreen.catalog.api import Dependencies, create_app
from infoscreen.common.openapi import render


class _Nothing:
    """Stands for every dependency: describing the API calls none of them."""

    def __getattr__(self, name: str) -> "_Nothing":
        return self


def document() -> str:
    """The document, as it is committed."""
    return render(create_app(cast("Dependencies", _Nothing())))
