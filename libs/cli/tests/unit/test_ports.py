"""PortBook assigns each port once, and never one that is reserved."""

import pytest

from infoscreen.cli import ports
from infoscreen.cli.errors import SetupError


@pytest.fixture(autouse=True)
def _usual_range(monkeypatch):
    monkeypatch.delenv(ports.RANGE_VARIABLE, raising=False)


def test_a_reserved_port_is_never_assigned(monkeypatch):
    free = ports.PortBook().port("any")
    monkeypatch.setattr(ports, "FIRST_PORT", free)
    monkeypatch.setattr(ports, "LAST_PORT", free + 1)
    monkeypatch.setattr(ports, "is_free", lambda _port: True)
    assert ports.PortBook().port("nats") == free
    monkeypatch.setattr(ports, "LAST_PORT", free + 2)
    assert ports.PortBook(reserved=free).port("nats") == free + 1


def test_a_companion_port_is_not_assigned_again(monkeypatch):
    free = ports.PortBook().port("any")
    monkeypatch.setattr(ports, "FIRST_PORT", free)
    monkeypatch.setattr(ports, "LAST_PORT", free + 1)
    monkeypatch.setattr(ports, "is_free", lambda _port: True)
    book = ports.PortBook()
    assert book.port("admin", companion_offset=1) == free
    monkeypatch.setattr(ports, "LAST_PORT", free + 3)
    assert book.port("nats") == free + 2


def test_ports_are_of_the_range_that_the_environment_names(monkeypatch):
    free = ports.PortBook().port("any")
    monkeypatch.setenv(ports.RANGE_VARIABLE, f"{free}-{free}")
    book = ports.PortBook()
    assert book.port("nats") == free
    with pytest.raises(SetupError, match=f"from {free} to {free} is free"):
        book.port("postgres")


@pytest.mark.parametrize("wanted", ["20000", "a-b", "20000-", "23999-20000", "0-10", "20000-65536", "1-2-3"])
def test_what_is_no_range_of_ports_is_refused_in_words(monkeypatch, wanted):
    monkeypatch.setenv(ports.RANGE_VARIABLE, wanted)
    with pytest.raises(SetupError, match="no range of ports"):
        ports.PortBook().port("any")
