"""How long what is under way will still take."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from infoscreen.player_gateway.estimates import OpenConversion, Workload, estimate
from infoscreen.player_gateway.media_state import MediaState

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def pending(sequence: int, priority: str = "normal") -> MediaState:
    return MediaState(
        UUID(int=1), sequence, "a.pptx", "x/y", "h", 1, "k", "pending", priority=priority, requested_sequence=sequence
    )


def test_the_first_in_line_takes_as_long_as_a_conversion():
    assert estimate(pending(5), Workload([OpenConversion("normal", 5, "pending")], 8.0), NOW) == 8


def test_a_conversion_waits_for_earlier_ones_and_for_faster_lanes():
    waiting = [
        OpenConversion("normal", 1, "pending"),
        OpenConversion("urgent", 9, "pending"),
        OpenConversion("bulk", 2, "pending"),
    ]
    assert estimate(pending(5), Workload(waiting, 10.0), NOW) == 30


def test_conversions_under_way_count_as_workers_that_share_the_line():
    waiting = [OpenConversion("normal", number, "pending") for number in range(4)]
    under_way = [OpenConversion("normal", number, "processing") for number in (90, 91)]
    assert estimate(pending(50), Workload(waiting + under_way, 10.0), NOW) == 30


def test_a_conversion_under_way_takes_the_remaining_time_and_never_none():
    started = MediaState(UUID(int=1), 1, "a", "x/y", "h", 1, "k", "processing", started_at=NOW - timedelta(seconds=7))
    assert estimate(started, Workload((), 10.0), NOW) == 3
    assert estimate(started, Workload((), 2.0), NOW) == 1


def test_an_estimate_exists_before_the_first_conversion():
    assert estimate(pending(1), Workload((), None), NOW) > 0


def test_a_slow_conversion_takes_what_its_converter_told_and_is_not_estimated_where_that_cannot_tell():
    started = {"started_at": NOW - timedelta(seconds=100), "progressed_at": NOW - timedelta(seconds=20)}
    told = MediaState(UUID(int=1), 1, "a", "x/y", "h", 1, "k", "processing", **started, remaining_seconds=200.0)
    assert estimate(told, Workload((), 2.0), NOW) == 180
    silent = MediaState(UUID(int=1), 1, "a", "x/y", "h", 1, "k", "processing", **started)
    assert estimate(silent, Workload((), 2.0), NOW) is None
