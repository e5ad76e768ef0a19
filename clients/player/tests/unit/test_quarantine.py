from infoscreen.player.manifest import DisplayFile
from infoscreen.player.quarantine import FAILURES_PROVEN, FAILURES_UNPROVEN, Quarantine

FILE = DisplayFile("a" * 64, 1)


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def fail(quarantine: Quarantine, times: int, *, proven: bool = False) -> list[bool]:
    return [quarantine.record_failure(FILE, proven=proven) for _ in range(times)]


def test_unproven_file_is_quarantined_after_two_failures():
    quarantine = Quarantine(Clock())
    assert fail(quarantine, FAILURES_UNPROVEN) == [False, True]
    assert quarantine.holds(FILE)


def test_proven_file_is_quarantined_after_five_failures():
    quarantine = Quarantine(Clock())
    assert fail(quarantine, FAILURES_PROVEN, proven=True) == [False] * (FAILURES_PROVEN - 1) + [True]


def test_quarantine_ends_and_the_next_one_is_longer():
    clock = Clock()
    quarantine = Quarantine(clock)
    fail(quarantine, FAILURES_UNPROVEN)
    clock.now += 61
    assert not quarantine.holds(FILE)
    fail(quarantine, FAILURES_UNPROVEN)
    clock.now += 61
    assert quarantine.holds(FILE)
    clock.now += 60
    assert not quarantine.holds(FILE)


def test_release_forgets_the_failures():
    quarantine = Quarantine(Clock())
    fail(quarantine, FAILURES_UNPROVEN)
    quarantine.release(FILE)
    assert not quarantine.holds(FILE)
    assert fail(quarantine, 1) == [False]
