"""The address of a client. Any client can write `X-Forwarded-For`: only the configured proxies are trusted with it."""

import ipaddress
from collections.abc import Sequence
from typing import Annotated, TypeAlias

from fastapi import Request
from pydantic import AfterValidator

Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network
_HOST_PREFIX_V6 = 64  # what one subscriber of a provider has at least


def parse_networks(text: str) -> list[Network]:
    """Networks, comma-separated, such as ``127.0.0.0/8,::1``.

    Raises:
        ValueError: one is none.
    """
    return [ipaddress.ip_network(part.strip()) for part in text.split(",") if part.strip()]


def _checked(text: str) -> str:
    parse_networks(text)
    return text


Networks = Annotated[str, AfterValidator(_checked)]
"""A setting that is networks, comma-separated."""


def client_address(request: Request, proxies: Sequence[Network]) -> str:
    """The address of the client that connected to the first trusted proxy; for IPv6, its network of 64 bits.

    Args:
        request: the request.
        proxies: where our proxies are. ``X-Forwarded-For`` is believed as far as they wrote it.
    """
    hops = [hop.strip() for value in request.headers.getlist("x-forwarded-for") for hop in value.split(",")]
    peer = request.client.host if request.client else ""
    known = peer
    for hop in [peer, *reversed(hops)]:
        try:
            address = ipaddress.ip_address(hop)
        except ValueError:
            break
        known = _subscriber(address)
        if not any(address in network for network in proxies):
            break
    return known


def _subscriber(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> str:
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    if address.ipv4_mapped:
        return str(address.ipv4_mapped)
    return str(ipaddress.ip_network((address, _HOST_PREFIX_V6), strict=False))
