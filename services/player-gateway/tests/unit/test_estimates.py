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


def test_who_is_behind_others_waits_for_them_and_for_faster_lanes_first():
    waiting = [
        OpenConversion("normal", 1, "pending"),
        OpenConversion("urgent", 9, "pending"),
        OpenConversion("bulk", 2, "pending"),
    ]
    assert estimate(pending(5), Workload(waiting, 10.0), NOW) == 30


def test_those_that_are_worked_on_share_the_line():
    waiting = [OpenConversion("normal", number, "pending") for number in range(4)]
    under_way = [OpenConversion("normal", number, "processing") for number in (90, 91)]
    assert estimate(pending(50), Workload(waiting + under_way, 10.0), NOW) == 30


def test_what_is_being_converted_takes_what_is_left_and_never_nothing():
    started = MediaState(UUID(int=1), 1, "a", "x/y", "h", 1, "k", "processing", started_at=NOW - timedelta(seconds=7))
    assert estimate(started, Workload((), 10.0), NOW) == 3
    assert estimate(started, Workload((), 2.0), NOW) == 1


def test_before_anything_was_converted_there_is_still_an_answer():
    assert estimate(pending(1), Workload((), None), NOW) > 0
