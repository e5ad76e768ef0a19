"""What operators plan: a deck on a group of screens, an evening, an announcement; and what each screen made of it."""

import io
from collections.abc import Iterator
from uuid import uuid4

import httpx
import pytest
from e2e.dashboard.media import put, ready, timed_deck
from PIL import Image
from playwright.sync_api import Page, expect
from support.until import wait_until


@pytest.fixture
def client(system) -> Iterator[httpx.Client]:
    with system.client() as client:
        yield client


@pytest.fixture
def mark() -> str:
    return uuid4().hex[:6]


def new_screen(client: httpx.Client, name: str) -> tuple[str, dict[str, str]]:
    """Its id, and what its requests carry."""
    player = client.post("/api/players", json={"name": name}).json()
    return player["player_id"], {"Authorization": f"Bearer {player['token']}"}


def new_group(client: httpx.Client, name: str, *players: str, **settings: object) -> str:
    body = {"name": name, "timezone": "Europe/Berlin", **settings}
    group = client.post("/api/groups", json=body).raise_for_status().json()
    for player in players:
        client.put(f"/api/players/{player}/group", json={"group_id": group["group_id"]}).raise_for_status()
    return group["group_id"]


def new_playlist(client: httpx.Client, name: str, *media: str) -> str:
    playlist = client.post("/api/playlists", json={"name": name}).json()["playlist_id"]
    items = [{"media_id": media_id} for media_id in media]
    client.put(f"/api/playlists/{playlist}/items", json={"items": items}).raise_for_status()
    return playlist


def manifest(client: httpx.Client, authorization: dict[str, str]) -> dict:
    return client.get("/api/player/manifest", params={"schema": 2}, headers=authorization).raise_for_status().json()


def shown_by_default(document: dict) -> list[str]:
    return [item["media_id"] for item in document["playlists"][document["default"]]]


def test_a_deck_is_shown_in_a_group_by_three_clicks(visitor, client, mark):
    media_id = ready(client, f"Open day {mark}.fodp")
    empty, its_token = new_screen(client, f"Hall {mark}")
    own, own_token = new_screen(client, f"Stairs {mark}")
    client.put(f"/api/players/{own}/media", json={"media_ids": [put(client, f"Old {mark}.fodp")]}).raise_for_status()
    new_group(client, f"Foyer {mark}", empty, own)
    page = visitor.sign_in()
    visitor.open(f"#/media/{media_id}")
    expect(page.locator("info-medium-receipt")).to_contain_text("No screen is to show it.")

    page.get_by_role("button", name="Show on…").click()
    page.get_by_role("checkbox", name=f"Foyer {mark}").check()
    page.get_by_role("dialog").get_by_role("button", name="Show").click()

    expect(page.locator("info-medium-receipt")).to_contain_text("On 0 of 2 screens")
    assert shown_by_default(manifest(client, its_token)) == [media_id]
    assert shown_by_default(manifest(client, own_token))[-1] == media_id
    sha256 = client.get(f"/api/media/{media_id}").json()["sha256"]
    held = [file for file in manifest(client, its_token)["files"] if file["media_id"] == media_id]
    assert sha256
    showing = {"media_id": media_id, "sha256": held[0]["sha256"], "since": "2026-01-01T00:00:00Z"}
    client.post("/api/player/report", json={"showing": showing}, headers=its_token).raise_for_status()
    expect(page.locator("info-medium-receipt")).to_contain_text("On 1 of 2 screens")
    expect(page.locator("info-medium-receipt .receipt")).to_contain_text(f"Stairs {mark}")


