"""The delays between attempts."""

from itertools import islice

from infoscreen.common.backoff import delays


def test_delays_double_up_to_the_longest():
    assert list(islice(delays(0.05, 0.3), 5)) == [0.05, 0.1, 0.2, 0.3, 0.3]


def test_no_delay_is_above_the_longest():
    assert list(islice(delays(5, 3), 2)) == [3, 3]


def test_delays_stay_at_the_longest_for_ever():
    assert next(islice(delays(0.5, 10), 5000, None)) == 10


def test_jitter_shortens_a_delay_by_its_share_at_most():
    jittered = list(islice(delays(1, 1, jitter=0.5), 200))
    assert all(0.5 <= delay <= 1 for delay in jittered)
    assert len(set(jittered)) > 1
