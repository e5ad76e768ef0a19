"""The receipt of a medium: what a report says about the version that a screen has."""

from datetime import UTC, datetime
from uuid import UUID

import pytest

from infoscreen.catalog.screens.receipt import ScreenReceipt, ScreenState, Versions, receipt_of

DECK, OTHER = UUID(int=1), UUID(int=2)
NOON = datetime(2026, 11, 27, 12, tzinfo=UTC)
VERSIONS = Versions(DECK, "v3", {"v3": 30, "v2": 20, "v1": 10})


def report(shown=None, *, medium=DECK, **held):
    showing = {"media_id": str(medium), "sha256": shown, "since": NOON.isoformat()} if shown else None
    return {"showing": showing, "held": [{"sha256": sha256, "state": state} for sha256, state in held.items()]}


@pytest.mark.parametrize(
    ("said", "state", "sha256", "generation"),
    [
        (report("v3"), "showing", "v3", 30),
        (report("x", medium=OTHER, v3="held"), "held", "v3", 30),
        (report("v2", v3="downloading", v2="held"), "older", "v2", 20),
        (report(v3="downloading", v1="held", v2="held"), "older", "v2", 20),
        (report(v3="downloading"), "downloading", None, None),
        (report("v2", v3="failed"), "failed", "v2", 20),
        (report("v3", medium=OTHER), "downloading", None, None),
        (report("unheard of"), "older", "unheard of", None),
        (report(), "downloading", None, None),
        ({}, "downloading", None, None),
        (None, "downloading", None, None),
    ],
)
def test_the_state_follows_from_the_report(said, state, sha256, generation):
    receipt = receipt_of(said, VERSIONS, online=True)
    assert (receipt.state, receipt.sha256, receipt.generation) == (state, sha256, generation)


def test_a_screen_that_is_offline_has_what_it_last_said():
    receipt = receipt_of(report("v2"), VERSIONS, online=False)
    assert receipt == ScreenReceipt(ScreenState.OFFLINE, "v2", 20, NOON)


def test_while_a_medium_is_converted_a_screen_shows_the_version_before():
    converting = Versions(DECK, None, {"v2": 20})
    assert receipt_of(report("v2"), converting, online=True).state == "older"
    assert receipt_of(report(), converting, online=True).state == "downloading"
    failed = Versions(DECK, None, {"v2": 20}, failed=True)
    assert receipt_of(report("v2"), failed, online=True).state == "failed"