def test_an_evening_is_planned_by_three_clicks(visitor, client, mark):
    usual = new_playlist(client, f"Menu {mark}", put(client, f"Menu {mark}.fodp"))
    evening = new_playlist(client, f"Parents {mark}", put(client, f"Parents {mark}.fodp"))
    player, token = new_screen(client, f"Hall {mark}")
    group = new_group(client, f"School {mark}", player)
    client.post("/api/schedule", json={"playlist_id": usual, "group_id": group, "starts": "08:00", "ends": "20:00"})
    page = visitor.sign_in()
    page.get_by_role("link", name="Schedule").click()
    page.get_by_label("Group that is shown").select_option(f"School {mark}")

    page.get_by_role("button", name="Add on Thu").click()
    page.get_by_label("Playlist", exact=True).select_option(f"Parents {mark}")
    page.get_by_role("dialog").get_by_role("button", name="Save").click()

    strip = page.locator(".strip-day").filter(has_text="Thu")
    won = strip.get_by_role("button", name=f"18:00 to 20:00: Parents {mark} hides Menu {mark}")
    expect(won).to_be_visible()
    expect(page.locator(".hidden-by")).to_contain_text(f"20:00: hidden by Parents {mark}")
    [entry] = [one for one in manifest(client, token)["entries"] if one["playlist"] == evening]
    assert (entry["weekdays"], entry["starts"], entry["ends"]) == ([4], "18:00", "22:00")
    assert entry["first_day"] == entry["last_day"]

    won.click()
    page.get_by_label("To", exact=True).fill("21:00")
    page.get_by_role("dialog").get_by_role("button", name="Save").click()
    expect(strip.get_by_role("button", name=f"20:00 to 21:00: Parents {mark}")).to_be_visible()
    page.get_by_role("button", name=f"Take Parents {mark} out of the schedule").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page.locator(".hidden-by")).to_have_count(0)


def test_an_announcement_takes_every_screen_until_it_is_ended(visitor, client, mark):
    _, token = new_screen(client, f"Hall {mark}")
    page = visitor.sign_in()
    text = f"Leave the building {mark}"

    page.get_by_role("button", name="Announce on screens at once").click()
    page.get_by_role("dialog").get_by_role("button", name="Show at once").click()
    expect(page.get_by_role("alert").filter(has_text="Write a text")).to_be_visible()
    page.get_by_label("Text").fill(text)
    page.get_by_role("dialog").get_by_role("button", name="Show at once").click()

    banner = page.locator(".override").filter(has_text=text)
    expect(banner).to_contain_text("Every screen, until")
    assert manifest(client, token)["override"]["text"] == text
    banner.get_by_role("button", name="End it").click()
    expect(banner).to_have_count(0)
    assert manifest(client, token)["override"] is None


def row(page: Page, name: str):
    return page.locator(".playlist-items > li").filter(has_text=name)


def test_a_playlist_is_filled_ordered_and_timed(visitor, client, mark):
    first, second = ready(client, f"Alpha {mark}.fodp"), ready(client, f"Beta {mark}.fodp", timed_deck())
    page = visitor.sign_in()
    page.get_by_role("link", name="Playlists").click()
    page.locator(".page-head").get_by_role("button", name="New playlist").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name", exact=True).fill(f"News {mark}")
    dialog.get_by_role("searchbox").fill(mark)
    expect(dialog.get_by_role("button", name="Add ")).to_have_count(2)
    for name in ("Alpha", "Beta", "Alpha"):
        dialog.get_by_role("button", name=f"Add {name} {mark}").click()
    dialog.get_by_label(f"Seconds for each page of Beta {mark}").fill("25")
    expect(row(page, "Alpha").first.get_by_role("checkbox")).to_have_count(0)
    own_times = row(page, "Beta").get_by_role("checkbox")
    expect(own_times).to_be_checked()
    own_times.uncheck()
    dialog.get_by_label(f"Last day of Beta {mark}").fill("2030-01-31")
    row(page, "Alpha").first.scroll_into_view_if_needed()
    row(page, "Beta").locator(".handle").drag_to(row(page, "Alpha").first)
    expect(page.locator(".playlist-items > li").first).to_contain_text("Beta")
    row(page, "Alpha").last.get_by_role("button", name="Move").and_(page.locator(".up")).press("Enter")
    dialog.get_by_role("button", name="Save").click()
    expect(page.locator(".playlist").filter(has_text=f"News {mark}")).to_contain_text("3 items")
    [playlist] = [one for one in client.get("/api/playlists").json()["items"] if one["name"] == f"News {mark}"]
    assert [item["media_id"] for item in playlist["items"]] == [second, first, first]
    assert (playlist["items"][0]["seconds"], playlist["items"][0]["last_day"]) == (25, "2030-01-31")
    assert [item["deck_timings"] for item in playlist["items"]] == [False, True, True]


