"""Every page in every appearance: nothing for a screen reader to trip over, nothing that overflows, and a picture.

`make screenshots` runs this module with INFOSCREEN_SCREENSHOTS, the folder in which the pictures are kept.
"""

import json
import os
import re
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Page, expect

from infoscreen.cli.requirements import repository_root

pytestmark = pytest.mark.exhaustive

SAMPLE = repository_root() / "samples" / "welcome.fodp"
AXE = repository_root() / "services" / "dashboard" / "node_modules" / "axe-core" / "axe.min.js"
PHONE = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True, "device_scale_factor": 2}
APPEARANCES = {
    "light": {"color_scheme": "light"},
    "dark": {"color_scheme": "dark"},
    "phone": PHONE | {"color_scheme": "light"},
    "phone-dark-german": PHONE | {"color_scheme": "dark", "locale": "de-DE"},
}
# Filename, what its first page says, and its ground: a library that looks like one.
DECKS = [
    ("Canteen menu, week 48.fodp", "Canteen menu", "#3b2413"),
    ("Visitors from Osaka.fodp", "Welcome, visitors!", "#5a1a3c"),
    ("Safety on the shop floor.fodp", "Safety first", "#6b2a12"),
    ("Summer party.fodp", "Summer party", "#0f4a3a"),
    ("Quarterly figures Q3.fodp", "Q3 in figures", "#1c2b5e"),
    ("Train departures.fodp", "Departures", "#20303a"),
    ("New colleagues in November.fodp", "Hello, new ones", "#3a2a63"),
    ("Welcome.fodp", "Welcome", "#101a33"),
]


def deck(title: str, colour: str) -> bytes:
    return SAMPLE.read_text().replace("Welcome to Infoscreen", title).replace("#101a33", colour).encode()


