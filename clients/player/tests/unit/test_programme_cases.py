"""The decision, by the cases that the player and the dashboard share."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from support.player_time import FakeMachine
from support.programme_cases import CASES, sha256_of, steps_with

from infoscreen.player.clock import Clock, Reading, Source
from infoscreen.player.decision import Decision, DecisionInput, Notice, Playlist, decide
from infoscreen.player.manifest import Connection, Manifest
from infoscreen.player.schedule import wall_time, winners

MOMENTS, STRETCHES = steps_with("at"), steps_with("minutes")


def moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text).astimezone(UTC) if text else None


def reading(step: dict, at: datetime) -> Reading:
    """What the player's clock says, of what its machine knows."""
    knows = step.get("clock")
    if knows is None:
        return Reading(at, Source.SERVER)
    machine = FakeMachine(0, moment(knows["system"]), knows.get("ntp", False), moment(knows.get("rtc")))
    clock = Clock(machine)
    clock.start_from(moment(knows.get("floor")))
    if server := moment(knows.get("server")):
        clock.observe(server.strftime("%a, %d %b %Y %H:%M:%S GMT"))
    return clock.read()


def decision(manifest: Manifest, step: dict, clock: Reading) -> Decision:
    absent = {sha256_of(media_id) for media_id in step.get("absent", ())}
    return decide(
        DecisionInput(
            connection=Connection.ONLINE,
            manifest=manifest,
            usable=lambda file: file.sha256 not in absent,
            quarantined=lambda _file: False,
            on_screen={},
            last_good={},
            clock=clock,
            override_left=lambda _id: step.get("override_left"),
            last_shown=tuple(step.get("last", ())),
        )
    )


def plain(scene: Notice | Playlist) -> object:
    """A scene as the cases write it."""
    if isinstance(scene, Playlist):
        return [entry.media_id for entry in scene.entries]
    return {"notice": str(scene.topic), **({"text": scene.detail} if scene.detail else {})}


@pytest.mark.parametrize("step", MOMENTS, ids=lambda step: step.name)
def test_decision_is_as_the_case_says(step):
    expected, clock = step.plain, reading(step.plain, step.at)
    made = decision(step.manifest, expected, clock)
    assert clock.source == expected.get("source", "server")
    assert plain(made.scene) == expected["shows"]
    assert (made.entry, made.override) == (expected["entry"], expected.get("override"))
    assert made.power is expected.get("power", True)
    if "hidden" in expected:
        covering = winners(step.manifest.programme, wall_time(step.at, step.manifest.programme.timezone))
        assert [entry.id for entry in covering] == [expected["entry"], *expected["hidden"]]
    if "seconds" in expected:
        assert [entry.seconds for entry in made.scene.entries] == expected["seconds"]


@pytest.mark.parametrize("step", STRETCHES, ids=lambda step: step.name)
def test_entry_is_on_for_as_many_minutes_as_the_case_says(step):
    now, end, minutes = moment(step.plain["from"]), moment(step.plain["to"]), 0
    while now < end:
        minutes += decision(step.manifest, {}, Reading(now, Source.SERVER)).entry == step.plain["entry"]
        now += timedelta(minutes=1)
    assert minutes == step.plain["minutes"]


OWN_TESTS = {
    29: "test_replaced_deck_brings_its_new_timings",
    30: "test_command_runs_once_across_reboots",
    34: "test_file_that_is_due_later_goes_for_one_that_is_due_sooner",
}


def test_every_case_of_the_contract_is_a_test():
    """The cases that are no moment of a decision have tests of their own."""
    sources = "".join(path.read_text() for path in Path(__file__).parents[1].rglob("test_*.py"))
    assert [name for name in OWN_TESTS.values() if f"def {name}(" not in sources] == []
    assert {case["case"] for case in CASES} - {None} | set(OWN_TESTS) == set(range(1, 35))