def test_a_change_of_a_playlist_by_another_person_is_not_lost(visitor, client, mark):
    playlist = new_playlist(client, f"Shared {mark}", put(client, f"Gamma {mark}.fodp"))
    page = visitor.sign_in()
    visitor.open("#/playlists")
    page.locator(".playlist").filter(has_text=f"Shared {mark}").get_by_role("button", name="Edit").click()
    client.put(f"/api/playlists/{playlist}/items", json={"items": []}).raise_for_status()
    page.get_by_role("dialog").get_by_role("button", name="Save").click()
    expect(page.get_by_role("dialog").get_by_role("alert")).not_to_be_empty()
    assert client.get(f"/api/playlists/{playlist}").json()["items"] == []


def test_what_one_operator_changes_appears_at_the_other(visit, client, mark):
    group = new_group(client, f"School {mark}")
    playlist = new_playlist(client, f"Lessons {mark}")
    one, other = visit(), visit()
    for visitor, address in ((one, "#/playlists"), (other, "#/schedule")):
        visitor.sign_in()
        visitor.open(address)
    other.page.get_by_label("Group that is shown").select_option(f"School {mark}")
    weeks = other.page.get_by_role("button", name="A week ahead")
    weeks.focus()
    card = one.page.locator(".playlist").filter(has_text=f"Lessons {mark}")
    edit = card.get_by_role("button", name="Edit")
    edit.focus()

    client.patch(f"/api/playlists/{playlist}", json={"name": f"Lessons {mark} at noon"}).raise_for_status()
    client.post("/api/schedule", json={"playlist_id": playlist, "group_id": group}).raise_for_status()

    expect(card).to_contain_text(f"Lessons {mark} at noon")
    expect(edit).to_be_focused()
    expect(other.page.get_by_role("button", name=f"Change Lessons {mark} at noon")).to_be_visible()
    expect(weeks).to_be_focused()
    text = f"Leave the building {mark}"
    one.page.get_by_role("button", name="Announce on screens at once").click()
    one.page.get_by_label("Text").fill(text)
    one.page.get_by_role("dialog").get_by_role("button", name="Show at once").click()
    other.page.locator(".override").filter(has_text=text).get_by_role("button", name="End it").click()
    expect(one.page.locator(".override").filter(has_text=text)).to_have_count(0)


def test_a_screen_joins_a_group_and_shows_its_glass(visitor, client, mark):
    player, token = new_screen(client, f"Gym {mark}")
    group = new_group(client, f"Sport {mark}")
    client.post("/api/player/report", json={"showing": {"note": "Notice: nothing_assigned"}}, headers=token)
    picture = io.BytesIO()
    Image.new("RGB", (480, 270), "#0f4a3a").save(picture, "WEBP")
    headers = token | {"Content-Type": "image/webp"}
    client.put("/api/player/snapshot", content=picture.getvalue(), headers=headers).raise_for_status()
    page = visitor.sign_in()
    visitor.open("#/screens")
    page.get_by_label(f"Group of “Gym {mark}”").select_option(f"Sport {mark}")
    expect(page.get_by_role("img", name=f"What “Gym {mark}” shows at the moment")).to_be_visible()
    wait_until(lambda: client.get(f"/api/players/{player}").json()["group_id"] == group, "the group is changed")
    expect(page.get_by_label(f"Group of “Gym {mark}”")).to_have_value(group)


