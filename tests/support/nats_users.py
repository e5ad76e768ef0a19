"""NATS as `infoscreen up` runs it, with one more user, who may do everything: tests stand for every service at once."""

from pathlib import Path
from urllib.parse import urlsplit

from infoscreen.cli import servers
from infoscreen.cli.child import ChildSpec
from infoscreen.cli.ports import PortBook
from infoscreen.common.messaging.permissions import USERS

_PASSWORD = "n0thing-secret"
_OPEN = "  users: [\n"

PASSWORDS = dict.fromkeys(USERS, _PASSWORD)


def nats(directory: Path, ports: PortBook) -> ChildSpec:
    """A server whose users have one password between them."""
    spec = servers.nats(directory, ports, PASSWORDS)
    users = directory / "users.conf"
    users.write_text(users.read_text().replace(_OPEN, f'{_OPEN}    {{ user: tests, password: "{_PASSWORD}" }}\n'))
    return spec


def url(ports: PortBook) -> str:
    """The address for a client that may do everything."""
    return servers.nats_url(ports, "tests", _PASSWORD)


def as_user(address: str, user: str) -> str:
    """An address of such a server, with the credentials of another user."""
    return f"nats://{user}:{_PASSWORD}@{urlsplit(address).netloc.rpartition('@')[2]}"
