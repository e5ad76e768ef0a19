"""What operators do: screens from enrolment to revocation, and watching the system."""

import asyncio
import threading
from collections.abc import Coroutine
from uuid import uuid4

import nats
import pytest
from e2e.dashboard.media import BROKEN, put, ready, settled
from playwright.sync_api import Page, expect


def in_a_loop_of_its_own(coroutine: Coroutine) -> None:
    """Playwright's own loop runs in this thread."""
    thread = threading.Thread(target=asyncio.run, args=(coroutine,))
    thread.start()
    thread.join()


def screen(page: Page, name: str):
    return page.locator("info-player-card").filter(has_text=name)


@pytest.fixture
def deck(system) -> str:
    """A medium that is ready; its filename, which would be markup if anything took it for that."""
    name = f"<img src=x> {uuid4().hex[:8]}.fodp"
    with system.client() as client:
        ready(client, name)
    return name


def test_a_screen_from_its_code_to_its_end(visitor, system, deck):
    name = f"Foyer {uuid4().hex[:6]}"
    page = visitor.sign_in("operator")
    page.get_by_role("link", name="Screens").click()

    page.get_by_role("button", name="Add a screen").click()
    page.get_by_label("Name").fill(name)
    page.get_by_role("button", name="Get a code", exact=True).click()
    code = page.locator(".code code").inner_text()
    page.get_by_role("button", name="Done").click()
    expect(screen(page, name)).to_contain_text("Waiting for its code")

    with system.client("player") as player:
        token = player.post("/api/player/enrol", json={"code": code}, headers={"Authorization": ""}).json()["token"]
        player.headers["Authorization"] = f"Bearer {token}"
        assert player.get("/api/player/manifest").json()["media"] == []
        expect(screen(page, name)).to_contain_text("Online")

        screen(page, name).get_by_role("button", name="Choose files").click()
        dialog = page.get_by_role("dialog")
        dialog.get_by_role("searchbox").fill(deck)
        dialog.get_by_role("checkbox", name=deck).check()
        dialog.get_by_role("button", name="Save").click()
        expect(screen(page, name)).to_contain_text("1 file chosen")
        [item] = player.get("/api/player/manifest").json()["media"]
        assert item["filename"] == deck

        showing = {"media_id": item["media_id"], "since": "2026-01-01T00:00:00Z"}
        player.post("/api/player/report", json={"showing": showing, "health": {"undervoltage": True}})
        expect(screen(page, name)).to_contain_text(deck)
        expect(page.locator("img[src=x]")).to_have_count(0)
        expect(screen(page, name)).to_contain_text("power supply")

        screen(page, name).get_by_role("button", name="Revoke").click()
        page.get_by_role("dialog").get_by_role("button", name="Revoke").click()
        expect(screen(page, name)).to_contain_text("Revoked")
        assert player.get("/api/player/manifest").status_code == 401


def test_a_screens_card_names_what_is_on_the_wall(visitor, system):
    mark = uuid4().hex[:6]
    page = visitor.sign_in("operator")
    with system.client() as client, system.client("player") as player:
        media_id = put(client, f"On the wall {mark}.fodp")
        for name, showing in {
            f"Unassigned {mark}": {"note": "Notice: nothing_assigned", "since": "2026-01-01T00:00:00Z"},
            f"Newer {mark}": {"note": "Notice: of_a_newer_player"},
            f"Full {mark}": {"media_id": media_id, "note": "The first of 3 files", "since": "2026-01-01T00:00:00Z"},
        }.items():
            token = client.post("/api/players", json={"name": name}).json()["token"]
            authorization = {"Authorization": f"Bearer {token}"}
            player.post("/api/player/report", json={"showing": showing}, headers=authorization).raise_for_status()
        visitor.open("#/screens")
        expect(screen(page, f"Unassigned {mark}")).to_contain_text("no files are chosen for it")
        expect(screen(page, f"Newer {mark}")).to_contain_text("A notice of its own")
        expect(screen(page, f"Full {mark}")).to_contain_text(f"On the wall {mark}.fodp")
        expect(screen(page, f"Full {mark}")).to_contain_text("and 2 more in turn")
        expect(page.locator("info-player-card").filter(has_text="Notice:")).to_have_count(0)
        client.delete(f"/api/media/{media_id}").raise_for_status()
        expect(screen(page, f"Full {mark}")).to_contain_text("A file that is no longer in the library")


def test_the_order_of_a_screens_files_is_kept(visitor, system, deck):
    name = f"Order {uuid4().hex[:6]}"
    with system.client() as client:
        player_id = client.post("/api/players", json={"name": name}).json()["player_id"]
        newest = [item["media_id"] for item in client.get("/api/media", params={"limit": 2}).json()["items"]]
        client.put(f"/api/players/{player_id}/media", json={"media_ids": newest})
        page = visitor.sign_in("operator")
        visitor.open("#/screens")
        screen(page, name).get_by_role("button", name="Choose files").click()
        dialog = page.get_by_role("dialog")
        dialog.get_by_role("button", name="Move").and_(page.locator(".down:enabled")).first.click()
        dialog.get_by_role("button", name="Save").click()
        expect(dialog).to_have_count(0)
        assert client.get(f"/api/players/{player_id}").json()["media_ids"] == newest[::-1]


@pytest.mark.exhaustive
def test_leaving_a_dialog_changes_nothing(visitor, system):
    page = visitor.sign_in("operator")
    visitor.open("#/screens")
    page.get_by_role("button", name="Add a screen").click()
    name = f"Never {uuid4().hex[:6]}"
    page.get_by_label("Name").fill(name)
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    with system.client() as client:
        assert name not in client.get("/api/players").text


def test_the_figures_say_what_the_system_did(visitor, deck):
    page = visitor.sign_in("operator")
    page.get_by_role("link", name="Operations").click()
    expect(page.locator(".tile.ready strong")).not_to_have_text("0")
    expect(page.get_by_role("img", name="conversions were finished")).to_be_visible()
    expect(page.get_by_role("img", name="Half of the latest")).to_be_visible()
    for lane in ("Urgent", "Normal", "Bulk"):
        expect(page.locator("info-lanes")).to_contain_text(lane)
    expect(page.locator("info-converters")).to_contain_text("converter-1")


def test_failures_are_counted_by_their_reason(visitor, system):
    with system.client() as client:
        assert settled(client, put(client, "broken.fodp", BROKEN)) == "failed"
    page = visitor.sign_in("operator")
    page.get_by_role("link", name="Operations").click()
    page.get_by_role("link", name="Show them").click()
    expect(page.locator("info-medium-card").filter(has_text="broken.fodp").first).to_contain_text("Failed")


def test_a_dead_letter_can_be_dropped_for_good(visitor, system):
    subject = f"conversion.requested.{uuid4()}"

    async def publish() -> None:
        client = await nats.connect(system.endpoints["nats"])
        await client.jetstream().publish(subject, b"not an event")
        await client.close()

    in_a_loop_of_its_own(publish())
    page = visitor.sign_in("operator")
    page.get_by_role("link", name="Operations").click()
    letter = page.locator("info-dead-letters tr").filter(has_text=subject)
    expect(letter).to_be_visible()
    letter.get_by_role("button", name="Drop").click()
    page.get_by_role("dialog").get_by_role("button", name="Drop").click()
    expect(letter).to_have_count(0)
    page.reload()
    expect(page.locator("info-dead-letters")).to_contain_text("Dead letters")
    expect(letter).to_have_count(0)
