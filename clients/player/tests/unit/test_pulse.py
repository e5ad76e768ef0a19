import pytest

from infoscreen.player.pulse import Expectation, Pulse

DECK = Expectation(pages=5, turn_seconds=10)


class FakeWindow:
    def __init__(self) -> None:
        self.title: str | None = "deck (1/5)"
        self.picture = True

    async def page_title(self) -> str | None:
        return self.title

    async def has_picture(self) -> bool:
        return self.picture


async def test_a_deck_whose_pages_turn_is_well():
    window, pulse = FakeWindow(), Pulse(DECK, 0)
    for now in range(0, 1000, 10):
        window.title = f"deck ({now // 10 % 5 + 1}/5)"
        assert await pulse.trouble(window, now) is None


async def test_a_page_that_is_not_turned_is_noticed():
    window, pulse = FakeWindow(), Pulse(DECK, 0)
    assert await pulse.trouble(window, 0) is None
    assert await pulse.trouble(window, 60) is None
    assert await pulse.trouble(window, 61) == "the viewer hangs: no page was turned"


async def test_a_window_that_turned_black_is_noticed():
    window, pulse = FakeWindow(), Pulse(Expectation(), 0)
    window.picture = False
    assert await pulse.trouble(window, 30) is None
    assert await pulse.trouble(window, 31) == "the viewer shows nothing"


async def test_a_window_that_has_gone_is_noticed():
    window, pulse = FakeWindow(), Pulse(Expectation(), 0)
    window.title = None
    assert await pulse.trouble(window, 31) == "the viewer's window has gone"


@pytest.mark.parametrize("expected", [Expectation(1, 10), Expectation(5, 0)])
async def test_a_page_that_should_not_turn_may_stay(expected):
    window, pulse = FakeWindow(), Pulse(expected, 0)
    for now in range(0, 10_000, 100):
        assert await pulse.trouble(window, now) is None


async def test_a_deck_with_a_plain_first_page_may_be_plain():
    window, pulse = FakeWindow(), Pulse(Expectation(plain=True), 0)
    window.picture = False
    assert await pulse.trouble(window, 1000) is None
