"""The player's one decision, as a table."""

import pytest

from infoscreen.player.decision import Notice, Situation, Slides, Topic, decide, eta_minutes
from infoscreen.player.programme import Item, Programme, Rendition, Standing, Status

OLD, NEW, OTHER = (Rendition(letter * 64, 100) for letter in "abc")
READY = Item("m1", Status.READY, "deck.pptx", NEW)
PREPARING = Item("m1", Status.PREPARING, "deck.pptx", eta_seconds=130)
FAILED = Item("m1", Status.FAILED, "deck.pptx", message="Remove the password.")
SECOND = Item("m2", Status.READY, "other.pptx", OTHER)


def situation(*items, standing=Standing.ONLINE, heard=True, disk=(), rejected=(), on_screen=None, good=None):
    return Situation(
        standing=standing,
        programme=Programme(items) if heard else None,
        usable=lambda file: file in disk and file not in rejected,
        rejected=lambda file: file in rejected,
        on_screen=on_screen or {},
        last_good=good or {},
    )


CASES = {
    "what is wanted and on disk is shown": (situation(READY, disk=[NEW]), Slides((NEW,))),
    "several media are shown in their order": (
        situation(READY, SECOND, disk=[OTHER, NEW]),
        Slides((NEW, OTHER)),
    ),
    "what is not on disk yet is left out": (situation(READY, SECOND, disk=[OTHER]), Slides((OTHER,))),
    "the same file twice is shown once": (
        situation(READY, Item("m2", Status.READY, "", NEW), disk=[NEW]),
        Slides((NEW,)),
    ),
    "while a replacement is prepared the old one goes on": (
        situation(PREPARING, disk=[OLD], good={"m1": OLD}),
        Slides((OLD,)),
    ),
    "while a replacement is downloaded the old one goes on": (
        situation(READY, disk=[OLD], good={"m1": OLD}),
        Slides((OLD,)),
    ),
    "a replacement that failed leaves the old one": (
        situation(FAILED, disk=[OLD], good={"m1": OLD}),
        Slides((OLD,)),
    ),
    "what is on the screen goes on although it was not there for long": (
        situation(PREPARING, disk=[OLD, NEW], on_screen={"m1": NEW}, good={"m1": OLD}),
        Slides((NEW,)),
    ),
    "what the viewer cannot show is rolled back": (
        situation(READY, disk=[OLD, NEW], rejected=[NEW], on_screen={"m1": NEW}, good={"m1": OLD}),
        Slides((OLD,)),
    ),
    "what the viewer cannot show and has no older one is told": (
        situation(READY, disk=[NEW], rejected=[NEW]),
        Notice(Topic.UNSHOWABLE, "deck.pptx"),
    ),
    "another medium's file is never shown": (
        situation(PREPARING, disk=[OTHER], good={"m2": OTHER}),
        Notice(Topic.PREPARING, "deck.pptx", eta_minutes=2),
    ),
    "nothing assigned shows nothing old": (
        situation(disk=[OLD], on_screen={"m1": OLD}, good={"m1": OLD}),
        Notice(Topic.NOTHING_ASSIGNED),
    ),
    "a failed conversion gives its reason": (
        situation(FAILED),
        Notice(Topic.FAILED, "deck.pptx", "Remove the password."),
    ),
    "a first download is told": (situation(READY), Notice(Topic.LOADING, "deck.pptx")),
    "a first download without a network is told": (
        situation(READY, standing=Standing.OFFLINE),
        Notice(Topic.UNREACHABLE, "deck.pptx"),
    ),
    "offline the deck goes on": (situation(READY, standing=Standing.OFFLINE, disk=[NEW]), Slides((NEW,))),
    "after a reboot yesterday's deck is shown before the server was heard": (
        situation(READY, standing=Standing.CONNECTING, disk=[NEW]),
        Slides((NEW,)),
    ),
    "the first boot says that it connects": (
        situation(heard=False, standing=Standing.CONNECTING),
        Notice(Topic.CONNECTING),
    ),
    "the first boot without a network says so": (
        situation(heard=False, standing=Standing.OFFLINE),
        Notice(Topic.UNREACHABLE),
    ),
    "a revoked player shows nothing else": (
        situation(READY, standing=Standing.REVOKED, disk=[NEW], good={"m1": NEW}),
        Notice(Topic.REVOKED),
    ),
    "a player without a token asks to be enrolled": (
        situation(heard=False, standing=Standing.NOT_ENROLLED),
        Notice(Topic.NOT_ENROLLED),
    ),
}


@pytest.mark.parametrize(("now", "scene"), CASES.values(), ids=CASES.keys())
def test_on_the_screen(now, scene):
    assert decide(now) == scene


@pytest.mark.parametrize(
    ("seconds", "minutes"), [(None, None), (0, 0), (44, 0), (45, 1), (89, 1), (130, 2), (3600, 60)]
)
def test_an_eta_is_told_in_minutes_so_that_the_screen_changes_rarely(seconds, minutes):
    assert eta_minutes(seconds) == minutes
