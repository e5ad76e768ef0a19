import pytest

from infoscreen.player.viewer_health import Expectation, ViewerHealth

DECK = Expectation(pages=5, turn_seconds=10)


class FakeWindow:
    def __init__(self) -> None:
        self.title: str | None = "deck (1/5)"
        self.picture = True

    async def page_title(self) -> str | None:
        return self.title

    async def has_picture(self) -> bool:
        return self.picture


async def test_deck_whose_pages_turn_is_healthy():
    window, health = FakeWindow(), ViewerHealth(DECK, 0)
    for now in range(0, 1000, 10):
        window.title = f"deck ({now // 10 % 5 + 1}/5)"
        assert await health.fault(window, now) is None


async def test_page_that_does_not_turn_is_a_fault():
    window, health = FakeWindow(), ViewerHealth(DECK, 0)
    assert await health.fault(window, 0) is None
    assert await health.fault(window, 60) is None
    assert await health.fault(window, 61) == "the viewer hangs: no page was turned"


async def test_window_that_turned_black_is_a_fault():
    window, health = FakeWindow(), ViewerHealth(Expectation(), 0)
    window.picture = False
    assert await health.fault(window, 30) is None
    assert await health.fault(window, 31) == "the viewer shows nothing"


async def test_window_that_has_gone_is_a_fault():
    window, health = FakeWindow(), ViewerHealth(Expectation(), 0)
    window.title = None
    assert await health.fault(window, 31) == "the viewer's window has gone"


@pytest.mark.parametrize("expected", [Expectation(1, 10), Expectation(5, 0)])
async def test_page_without_a_turn_may_stay(expected):
    window, health = FakeWindow(), ViewerHealth(expected, 0)
    for now in range(0, 10_000, 100):
        assert await health.fault(window, now) is None


async def test_deck_with_a_plain_first_page_may_be_plain():
    window, health = FakeWindow(), ViewerHealth(Expectation(plain=True), 0)
    window.picture = False
    assert await health.fault(window, 1000) is None
