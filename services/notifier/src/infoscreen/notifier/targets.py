"""Where webhooks may go: a host's addresses are looked up once, checked, and the connection is made to just these.

A name that leads to another address a moment later (DNS rebinding) therefore gains nothing.
"""

import asyncio
import ipaddress
import socket
from collections.abc import Sequence
from urllib.parse import urlsplit

from infoscreen.common.client_address import Network
from infoscreen.common.errors import InvalidError

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class ForbiddenTargetError(InvalidError):
    """A webhook leads where it must not; the message says why, and which setting allows it."""


def check_url(url: str, allowed: Sequence[Network]) -> None:
    """Check what can be told of a webhook's address without looking its name up.

    Raises:
        ForbiddenTargetError: it is no http or https URL of a host, or an address of a network that is not allowed.
    """
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        raise ForbiddenTargetError(f"This is no address of a webhook: {error}.") from error
    if parts.scheme not in ("http", "https") or not host or parts.username is not None or not url.isprintable():
        raise ForbiddenTargetError(
            "A webhook is an http or https address without a user name, as in https://host/path."
        )
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return
    _check_address(host, address, allowed)


async def pinned_address(host: str, port: int, allowed: Sequence[Network]) -> str:
    """The address to connect to for a host.

    Raises:
        ForbiddenTargetError: one of the host's addresses is in a network that is not allowed.
        OSError: the name cannot be looked up.
    """
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = [ipaddress.ip_address(str(entry[4][0]).partition("%")[0]) for entry in found]
    for address in addresses:
        _check_address(host, address, allowed)
    return str(addresses[0])


def _check_address(host: str, address: Address, allowed: Sequence[Network]) -> None:
    seen = address.ipv4_mapped or address if isinstance(address, ipaddress.IPv6Address) else address
    if any(seen in network for network in allowed) or (seen.is_global and not seen.is_multicast):
        return
    raise ForbiddenTargetError(
        f"{host} is at {seen}, which is no public address. An operator of the server allows networks of your own in "
        "NOTIFIER_ALLOWED_NETWORKS."
    )
