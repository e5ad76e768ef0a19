"""The manifests that players read: their fields only grow, for a player may be years older than its gateway."""

import json
from datetime import UTC, date, datetime, time
from pathlib import Path

import pytest

from infoscreen.player.plays import Total, played
from infoscreen.player.programme import Command, Item, Override, ScheduleEntry, Window, programme_from
from infoscreen.player_gateway.schemas import ManifestDocument, ProgrammeDocument, Report

DOCUMENT = json.loads((Path(__file__).parents[2] / "docs" / "api" / "player-gateway.openapi.json").read_text())
SCHEMAS = DOCUMENT["components"]["schemas"]
IDS = [f"01935f3a-0000-7000-8000-00000000000{number}" for number in range(8)]
FILE = {
    "media_id": IDS[0],
    "filename": "deck.pptx",
    "status": "ready",
    "etag": "7-aaaa",
    "media_type": "application/pdf",
    "sha256": "a" * 64,
    "size_bytes": 1,
    "pages": 3,
    "url": "http://edge/infoscreen/x",
    "expires_at": "2026-11-27T11:00:00Z",
    "eta": None,
    "error": None,
    "reason": None,
}
WITH_RULES = {
    "version": 2,
    "player": "hall-3",
    "etag": "e",
    "timezone": "Europe/Berlin",
    "language": "de",
    "files": [FILE | {"page_seconds": [None, 7.5, 12.3]}],
    "playlists": {
        IDS[1]: [
            {
                "item": IDS[2],
                "media_id": IDS[0],
                "seconds": 10.0,
                "deck_timings": True,
                "first_day": None,
                "last_day": "2026-12-24",
            }
        ]
    },
    "default": IDS[1],
    "entries": [
        {
            "id": IDS[3],
            "playlist": IDS[1],
            "priority": 0,
            "position": 1,
            "weekdays": [1, 2, 3, 4, 5],
            "starts": "22:00",
            "ends": "06:00",
            "first_day": None,
            "last_day": None,
            "except_days": ["2026-12-24"],
        }
    ],
    "override": {"id": IDS[4], "media_id": None, "text": "Leave the building", "until": "2026-11-27T11:00:00Z"},
    "display": {"hours": [{"weekdays": [1], "starts": "07:00", "ends": "18:00"}], "orientation": "normal"},
    "commands": [{"id": IDS[5], "kind": "restart", "expires_at": "2026-11-27T11:00:00Z"}],
    "snapshot_until": None,
}


@pytest.mark.parametrize(
    ("document", "kind"),
    [({"player": "hall-3", "etag": "e", "media": [FILE]}, ManifestDocument), (WITH_RULES, ProgrammeDocument)],
)
def test_a_manifest_has_every_field_that_players_read(document, kind):
    assert kind.model_validate(document).model_dump(mode="json") == document


def test_the_committed_document_names_every_field():
    assert set(SCHEMAS["ProgrammeDocument"]["properties"]) == set(WITH_RULES)
    assert set(SCHEMAS["ManifestFile"]["properties"]) == set(WITH_RULES["files"][0])
    assert set(SCHEMAS["Entry"]["properties"]) == set(WITH_RULES["entries"][0])
    [[item]] = WITH_RULES["playlists"].values()
    assert set(SCHEMAS["ListItem"]["properties"]) == set(item)


def test_the_player_reads_every_rule_of_the_manifest():
    read = programme_from(ProgrammeDocument.model_validate(WITH_RULES).model_dump(mode="json"))
    noon = datetime(2026, 11, 27, 11, tzinfo=UTC)
    assert (read.timezone, read.language, read.default, read.orientation) == ("Europe/Berlin", "de", IDS[1], "normal")
    assert read.items(IDS[1]) == (Item(IDS[0], 10, deck_timings=True, last_day=date(2026, 12, 24), id=IDS[2]),)
    days = frozenset({date(2026, 12, 24)})
    nights = Window(frozenset({1, 2, 3, 4, 5}), time(22), time(6), except_days=days)
    assert read.entries == (ScheduleEntry(IDS[3], IDS[1], nights, priority=0, position=1),)
    assert read.override == Override(IDS[4], noon, text="Leave the building")
    assert read.power_hours == (Window(frozenset({1}), time(7), time(18)),)
    assert read.commands == (Command(IDS[5], "restart", noon),)


def test_the_gateway_takes_the_plays_that_a_player_reports():
    play = played((date(2026, 11, 27), IDS[2], IDS[0]), Total(times=2, seconds=20.5))
    [taken] = Report.model_validate({"played": [play], "commands_done": [IDS[5]]}).played
    assert (taken.day, str(taken.item), str(taken.media_id)) == (date(2026, 11, 27), IDS[2], IDS[0])
    assert (taken.times, taken.seconds) == (2, 20.5)