@pytest.fixture(scope="module")
def furnished(system) -> dict[str, str]:
    """A system in which there is something to see; the ids of media by filename."""
    ids: dict[str, str] = {}
    with system.client() as client:
        broken = SAMPLE.read_bytes()[: SAMPLE.stat().st_size // 2]
        for name, content in [("Unfinished draft.fodp", broken)] + [(name, deck(*rest)) for name, *rest in DECKS]:
            answer = client.post("/api/media", params={"filename": name}, content=content)
            ids[name] = answer.json()["media_id"]
        for media_id in ids.values():
            client.get(f"/api/media/{media_id}/display?wait=50", headers={"Accept": "application/json"})
        enrol_screens(client, list(ids.values())[1:4])
    return ids


def enrol_screens(client: httpx.Client, shown: list[str]) -> None:
    """Three screens: one that shows something, one that is not well, one that waits for its code."""
    known = {player["name"] for player in client.get("/api/players").json()["items"]}
    for number, name in enumerate(("Foyer", "Canteen, left", "Workshop")):
        if name in known:
            continue
        player = client.post("/api/players", json={"name": name}).json()
        client.put(f"/api/players/{player['player_id']}/media", json={"media_ids": shown})
        if name == "Workshop":
            continue
        health = {"temperature_celsius": 51 + 33 * number, "undervoltage": number == 1}
        report = {"showing": {"media_id": shown[number], "since": "2026-01-01T00:00:00Z"}, "health": health}
        authorization = {"Authorization": f"Bearer {player['token']}"}
        client.post("/api/player/report", json=report, headers=authorization).raise_for_status()


def sign_in_page(page: Page, _: dict[str, str]) -> None:
    page.context.clear_cookies()
    page.reload()
    expect(page.locator("#token")).to_be_focused()


def library(page: Page, _: dict[str, str]) -> None:
    expect(page.locator("info-medium-card .thumb.loaded").first).to_be_visible()
    pictures_loaded(page)


def medium(page: Page, ids: dict[str, str]) -> None:
    go(page, f"#/media/{ids['Quarterly figures Q3.fodp']}")
    expect(page.locator(".history")).to_be_visible()
    expect(page.frame_locator("iframe").locator("body")).to_be_attached()


def failed_medium(page: Page, ids: dict[str, str]) -> None:
    go(page, f"#/media/{ids['Unfinished draft.fodp']}")
    expect(page.locator(".status-sentence.bad")).to_be_visible()
    expect(page.locator(".history")).to_be_visible()


def screens(page: Page, _: dict[str, str]) -> None:
    go(page, "#/screens")
    expect(page.locator("info-player-card .thumb.loaded").first).to_be_visible()


def enrolment(page: Page, _: dict[str, str]) -> None:
    go(page, "#/screens")
    page.locator(".page-head .primary").click()
    expect(page.locator("#screen-name")).to_be_focused()


def assignment(page: Page, _: dict[str, str]) -> None:
    go(page, "#/screens")
    page.locator("info-player-card .screen-actions .button").first.click()
    expect(page.locator("dialog.assign input[type=checkbox]").first).to_be_visible()
    expect(page.locator("dialog.assign .thumb.loaded").first).to_be_visible()


def operations(page: Page, _: dict[str, str]) -> None:
    go(page, "#/operations")
    expect(page.locator(".chart-fill.good").first).to_be_attached()
    expect(page.locator("info-dead-letters .panel")).to_be_visible()
    expect(page.locator("info-converters table")).to_be_visible()


def uploads(page: Page, _: dict[str, str]) -> None:
    with page.expect_file_chooser() as chooser:
        page.locator("info-library .page-head .primary").click()
    notes = {"name": "notes.txt", "mimeType": "text/plain", "buffer": b"only words"}
    fine = [{"name": name, "mimeType": "", "buffer": deck(*rest)} for name, *rest in DECKS[:2]]
    chooser.value.set_files([notes, *fine])
    expect(page.locator("info-upload-row .chip.ready")).to_have_count(2)
    expect(page.locator("info-upload-row.refused")).to_have_count(1)


def menu(page: Page, _: dict[str, str]) -> None:
    page.locator(".avatar").click()
    expect(page.locator("#account-menu")).to_be_visible()


PAGES: dict[str, Callable[[Page, dict[str, str]], None]] = {
    "library": library,
    "medium": medium,
    "failed-medium": failed_medium,
    "uploads": uploads,
    "menu": menu,
    "screens": screens,
    "enrolment": enrolment,
    "assignment": assignment,
    "operations": operations,
    "sign-in": sign_in_page,
}


def go(page: Page, fragment: str) -> None:
    page.evaluate("fragment => { location.hash = fragment; }", fragment)


def pictures_loaded(page: Page) -> None:
    page.wait_for_function(
        """() => [...document.querySelectorAll('.thumb img')].every((image) => {
          const { bottom, top } = image.getBoundingClientRect();
          return bottom < 0 || top > innerHeight || image.complete;
        })"""
    )


@pytest.fixture
def shown(visit, furnished, request) -> Page:
    name, appearance = request.param
    visitor = visit(**APPEARANCES[appearance], reduced_motion="reduce")
    page = visitor.sign_in("operator")
    PAGES[name](page, furnished)
    return page


everywhere = pytest.mark.parametrize(
    "shown", [pytest.param((n, a), id=f"{n}-{a}") for n in PAGES for a in APPEARANCES], indirect=True
)


@everywhere
def test_every_page_is_there_for_everybody(shown: Page, request, tmp_path: Path):
    folder = Path(os.environ.get("INFOSCREEN_SCREENSHOTS", tmp_path))
    folder.mkdir(parents=True, exist_ok=True)
    name = re.sub(r".*\[(.*)\]", r"\1", request.node.name)
    shown.screenshot(path=folder / f"{name}.png")

    across = shown.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
    assert across[0] <= across[1], "the page is wider than the window"

    if not AXE.exists():
        pytest.skip("axe-core, a development tool, is not installed: npm install in services/dashboard")
    shown.evaluate(AXE.read_text())
    # The frame with the PDF is the browser's own viewer.
    found = shown.evaluate("axe.run({ exclude: ['iframe'] }, { resultTypes: ['violations'] })")["violations"]
    brief = [{"rule": one["id"], "nodes": [node["html"][:200] for node in one["nodes"]]} for one in found]
    assert found == [], json.dumps(brief, indent=1)
