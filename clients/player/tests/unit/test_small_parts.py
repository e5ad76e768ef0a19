"""Clock, X11's names and watchdog: the small parts."""

import socket
import struct
from datetime import UTC, datetime

import pytest
from support.player_time import FakeMachine

from infoscreen.player.backoff import delay_after
from infoscreen.player.clock import Clock
from infoscreen.player.watchdog import Watchdog
from infoscreen.player.x11 import DisplayError, _cookie, display_number


def test_dates_come_from_the_server():
    machine = FakeMachine(seconds=100)
    clock = Clock(machine)
    assert clock.date_of(100) is None
    clock.observe("Mon, 23 Nov 2026 12:00:00 GMT")
    machine.wait(50)
    assert clock.date_of(130) == datetime(2026, 11, 23, 12, 0, 30, tzinfo=UTC)
    clock.observe("nonsense")
    clock.observe(None)
    assert clock.date_of(100) == datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.mark.parametrize(("name", "number"), [(":0", 0), (":12.0", 12), ("unix:3", 3)])
def test_local_display_name_has_a_number(name, number):
    assert display_number(name) == number


@pytest.mark.parametrize("name", ["", "host:0", "wayland-0"])
def test_name_of_a_remote_display_is_refused(name):
    with pytest.raises(DisplayError):
        display_number(name)


def entry(number: bytes, name: bytes, data: bytes) -> bytes:
    return struct.pack(">H", 256) + b"".join(struct.pack(">H", len(f)) + f for f in (b"host", number, name, data))


def test_cookie_of_the_right_display_is_found(tmp_path):
    authority = tmp_path / "Xauthority"
    authority.write_bytes(entry(b"0", b"MIT-MAGIC-COOKIE-1", b"zero") + entry(b"1", b"MIT-MAGIC-COOKIE-1", b"one"))
    assert _cookie(authority, 1) == b"one"
    assert _cookie(authority, 2) == b""
    assert _cookie(tmp_path / "none", 0) == b""


def test_watchdog_tells_systemd_that_the_player_is_ready_alive_and_stopping(tmp_path):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(str(tmp_path / "notify"))
        watchdog = Watchdog({"NOTIFY_SOCKET": str(tmp_path / "notify")})
        watchdog.ready()
        watchdog.alive()
        watchdog.alive()  # too soon after the one before: not sent
        watchdog.stopping()
        received = [systemd.recv(100) for _ in range(3)]
    assert received == [b"READY=1", b"WATCHDOG=1", b"STOPPING=1"]


def test_watchdog_without_systemd_does_nothing():
    Watchdog({}).ready()
    Watchdog({"NOTIFY_SOCKET": "/nowhere/at/all"}).alive()


def test_the_delay_doubles_with_each_failure_in_a_row_up_to_the_longest():
    assert [delay_after(failures, 0.5, 3) for failures in (1, 2, 3, 4, 5)] == [0.5, 1, 2, 3, 3]


def test_the_delay_stays_at_the_longest_after_a_million_failures():
    assert delay_after(1_000_000, 0.5, 30) == 30
