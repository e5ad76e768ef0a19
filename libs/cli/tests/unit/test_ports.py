"""PortBook assigns each port once, and never one that is reserved."""

from infoscreen.cli import ports


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
