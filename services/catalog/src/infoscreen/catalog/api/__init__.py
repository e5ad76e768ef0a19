"""The catalog's HTTP API, one module a resource."""

from infoscreen.catalog.api.app import create_app
from infoscreen.catalog.api.dependencies import Dependencies

__all__ = ["Dependencies", "create_app"]
