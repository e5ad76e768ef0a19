"""How far a conversion is, and how long it will still take."""

import pytest

from infoscreen.converter import document
from infoscreen.converter.document import Progress


@pytest.fixture
def now(monkeypatch):
    """The time, which a test sets."""
    seconds = [100.0]
    monkeypatch.setattr(document.time, "monotonic", lambda: seconds[0])
    return seconds


def test_what_remains_follows_from_the_pages_that_were_written_since_the_first_word(now):
    progress = Progress(pages=800)
    assert progress.remaining_seconds is None
    progress.note_pages(0, 800)
    assert progress.remaining_seconds is None
    now[0] += 20
    progress.note_pages(200, 800)
    assert progress.remaining_seconds == 60


def test_an_engine_that_says_nothing_leaves_the_pages_that_the_file_tells(now):
    assert (Progress(pages=3).pages, Progress(pages=3).remaining_seconds) == (3, None)
    assert Progress().pages is None
