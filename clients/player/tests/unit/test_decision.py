"""The player's one decision, as a table."""

import pytest

from infoscreen.player.decision import Decision, DecisionInput, Entry, Notice, Playlist, Topic, decide, eta_minutes
from infoscreen.player.manifest import Connection, DisplayFile, Manifest, Medium, Status

OLD, NEW, OTHER = (DisplayFile(letter * 64, 100) for letter in "abc")
READY = Medium("m1", Status.READY, "deck.pptx", NEW)
PROCESSING = Medium("m1", Status.PROCESSING, "deck.pptx", eta_seconds=130)
FAILED = Medium("m1", Status.FAILED, "deck.pptx", message="Remove the password.")
SECOND = Medium("m2", Status.READY, "other.pptx", OTHER)


def playlist(*files, seconds=None) -> Playlist:
    """The files, each as the entry of its medium."""
    return Playlist(tuple(Entry("m2" if file == OTHER else "m1", file, seconds) for file in files))


def situation(*items, connection=Connection.ONLINE, received=True, disk=(), quarantined=(), on_screen=None, good=None):
    return DecisionInput(
        connection=connection,
        manifest=Manifest.of(*items) if received else None,
        usable=lambda file: file in disk and file not in quarantined,
        quarantined=lambda file: file in quarantined,
        on_screen=on_screen or {},
        last_good=good or {},
    )


CASES = {
    "a wanted file on the disk is shown": (situation(READY, disk=[NEW]), playlist(NEW)),
    "several media are shown in the manifest's order": (
        situation(READY, SECOND, disk=[OTHER, NEW]),
        playlist(NEW, OTHER),
    ),
    "a file that is not on the disk yet is left out": (situation(READY, SECOND, disk=[OTHER]), playlist(OTHER)),
    "a medium that stands in the manifest twice is shown twice": (
        situation(READY, SECOND, READY, disk=[OTHER, NEW]),
        playlist(NEW, OTHER, NEW),
    ),
    "two media with the same file are shown one after the other": (
        situation(READY, Medium("m2", Status.READY, "", NEW), disk=[NEW]),
        Playlist((Entry("m1", NEW), Entry("m2", NEW))),
    ),
    "while a replacement is processed the old file stays": (
        situation(PROCESSING, disk=[OLD], good={"m1": OLD}),
        playlist(OLD),
    ),
    "while a replacement is downloaded the old file stays": (
        situation(READY, disk=[OLD], good={"m1": OLD}),
        playlist(OLD),
    ),
    "a replacement that failed leaves the old file": (
        situation(FAILED, disk=[OLD], good={"m1": OLD}),
        playlist(OLD),
    ),
    "the file on the screen stays although it is not proven": (
        situation(PROCESSING, disk=[OLD, NEW], on_screen={"m1": NEW}, good={"m1": OLD}),
        playlist(NEW),
    ),
    "a quarantined file is rolled back": (
        situation(READY, disk=[OLD, NEW], quarantined=[NEW], on_screen={"m1": NEW}, good={"m1": OLD}),
        playlist(OLD),
    ),
    "a quarantined file without an older one is explained by a notice": (
        situation(READY, disk=[NEW], quarantined=[NEW]),
        Notice(Topic.UNSHOWABLE, "deck.pptx"),
    ),
    "another medium's file is never shown": (
        situation(PROCESSING, disk=[OTHER], good={"m2": OTHER}),
        Notice(Topic.PROCESSING, "deck.pptx", eta_minutes=2),
    ),
    "an empty manifest shows no old file": (
        situation(disk=[OLD], on_screen={"m1": OLD}, good={"m1": OLD}),
        Notice(Topic.NOTHING_ASSIGNED),
    ),
    "a failed conversion is shown with its reason": (
        situation(FAILED),
        Notice(Topic.FAILED, "deck.pptx", "Remove the password."),
    ),
    "a first download is shown by a notice": (situation(READY), Notice(Topic.LOADING, "deck.pptx")),
    "a first download without a network is shown by a notice": (
        situation(READY, connection=Connection.OFFLINE),
        Notice(Topic.UNREACHABLE, "deck.pptx"),
    ),
    "an offline player shows its deck": (situation(READY, connection=Connection.OFFLINE, disk=[NEW]), playlist(NEW)),
    "a rebooted player shows yesterday's deck before the server answers": (
        situation(READY, connection=Connection.CONNECTING, disk=[NEW]),
        playlist(NEW),
    ),
    "a player on its first boot says that it connects": (
        situation(received=False, connection=Connection.CONNECTING),
        Notice(Topic.CONNECTING),
    ),
    "a player on its first boot without a network says so": (
        situation(received=False, connection=Connection.OFFLINE),
        Notice(Topic.UNREACHABLE),
    ),
    "a revoked player shows only that it is revoked": (
        situation(READY, connection=Connection.REVOKED, disk=[NEW], good={"m1": NEW}),
        Notice(Topic.REVOKED),
    ),
    "a player without a token asks to be enrolled": (
        situation(received=False, connection=Connection.NOT_ENROLLED),
        Notice(Topic.NOT_ENROLLED),
    ),
}


@pytest.mark.parametrize(("now", "scene"), CASES.values(), ids=CASES.keys())
def test_decision_gives_the_scene(now, scene):
    assert decide(now) == Decision(scene)


@pytest.mark.parametrize(
    ("seconds", "minutes"), [(None, None), (0, 0), (44, 0), (45, 1), (89, 1), (130, 2), (3600, 60)]
)
def test_eta_is_rounded_to_minutes_so_that_the_screen_changes_rarely(seconds, minutes):
    assert eta_minutes(seconds) == minutes
