"""A client's address: what our own proxies say, and no word of a client's own."""

import pytest
from starlette.requests import Request

from infoscreen.common.client_address import client_address, parse_networks

EDGE = parse_networks("127.0.0.0/8, 10.0.0.0/8, ::1")


def seen(peer, *forwarded):
    headers = [(b"x-forwarded-for", value.encode()) for value in forwarded]
    return client_address(Request({"type": "http", "client": (peer, 1), "headers": headers}), EDGE)


@pytest.mark.parametrize(
    ("peer", "forwarded", "address"),
    [
        ("203.0.113.7", [], "203.0.113.7"),
        ("203.0.113.7", ["198.51.100.1"], "203.0.113.7"),
        ("127.0.0.1", ["203.0.113.7"], "203.0.113.7"),
        ("127.0.0.1", ["198.51.100.1, 203.0.113.7"], "203.0.113.7"),
        ("127.0.0.1", ["198.51.100.1", "203.0.113.7"], "203.0.113.7"),
        ("127.0.0.1", ["203.0.113.7, 10.1.2.3"], "203.0.113.7"),
        ("127.0.0.1", [], "127.0.0.1"),
        ("127.0.0.1", ["127.0.0.2"], "127.0.0.2"),
        ("127.0.0.1", ["nonsense"], "127.0.0.1"),
        ("127.0.0.1", ["2001:db8:1:2:3:4:5:6"], "2001:db8:1:2::/64"),
        ("::1", ["2001:db8:1:2::1"], "2001:db8:1:2::/64"),
        ("::ffff:203.0.113.7", [], "203.0.113.7"),
    ],
)
def test_the_address_is_that_of_the_first_that_is_not_ours(peer, forwarded, address):
    assert seen(peer, *forwarded) == address


@pytest.mark.parametrize("text", ["10.0.0.1/8", "everywhere", "1.2.3.4/40"])
def test_an_invalid_network_is_refused(text):
    with pytest.raises(ValueError):
        parse_networks(text)
