"""The clocks of a player's machine, in a test's hands."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from infoscreen.player.clock import Clock, Machine


@dataclass
class FakeMachine(Machine):
    """A machine whose clocks stand still until the test moves them.

    Attributes:
        seconds: what the monotonic clock shows.
        system: the system's clock.
        ntp: whether the kernel takes that for synchronised.
        rtc: the battery-backed clock, or None.
    """

    seconds: float = 0.0
    system: datetime = field(default=datetime(2026, 1, 1, tzinfo=UTC))
    ntp: bool = False
    rtc: datetime | None = None

    def monotonic(self) -> float:
        return self.seconds

    def date(self) -> datetime:
        return self.system

    def synchronised(self) -> bool:
        return self.ntp

    def battery_backed(self) -> datetime | None:
        return self.rtc

    def wait(self, seconds: float) -> None:
        """Let time pass on each of the clocks."""
        self.seconds += seconds
        self.system += timedelta(seconds=seconds)
        self.rtc = self.rtc and self.rtc + timedelta(seconds=seconds)


def clock_at(date: str | datetime, machine: FakeMachine | None = None) -> Clock:
    """A clock that knows the date from the server."""
    moment = datetime.fromisoformat(date) if isinstance(date, str) else date
    clock = Clock(machine or FakeMachine())
    clock.observe(moment.astimezone(UTC).strftime("%a, %d %b %Y %H:%M:%S GMT"))
    return clock
