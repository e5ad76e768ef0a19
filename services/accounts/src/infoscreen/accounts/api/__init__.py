"""The HTTP API of accounts, one module a resource."""

from infoscreen.accounts.api.app import create_app
from infoscreen.accounts.api.dependencies import Dependencies

__all__ = ["Dependencies", "create_app"]
