"""A trace that comes in goes out again; where none comes in, one begins."""

import re

import pytest

from infoscreen.common.tracing import add_trace_id, current_traceparent, traced

TRACE_ID = "0af7651916cd43dd8448eb211c80319c"
INCOMING = f"00-{TRACE_ID}-b7ad6b7169203331-01"
TRACEPARENT = re.compile(r"00-[0-9a-f]{32}-[0-9a-f]{16}-01")


def test_no_traceparent_exists_outside_of_a_trace():
    assert current_traceparent() is None


def test_the_trace_of_the_headers_is_continued():
    with traced("work", {"traceparent": INCOMING}):
        assert current_traceparent().split("-")[1] == TRACE_ID
        assert add_trace_id(None, "info", {}) == {"trace_id": TRACE_ID}
    assert current_traceparent() is None
    assert add_trace_id(None, "info", {}) == {}


def test_without_headers_a_trace_begins_and_each_is_another_one():
    traces = set()
    for _ in range(3):
        with traced("work"):
            assert TRACEPARENT.fullmatch(current_traceparent())
            traces.add(current_traceparent())
    assert len(traces) == 3


def test_a_span_within_a_trace_belongs_to_it():
    with traced("outer", {"traceparent": INCOMING}), traced("inner"):
        assert current_traceparent().split("-")[1] == TRACE_ID


@pytest.mark.parametrize(
    "broken", ["", "x", "00-0-0-00", f"00-{'0' * 32}-b7ad6b7169203331-01", f"ff-{TRACE_ID}-b7ad6b7169203331-01"]
)
def test_a_broken_header_begins_a_trace_of_its_own(broken):
    with traced("work", {"traceparent": broken}):
        assert TRACEPARENT.fullmatch(current_traceparent())
        assert TRACE_ID not in current_traceparent()