def test_a_group_has_a_clock_and_hours_of_its_own(visitor, client, mark):
    new_group(client, f"First {mark}")
    page = visitor.sign_in()
    visitor.open("#/schedule")
    page.get_by_role("button", name="New group").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name", exact=True).fill(f"Osaka {mark}")
    dialog.get_by_label("Time zone").fill("Asia/Tokyo")
    dialog.get_by_role("button", name="Add hours").click()
    dialog.get_by_role("button", name="Save").click()
    page.get_by_label("Group that is shown").select_option(f"Osaka {mark}")
    expect(page.locator(".schedule")).to_contain_text("Times in Asia/Tokyo")
    [group] = [one for one in client.get("/api/groups").json()["items"] if one["name"] == f"Osaka {mark}"]
    assert group["hours"] == [{"weekdays": [1, 2, 3, 4, 5], "starts": "07:00", "ends": "18:00"}]
    player, _ = new_screen(client, f"Far {mark}")
    client.put(f"/api/players/{player}/group", json={"group_id": group["group_id"]}).raise_for_status()
    page.get_by_role("button", name="Group", exact=True).click()
    dialog.get_by_role("button", name="Delete this group").click()
    expect(dialog.get_by_role("alert")).to_contain_text(f"Osaka {mark}")
    client.put(f"/api/players/{player}/group", json={"group_id": None}).raise_for_status()
    dialog.get_by_role("button", name="Delete this group").click()
    expect(dialog).to_have_count(0)
    assert client.get(f"/api/groups/{group['group_id']}").status_code == 404


def test_an_operator_reads_who_changed_what_and_saves_it(visitor, client, mark):
    playlist = new_playlist(client, f"Morning {mark}")
    client.patch(f"/api/playlists/{playlist}", json={"name": f"Evening {mark}"}).raise_for_status()
    page = visitor.sign_in()
    page.get_by_role("link", name="Operations").click()
    page.get_by_role("link", name="Who changed what").click()
    page.get_by_role("link", name=f"Evening {mark}").first.click()
    rows = page.locator("info-audit tbody tr")
    expect(rows).to_have_count(2)
    rows.first.locator("summary").click()
    expect(rows.first.locator(".differences")).to_have_text(f"nameMorning {mark} → Evening {mark}")
    with page.expect_download() as download:
        page.get_by_role("link", name="Save as CSV").click()
    assert download.value.path().read_text().count(playlist) == 2


def test_a_screen_is_renamed_and_told_to_show_its_name(visitor, client, mark):
    player, token = new_screen(client, f"Gym {mark}")
    page = visitor.sign_in()
    visitor.open("#/screens")
    page.get_by_role("listitem").filter(has_text=f"Gym {mark}").get_by_role("button", name="Settings").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="Show its name on the screen").click()
    expect(dialog.get_by_role("status")).to_contain_text("Sent")
    assert [command["kind"] for command in manifest(client, token)["commands"]] == ["identify"]
    dialog.get_by_label("Name", exact=True).fill(f"Hall {mark}")
    dialog.get_by_role("button", name="Save").click()
    expect(page.get_by_role("listitem").filter(has_text=f"Hall {mark}")).to_be_visible()
    assert client.get(f"/api/players/{player}").json()["name"] == f"Hall {mark}"


def test_an_entry_has_days_on_which_it_does_not_start(visitor, client, mark):
    group = new_group(client, f"School {mark}")
    playlist = new_playlist(client, f"Lessons {mark}")
    body = {"playlist_id": playlist, "group_id": group, "except_days": ["2030-12-24", "2030-12-31"]}
    entry = client.post("/api/schedule", json=body).raise_for_status().json()["entry_id"]
    page = visitor.sign_in()
    visitor.open("#/schedule")
    page.get_by_label("Group that is shown").select_option(f"School {mark}")
    page.get_by_role("button", name=f"Change Lessons {mark}").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="Remove Tue 24 Dec").click()
    dialog.get_by_label("Not on").fill("2030-12-25")
    dialog.get_by_role("button", name="Add this day").click()
    dialog.get_by_role("button", name="Save").click()
    expect(dialog).to_have_count(0)
    assert client.get(f"/api/schedule/{entry}").json()["except_days"] == ["2030-12-25", "2030-12-31"]
