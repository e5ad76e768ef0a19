from infoscreen.player.programme import Rendition
from infoscreen.player.strikes import TIMES_PROVED, TIMES_UNPROVED, Strikes

FILE = Rendition("a" * 64, 1)


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def fail(strikes: Strikes, times: int, *, proved: bool = False) -> list[bool]:
    return [strikes.count(FILE, proved=proved) for _ in range(times)]


def test_a_new_file_is_given_up_after_two_failures():
    strikes = Strikes(Clock())
    assert fail(strikes, TIMES_UNPROVED) == [False, True]
    assert strikes.rejected(FILE)


def test_a_proven_file_gets_more_patience():
    strikes = Strikes(Clock())
    assert fail(strikes, TIMES_PROVED, proved=True) == [False] * (TIMES_PROVED - 1) + [True]


def test_a_file_is_tried_again_later_and_then_left_alone_for_longer():
    clock = Clock()
    strikes = Strikes(clock)
    fail(strikes, TIMES_UNPROVED)
    clock.now += 61
    assert not strikes.rejected(FILE)
    fail(strikes, TIMES_UNPROVED)
    clock.now += 61
    assert strikes.rejected(FILE)
    clock.now += 60
    assert not strikes.rejected(FILE)


def test_a_success_forgives():
    strikes = Strikes(Clock())
    fail(strikes, TIMES_UNPROVED)
    strikes.forgive(FILE)
    assert not strikes.rejected(FILE)
    assert fail(strikes, 1) == [False]
