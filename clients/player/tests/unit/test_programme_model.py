"""The decision does what a slow and obvious model does, for random rules, zones and clocks."""

from datetime import UTC, date, datetime, time, timedelta

from hypothesis import given, settings
from hypothesis import strategies as some
from support.player_time import FakeMachine, clock_at
from support.programme_cases import file_of, sha256_of
from support.programme_model import Expected, expected

from infoscreen.player.clock import UNKNOWN, Reading, Source
from infoscreen.player.decision import DecisionInput, Playlist, Topic, decide
from infoscreen.player.due import due_order
from infoscreen.player.manifest import Connection, Manifest, medium_from
from infoscreen.player.programme import (
    Item,
    Override,
    Programme,
    ScheduleEntry,
    Window,
    programme_document,
    programme_from,
)
from infoscreen.player.schedule import next_boundary

MEDIA, LISTS = ("a", "b", "c", "d"), ("p", "q", "r")
ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Apia")
# Around the changes of the clocks of these zones, and some weeks of no change.
STARTS = [
    datetime(2026, month, day, tzinfo=UTC) for month, day in ((3, 7), (3, 28), (4, 4), (10, 3), (10, 24), (11, 1))
]

days = some.dates(date(2026, 3, 1), date(2026, 11, 30))
maybe_day = some.none() | days
times = some.builds(time, some.integers(0, 23), some.sampled_from([0, 15, 30, 45]))
weekdays = some.frozensets(some.integers(1, 7))
windows = some.builds(
    Window, weekdays, times, some.none() | times, maybe_day, maybe_day, some.frozensets(days, max_size=2)
)
items = some.builds(Item, some.sampled_from(MEDIA), first_day=maybe_day, last_day=maybe_day)
moments = some.builds(
    lambda start, minutes: start + timedelta(minutes=minutes), some.sampled_from(STARTS), some.integers(0, 4 * 1440)
)
entries = some.lists(
    some.builds(
        ScheduleEntry,
        some.uuids().map(str),
        some.sampled_from(LISTS),
        windows,
        some.integers(0, 1),
        some.integers(0, 1),
    ),
    max_size=4,
    unique_by=lambda entry: entry.id,
)
overrides = some.none() | some.builds(
    Override, some.just("o"), moments, some.none() | some.sampled_from(MEDIA), some.none() | some.just("Leave")
)
programmes = some.builds(
    Programme,
    playlists=some.fixed_dictionaries({name: some.lists(items, max_size=3).map(tuple) for name in LISTS}),
    default=some.none() | some.sampled_from(LISTS),
    entries=entries.map(tuple),
    override=overrides,
    timezone=some.sampled_from(ZONES),
    power_hours=some.lists(windows, max_size=2).map(tuple),
)
MANIFEST_MEDIA = tuple(medium_from(file_of(media_id), media_id) for media_id in MEDIA)


def outcome(programme: Programme, clock: Reading, here: frozenset[str]) -> Expected:
    """The decision, as the model gives it."""
    held = {sha256_of(media_id) for media_id in here}
    made = decide(
        DecisionInput(
            connection=Connection.ONLINE,
            manifest=Manifest(MANIFEST_MEDIA, programme),
            usable=lambda file: file.sha256 in held,
            quarantined=lambda _file: False,
            on_screen={},
            last_good={},
            clock=clock,
            override_left=lambda _id: 0,
        )
    )
    if isinstance(made.scene, Playlist):
        return Expected(tuple(entry.media_id for entry in made.scene.entries), None, made.entry, made.power)
    text = made.scene.detail if made.scene.topic is Topic.OVERRIDE else None
    return Expected((), text, None, made.power)


def with_power_of_overrides(programme: Programme, wanted: Expected, now: datetime | None) -> Expected:
    """An override that has neither file nor text yet turns the display on all the same."""
    on = programme.override is not None and now is not None and now < programme.override.until
    return Expected(wanted.media, wanted.text, wanted.entry, wanted.power or on)


@settings(max_examples=100, deadline=None)
@given(programmes, moments | some.none(), some.frozensets(some.sampled_from(MEDIA)))
def test_decision_agrees_with_the_model(programme, now, here):
    clock = Reading(now, Source.SERVER) if now else UNKNOWN
    wanted = expected(programme, now, here)
    assert outcome(programme, clock, here) == with_power_of_overrides(programme, wanted, now)


@settings(max_examples=50, deadline=None)
@given(programmes, moments)
def test_nothing_changes_before_the_next_boundary(programme, now):
    boundary, everything = next_boundary(programme, now), frozenset(MEDIA)
    assert now < boundary <= now + timedelta(minutes=15)
    last = boundary - timedelta(milliseconds=1)
    at_first = outcome(programme, Reading(now, Source.SERVER), everything)
    assert outcome(programme, Reading(last, Source.SERVER), everything) == at_first


@settings(max_examples=50, deadline=None)
@given(programmes)
def test_saved_programme_is_the_one_that_was_sent(programme):
    assert programme_from(programme_document(programme)) == programme


@settings(max_examples=100, deadline=None)
@given(programmes, moments | some.none())
def test_due_order_has_each_medium_once_and_what_is_on_first(programme, now):
    clock = Reading(now, Source.SERVER) if now else UNKNOWN
    order = [medium.media_id for medium in due_order(Manifest(MANIFEST_MEDIA, programme), clock)]
    assert sorted(order) == list(MEDIA)
    override = programme.override.media_id if programme.override else None
    assert override in {None, order[0]}
    named = {item.media_id for items in programme.playlists.values() for item in items}
    shown = outcome(programme, clock, frozenset(MEDIA)).media
    unnamed = [order.index(media_id) for media_id in MEDIA if media_id not in named | {override}]
    assert all(order.index(media_id) < place for media_id in shown for place in unnamed)


@settings(max_examples=100, deadline=None)
@given(moments, some.integers(-3, 3), some.integers(0, 10**6))
def test_date_of_the_server_goes_on_by_the_monotonic_clock(now, jump_days, seconds):
    machine = FakeMachine()
    clock = clock_at(now, machine)
    machine.wait(seconds)
    machine.system += timedelta(days=jump_days)
    assert clock.read().now == now + timedelta(seconds=seconds)
