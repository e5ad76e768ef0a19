"""From a dropped deck to a screen's rules, by the public interfaces: playlist, group, schedule, manifest, receipt."""

from datetime import UTC, datetime, timedelta

import httpx
import pytest
from e2e.dashboard.media import timed_deck
from e2e.test_first_deck import display, upload

JPEG = b"\xff\xd8\xff\xe0picture"


@pytest.fixture
def operator(system):
    with system.client() as client:
        yield client


@pytest.fixture
def screen(system, operator):
    """A screen in a group of its own, with a client of its player."""
    player = created(operator, "/api/players", name="Foyer")
    group = created(operator, "/api/groups", name="Foyer", timezone="Europe/Berlin", language="de")
    place = operator.put(f"/api/players/{player['player_id']}/group", json={"group_id": group["group_id"]})
    assert place.status_code == 200
    headers = {"Authorization": f"Bearer {player['token']}"}
    with httpx.Client(base_url=system.endpoints["edge"], headers=headers, timeout=60) as client:
        yield player["player_id"], group["group_id"], client
    operator.delete(f"/api/players/{player['player_id']}")


def created(client, path, **body):
    answer = client.post(path, json=body)
    assert answer.status_code == 201, answer.text
    return answer.json()


def manifest_after(client, known=None):
    """The manifest with rules, once it differs from the one that is known."""
    headers = {"If-None-Match": known} if known else {}
    answer = client.get("/api/player/manifest", params={"schema": 2, "wait": 30}, headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_a_scheduled_playlist_an_override_and_a_command_reach_a_screen(operator, screen, tmp_path):
    player_id, group_id, player = screen
    deck = tmp_path / "timed.fodp"
    deck.write_bytes(timed_deck(7.5))
    media_id = upload(operator, deck)
    shown = display(operator, media_id)
    playlist = created(operator, "/api/playlists", name="Parents' evening")
    items = {"items": [{"media_id": media_id, "seconds": 20}]}
    assert operator.put(f"/api/playlists/{playlist['playlist_id']}/items", json=items).status_code == 200
    before = manifest_after(player)
    rule = {"weekdays": [4], "starts": "18:00", "ends": "22:00"}
    entry = created(operator, "/api/schedule", group_id=group_id, playlist_id=playlist["playlist_id"], **rule)
    scheduled = manifest_after(player, before["etag"])
    assert [each["id"] for each in scheduled["entries"]] == [entry["entry_id"]]
    [file] = scheduled["files"]
    assert (file["sha256"], file["pages"]) == (shown["sha256"], shown["pages"])
    assert set(file["page_seconds"]) == {7.5, None}
    assert scheduled["playlists"][playlist["playlist_id"]][0]["deck_timings"]
    assert httpx.get(file["url"]).status_code == 200
    until = (datetime.now(UTC) + timedelta(minutes=5)).isoformat()
    override = created(operator, "/api/overrides", group_id=group_id, text="Leave the building", until=until)
    overridden = manifest_after(player, scheduled["etag"])
    assert overridden["override"]["text"] == "Leave the building"
    assert operator.delete(f"/api/overrides/{override['override_id']}").status_code == 204
    assert manifest_after(player, overridden["etag"])["etag"] == scheduled["etag"]
    command = created(operator, f"/api/players/{player_id}/commands", kind="identify")
    commanded = manifest_after(player, scheduled["etag"])
    assert [each["id"] for each in commanded["commands"]] == [command["command_id"]]
    report = {"commands_done": [command["command_id"]], "held": [{"sha256": shown["sha256"], "state": "held"}]}
    assert player.post("/api/player/report", json=report).status_code == 204
    assert manifest_after(player, commanded["etag"])["etag"] == scheduled["etag"]
    receipt = operator.get(f"/api/media/{media_id}/screens").json()
    assert (receipt["on"], receipt["of"], receipt["screens"][0]["state"]) == (1, 1, "held")
    operator.delete(f"/api/schedule/{entry['entry_id']}")


def test_a_picture_of_the_screen_passes_the_edge(operator, screen):
    player_id, _, player = screen
    before = manifest_after(player)
    assert player.put("/api/player/snapshot", content=JPEG).status_code == 204
    picture = operator.get(f"/api/players/{player_id}/snapshot")
    assert (picture.status_code, picture.content, picture.headers["content-type"]) == (200, JPEG, "image/jpeg")
    assert manifest_after(player, before["etag"])["snapshot_until"]
