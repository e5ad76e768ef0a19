import re

import pytest

from infoscreen.player.viewer_health import EntryExpectation, Expectation, Fault, ViewerHealth

TITLE = re.compile(r"\((\d+)/(\d+)\)")
DECK = Expectation((EntryExpectation(pages=5, page_seconds=10),))
SLOW = Expectation((EntryExpectation(pages=2, page_seconds=120),))
PICTURE, VIDEO = EntryExpectation(page_seconds=10), EntryExpectation(page_seconds=90)
LIST = Expectation((PICTURE, VIDEO, PICTURE))


class FakeWindow:
    def __init__(self, page: int = 1, pages: int = 5) -> None:
        self.title: str | None = ""
        self.picture = True
        self.pages = pages
        self.turn_to(page)

    def turn_to(self, page: int) -> None:
        self.title = f"deck ({page}/{self.pages})"

    async def page_title(self) -> str | None:
        return self.title

    async def has_picture(self) -> bool:
        return self.picture


def health_of(expected: Expectation) -> ViewerHealth:
    return ViewerHealth(expected, TITLE, 0)


async def test_deck_whose_pages_turn_is_healthy():
    window, health = FakeWindow(), health_of(DECK)
    for now in range(0, 1000, 10):
        window.turn_to(now // 10 % 5 + 1)
        assert await health.fault(window, now) is None


async def test_page_that_does_not_turn_is_a_fault():
    window, health = FakeWindow(), health_of(DECK)
    assert await health.fault(window, 0) is None
    assert await health.fault(window, 60) is None
    assert await health.fault(window, 61) == Fault("the viewer hangs: no page was turned")


async def test_page_of_two_minutes_is_not_hung():
    window, health = FakeWindow(pages=2), health_of(SLOW)
    for now in range(1000):
        window.turn_to(now // 120 % 2 + 1)
        assert await health.fault(window, now) is None


@pytest.mark.parametrize(("position", "allowed"), [(0, 60), (1, 300)])
async def test_each_entry_has_the_time_that_it_asks_for(position, allowed):
    window, health = FakeWindow(position + 1, pages=3), health_of(LIST)
    assert await health.fault(window, 0) is None
    assert await health.fault(window, allowed) is None
    assert await health.fault(window, allowed + 1) == Fault("the viewer hangs: no page was turned")


async def test_entry_of_unknown_length_may_stay():
    window, health = FakeWindow(pages=2), health_of(Expectation((EntryExpectation(), PICTURE)))
    for now in range(0, 10_000, 100):
        assert await health.fault(window, now) is None


async def test_window_that_turned_black_is_a_fault():
    window, health = FakeWindow(), health_of(Expectation())
    window.picture = False
    assert await health.fault(window, 30) is None
    assert await health.fault(window, 31) == Fault("the viewer shows nothing")


async def test_window_that_has_gone_is_a_fault():
    window, health = FakeWindow(), health_of(Expectation())
    window.title = None
    assert await health.fault(window, 31) == Fault("the viewer's window has gone")


@pytest.mark.parametrize("expected", [EntryExpectation(1, 10), EntryExpectation(5, 0)])
async def test_page_without_a_turn_may_stay(expected):
    window, health = FakeWindow(), health_of(Expectation((expected,)))
    for now in range(0, 10_000, 100):
        assert await health.fault(window, now) is None


async def test_plain_deck_may_be_plain():
    window, health = FakeWindow(), health_of(Expectation((EntryExpectation(plain_start=True, plain=True),)))
    window.picture = False
    assert await health.fault(window, 1000) is None


async def visit(health: ViewerHealth, window: FakeWindow, page: int, *, at: int, seconds: int = 10) -> Fault | None:
    """The viewer shows a page; the first fault that the player finds."""
    window.turn_to(page)
    for now in range(at, at + seconds):
        if fault := await health.fault(window, now):
            return fault
    return None


async def test_entry_that_shows_nothing_is_a_fault_of_that_entry():
    window, health = FakeWindow(pages=3), health_of(LIST)
    assert await visit(health, window, 1, at=0) is None
    window.picture = False
    assert await visit(health, window, 2, at=10) is None
    window.picture = True
    assert await visit(health, window, 3, at=20) == Fault("the viewer showed nothing of it", (1,))


async def test_video_that_starts_black_is_healthy():
    window, health = FakeWindow(pages=3), health_of(LIST)
    assert await visit(health, window, 1, at=0) is None
    window.picture = False
    assert await visit(health, window, 2, at=10, seconds=60) is None
    window.picture = True
    assert await visit(health, window, 2, at=70, seconds=5) is None
    assert await visit(health, window, 3, at=75) is None


async def test_page_that_a_person_turns_at_once_is_healthy():
    window, health = FakeWindow(pages=3), health_of(Expectation(LIST.entries, turns=False))
    window.picture = False
    assert await visit(health, window, 1, at=0) is None
    assert await visit(health, window, 2, at=10) is None


async def test_video_of_unknown_length_that_shows_nothing_is_a_fault():
    window, health = FakeWindow(pages=2), health_of(Expectation((EntryExpectation(plain_start=True), PICTURE)))
    window.picture = False
    assert await visit(health, window, 1, at=0) is None
    assert await visit(health, window, 2, at=10) == Fault("the viewer showed nothing of it", (0,))


async def test_black_page_of_a_deck_is_healthy():
    window, health = FakeWindow(pages=3), health_of(Expectation((EntryExpectation(pages=2, page_seconds=10), PICTURE)))
    assert await visit(health, window, 1, at=0) is None
    window.picture = False
    assert await visit(health, window, 2, at=10) is None
    window.picture = True
    assert await visit(health, window, 3, at=20) is None


async def test_entry_that_the_viewer_leaves_out_is_a_fault():
    window, health = FakeWindow(pages=3), health_of(Expectation((PICTURE, EntryExpectation(pages=2), PICTURE)))
    window.pages = 2
    assert await visit(health, window, 1, at=0) == Fault("the viewer leaves a file out", (1,))


async def test_position_is_that_of_the_page_on_the_glass():
    window = FakeWindow(pages=4)
    health = health_of(Expectation((PICTURE, EntryExpectation(pages=2, page_seconds=10), PICTURE)))
    seen = []
    for page in (1, 2, 3, 4, 1):
        window.turn_to(page)
        await health.fault(window, 10 * page)
        seen.append(health.position)
    assert seen == [0, 1, 1, 2, 0]


async def test_title_of_the_document_is_not_taken_for_the_page():
    window, health = FakeWindow(pages=3), health_of(LIST)
    window.title = "Part (1/2) (3/3): end"
    await health.fault(window, 0)
    assert health.position == 2


async def test_only_entries_that_were_on_the_glass_count_as_shown():
    window, health = FakeWindow(pages=3), health_of(LIST)
    await visit(health, window, 1, at=0)
    assert health.shown == {0}
    await visit(health, window, 2, at=10)
    assert health.shown == {0, 1}
