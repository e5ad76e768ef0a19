"""What there is to see: a furnished system, and the way to every page and state of the dashboard."""

import json
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
from e2e.dashboard.media import BROKEN, chosen, deck, put, settled
from playwright.sync_api import Page, expect
from support.lossy_decks import LOST_IN_FODP, lossy_fodp

PATIENCE_SECONDS = 30
ONE_COLOUR_BYTES = 10_000
PHONE = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True, "device_scale_factor": 2}
APPEARANCES: dict[str, dict[str, Any]] = {
    "light": {"color_scheme": "light"},
    "dark-german": {"color_scheme": "dark", "locale": "de-DE"},
    "phone": PHONE | {"color_scheme": "light"},
    "phone-dark-german": PHONE | {"color_scheme": "dark", "locale": "de-DE"},
}
FIGURES, UNFINISHED, LONG = (
    "Quarterly figures Q3.fodp",
    "Unfinished draft.fodp",
    "Betriebsversammlung_2026-11-26_Foliensatz_endgültig_FINAL_v7 (überarbeitet, Anmerkungen der Werksleitung).fodp",
)
LOSSY = "Made in another program.fodp"
NOTICE = "Notice: preparing"
# What phones have not, and Chromium does not pretend to lack.
WITHOUT_PDF_VIEWER = "Object.defineProperty(Navigator.prototype, 'pdfViewerEnabled', { get: () => false })"
# Filename, what its first page says, and its ground: a library that looks like one. The last is the newest.
DECKS = [
    (LONG, "Betriebsversammlung", "#44403c"),
    ("Canteen menu, week 48.fodp", "Canteen menu", "#3b2413"),
    ("Visitors from Osaka.fodp", "Welcome, visitors!", "#5a1a3c"),
    ("Safety on the shop floor.fodp", "Safety first", "#6b2a12"),
    ("Summer party.fodp", "Summer party", "#0f4a3a"),
    (FIGURES, "Q3 in figures", "#1c2b5e"),
    ("Train departures.fodp", "Departures", "#20303a"),
    ("New colleagues in November.fodp", "Hello, new ones", "#3a2a63"),
    ("Welcome.fodp", "Welcome", "#101a33"),
]
PLAYED = ["Welcome.fodp", LONG, "Canteen menu, week 48.fodp"]


@dataclass(frozen=True)
class Scene:
    """A page right after signing in, and the media that can be shown on it."""

    page: Page
    client: httpx.Client
    ids: dict[str, str]

    def go(self, fragment: str) -> None:
        """Follow a link."""
        self.page.evaluate("fragment => { location.hash = fragment; }", fragment)

    def upload(self, *files: dict[str, Any]) -> None:
        """Choose files with the button, whatever language it speaks."""
        with self.page.expect_file_chooser() as chooser:
            self.page.locator("info-library .page-head .primary").click()
        chooser.value.set_files(list(files))


def furnish(client: httpx.Client) -> dict[str, str]:
    """Put in what there is to see: the ids of media by filename."""
    ids = {UNFINISHED: put(client, UNFINISHED, BROKEN), LOSSY: put(client, LOSSY, lossy_fodp())}
    ids |= {name: put(client, name, deck(title=title, ground=ground)) for name, title, ground in DECKS}
    for media_id in ids.values():
        settled(client, media_id)
    enrol_screens(client, [ids[name] for name in PLAYED])
    plan(client, ids)
    return ids


def enrol_screens(client: httpx.Client, shown: list[str]) -> None:
    """A screen that is well, one that is not, one that waits for its code, one that is no more, one with a notice."""
    for number, name in enumerate(("Foyer", "Canteen, left of the door to the kitchen", "Workshop", "Old gate", "Gym")):
        player = client.post("/api/players", json={"name": name}).json()
        client.put(f"/api/players/{player['player_id']}/media", json={"media_ids": shown})
        if name == "Old gate":
            client.delete(f"/api/players/{player['player_id']}").raise_for_status()
        if name in ("Workshop", "Old gate"):
            continue
        health = {"temperature_celsius": 51 + 33 * (number % 2), "undervoltage": number == 1}
        since = datetime.now(UTC) - timedelta(hours=3 + number)
        showing = {"media_id": shown[number], "note": "The first of 3 files"} if number < 2 else {"note": NOTICE}
        report = {"showing": {**showing, "since": since.isoformat()}, "health": health}
        authorization = {"Authorization": f"Bearer {player['token']}"}
        client.post("/api/player/report", json=report, headers=authorization).raise_for_status()


def plan(client: httpx.Client, ids: dict[str, str]) -> None:
    """A school: a usual playlist, lunch on weekdays, an evening on Thursday that hides what is usual then."""
    lists = {"House news": DECKS[5:], "Canteen": [DECKS[1]], "Parents' evening": [DECKS[2], DECKS[8]]}
    playlists = {}
    for name, decks in lists.items():
        playlists[name] = client.post("/api/playlists", json={"name": name}).json()["playlist_id"]
        items = [{"media_id": ids[filename], "seconds": 20} for filename, *_ in decks]
        client.put(f"/api/playlists/{playlists[name]}/items", json={"items": items}).raise_for_status()
    hours = [{"weekdays": [1, 2, 3, 4, 5], "starts": "07:00", "ends": "22:00"}]
    foyer = {"name": "Foyer", "timezone": "Europe/Berlin", "language": "de", "hours": hours}
    group = client.post("/api/groups", json=foyer | {"default_playlist_id": playlists["House news"]}).json()["group_id"]
    for player in client.get("/api/players").json()["items"]:
        if player["name"] in ("Foyer", "Gym"):
            client.put(f"/api/players/{player['player_id']}/group", json={"group_id": group}).raise_for_status()
    weekdays = {"weekdays": [1, 2, 3, 4, 5], "starts": "11:00", "ends": "19:00"}
    evening = {"weekdays": [4], "starts": "18:00", "ends": "22:00", "priority": 10}
    for name, rule in (("Canteen", weekdays), ("Parents' evening", evening)):
        entry = {"playlist_id": playlists[name], "group_id": group} | rule
        client.post("/api/schedule", json=entry).raise_for_status()


def sign_in(scene: Scene) -> None:
    scene.page.context.clear_cookies()
    scene.page.reload()
    expect(scene.page.locator("#email")).to_be_focused()


def refused_sign_in(scene: Scene) -> None:
    sign_in(scene)
    scene.page.locator("#token").fill("iso_no-such-token")
    scene.page.keyboard.press("Enter")
    expect(scene.page.locator(".form-error")).not_to_be_empty()


def library(scene: Scene) -> None:
    expect(scene.page.locator("info-medium-card .thumb.loaded").first).to_be_visible()
    pictures_loaded(scene.page)


def filtered(scene: Scene) -> None:
    scene.go("#/library?type=document&by=someone&tag=canteen")
    expect(scene.page.locator(".further-filters .chip")).to_have_count(2)


def nothing_found(scene: Scene) -> None:
    scene.page.get_by_role("searchbox").fill("there is no such file")
    expect(scene.page.locator(".empty h2")).to_be_visible()


def failed_library(scene: Scene) -> None:
    scene.page.route("**/api/media?*", lambda route: route.abort())
    scene.page.reload()
    expect(scene.page.locator(".empty[role=alert]")).to_be_visible()


def lost_connection(scene: Scene) -> None:
    scene.page.route("**/api/events", lambda route: route.abort())
    scene.page.reload()
    library(scene)
    expect(scene.page.locator(".connection-lost")).to_be_visible()


def crowded(scene: Scene) -> None:
    refusal = {"detail": "Too many streams are open.", "code": "too_many_requests"}
    answer = {"status": 429, "headers": {"Retry-After": "60"}, "json": refusal}
    scene.page.route("**/api/events", lambda route: route.fulfill(**answer))
    scene.page.reload()
    library(scene)
    expect(scene.page.locator(".connection-lost")).to_be_visible()


def uploads(scene: Scene) -> None:
    fine = [chosen(name, deck(title=title, ground=ground)) for name, title, ground in DECKS[:2]]
    scene.upload(chosen("notes.txt", b"only words"), *fine)
    expect(scene.page.locator("info-upload-row .chip.ready")).to_have_count(2)
    sending(scene)


def sending(scene: Scene) -> None:
    devtools = scene.page.context.new_cdp_session(scene.page)
    slow = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": 400_000}
    devtools.send("Network.emulateNetworkConditions", slow)
    scene.upload(chosen("Annual report.pdf", b"%PDF-1.7\n" + bytes(20_000_000)))
    expect(scene.page.locator("info-upload-row.sending .upload-words")).to_contain_text("/s · ")


def stopped_uploads(scene: Scene) -> None:
    sending(scene)
    scene.page.reload()
    rows = scene.page.locator("info-upload-row")
    expect(rows).to_have_class("missing")
    scene.upload(chosen("Menu of the week.pdf", b"%PDF-1.7\n" + bytes(6_000_000)))
    rows.filter(has_text="Menu").get_by_role("button").first.click()  # pause
    scene.page.route("**/api/uploads", lambda route: route.abort())
    scene.upload(chosen("Hall plan.pdf", b"%PDF-1.7\n" + bytes(6_000_000)))
    expect(rows).to_have_count(3)
    expect(scene.page.locator(".missing, .paused, .retrying")).to_have_count(3)


def drop(scene: Scene) -> None:
    library(scene)
    files = "() => { const t = new DataTransfer(); t.items.add(new File(['x'], 'x.pptx')); return t; }"
    transfer = scene.page.evaluate_handle(files)
    scene.page.dispatch_event("body", "dragenter", {"dataTransfer": transfer})
    expect(scene.page.locator(".drop-overlay")).to_be_visible()


def deletion(scene: Scene) -> None:
    scene.go(f"#/media/{put(scene.client, 'Last year.fodp')}")
    scene.page.locator(".actions .danger").click()
    expect(scene.page.locator(".notice .button")).to_be_visible()
    pictures_loaded(scene.page)


def menu(scene: Scene) -> None:
    library(scene)
    scene.page.locator(".avatar").click()
    expect(scene.page.locator("#account-menu")).to_be_visible()


def medium(scene: Scene) -> None:
    scene.go(f"#/media/{scene.ids[FIGURES]}")
    expect(scene.page.locator(".history")).to_be_visible()
    preview_painted(scene.page)


def versions(scene: Scene) -> None:
    media_id = put(scene.client, "Menu.fodp", deck(title="Menu", ground="#3b2413"))
    path = f"/api/media/{media_id}"
    replaced = scene.client.put(
        path, params={"filename": "Menu (2).fodp"}, content=deck(title="New menu", ground="#13243b")
    )
    replaced.raise_for_status()
    scene.client.patch(path, json={"title": "Menu of the week", "tags": ["canteen", "weekly"]}).raise_for_status()
    settled(scene.client, media_id)
    scene.go(f"#/media/{media_id}")
    expect(scene.page.locator(".versions > li")).to_have_count(2)
    expect(scene.page.locator(".tags .chip")).to_have_count(2)
    preview_painted(scene.page)


def chosen_media(scene: Scene) -> None:
    library(scene)
    for number in (0, 2):
        scene.page.locator("info-medium-card").nth(number).get_by_role("checkbox").check()
    expect(scene.page.locator("info-selection-bar")).to_be_visible()


def trash(scene: Scene) -> None:
    for name in ("Summer party of last year.fodp", LONG):
        media_id = put(scene.client, name, deck(title=name, ground="#0f4a3a"))
        scene.client.delete(f"/api/media/{media_id}").raise_for_status()
    scene.go("#/trash")
    expect(scene.page.locator(".trash-list > li").first).to_be_visible()


def report(scene: Scene) -> None:
    scene.go(f"#/media/{scene.ids[LOSSY]}")
    scene.page.locator("info-medium-report button.small").click()
    expect(scene.page.locator(".report > li")).to_have_count(len(LOST_IN_FODP))
    preview_painted(scene.page)


def long_name(scene: Scene) -> None:
    scene.go(f"#/media/{scene.ids[LONG]}")
    expect(scene.page.locator(".history")).to_be_visible()
    preview_painted(scene.page)


def pdf_options(scene: Scene) -> None:
    medium(scene)
    scene.page.locator("info-medium-actions button").nth(3).click()
    expect(scene.page.locator("dialog #pdf-pages")).to_be_focused()


def failed_medium(scene: Scene) -> None:
    scene.go(f"#/media/{scene.ids[UNFINISHED]}")
    expect(scene.page.locator(".status-sentence.bad")).to_be_visible()
    expect(scene.page.locator(".history")).to_be_visible()


def gone_medium(scene: Scene) -> None:
    scene.go(f"#/media/{UUID(int=0)}")
    expect(scene.page.locator(".empty h1")).to_be_visible()


def screens(scene: Scene) -> None:
    scene.go("#/screens")
    expect(scene.page.locator("info-player-card .thumb.loaded").first).to_be_visible()
    pictures_loaded(scene.page)


def not_copied(scene: Scene) -> None:
    scene.page.evaluate("delete Navigator.prototype.clipboard; document.execCommand = () => false")
    medium(scene)
    scene.page.locator("info-medium-actions button").nth(1).click()
    expect(scene.page.locator("dialog input")).to_be_focused()


def unread_medium(scene: Scene) -> None:
    scene.page.route("**/api/media/*", lambda route: route.abort())
    scene.go(f"#/media/{scene.ids[FIGURES]}")
    scene.page.reload()
    expect(scene.page.locator(".empty[role=alert]")).to_be_visible()


def enrolment(scene: Scene) -> None:
    scene.go("#/screens")
    scene.page.locator(".page-head .primary").click()
    expect(scene.page.locator("#screen-name")).to_be_focused()


def code(scene: Scene) -> None:
    scene.go("#/screens")
    scene.page.locator("info-player-card").filter(has_text="Workshop").locator(".button").nth(1).click()
    scene.page.locator("dialog .primary").click()
    expect(scene.page.locator("dialog .code")).to_be_visible()


def code_not_copied(scene: Scene) -> None:
    scene.page.evaluate("delete Navigator.prototype.clipboard; document.execCommand = () => false")
    code(scene)
    scene.page.locator("dialog .code button").click()
    expect(scene.page.locator("dialog [role=status]")).to_contain_text(re.compile("Ctrl|Strg"))


def assignment(scene: Scene) -> None:
    scene.go("#/screens")
    scene.page.locator("info-player-card .screen-actions .button").first.click()
    expect(scene.page.locator("dialog.assign input[type=checkbox]").first).to_be_visible()
    expect(scene.page.locator("dialog.assign .thumb.loaded").first).to_be_visible()


def revocation(scene: Scene) -> None:
    scene.go("#/screens")
    scene.page.locator("info-player-card .danger").first.click()
    expect(scene.page.locator("dialog .danger")).to_be_visible()


def operations(scene: Scene) -> None:
    scene.go("#/operations")
    expect(scene.page.locator(".chart-fill.good").first).to_be_attached()
    expect(scene.page.locator("info-dead-letters .panel")).to_be_visible()
    expect(scene.page.locator("info-converters table")).to_be_visible()


def people(scene: Scene) -> None:
    """Two accounts, one of them disabled, and an open invite."""
    if not scene.client.get("/api/people").json()["items"]:
        for name in ("Ada Lovelace", "Łukasz Żółć"):
            invite = scene.client.post("/api/invites", json={"name": name, "role": "editor"}).json()["secret"]
            account = {"name": name, "email": f"{uuid4().hex}@example.org", "password": "correct horse battery"}
            scene.client.post("/api/people", json={"invite": invite, **account}).raise_for_status()
            scene.client.cookies.clear()
        accounts = scene.client.get("/api/people").json()["items"]
        scene.client.patch(f"/api/people/{accounts[-1]['account_id']}", json={"disabled": True})
        scene.client.post("/api/invites", json={"name": "Reception", "role": "viewer"})
    scene.go("#/people")
    expect(scene.page.locator("info-people tbody tr").first).to_be_visible()


def account(scene: Scene) -> None:
    """Of a person with two sessions and a token."""
    edge = str(scene.client.base_url)
    invite = scene.client.post("/api/invites", json={"name": "Ada Lovelace", "role": "operator"}).json()["secret"]
    made = {"name": "Ada Lovelace", "email": f"{uuid4().hex[:8]}@example.org", "password": "correct horse battery"}
    with httpx.Client(base_url=edge, timeout=60, headers={"User-Agent": "Lynx/2.9"}) as ada:
        ada.post("/api/people", json={"invite": invite, **made}).raise_for_status()
        ada.post("/api/tokens", json={"name": "Canteen menu", "role": "uploader"}).raise_for_status()
    scene.page.evaluate(
        "secrets => fetch('/api/session', secrets)",
        {
            "method": "POST",
            "headers": {"Content-Type": "application/json"},
            "body": json.dumps({"email": made["email"], "password": made["password"]}),
        },
    )
    scene.page.reload()
    scene.page.locator("info-header").wait_for()
    scene.go("#/account")
    expect(scene.page.locator("info-account tbody tr")).to_have_count(3)


def hand_over(scene: Scene) -> None:
    people(scene)
    scene.go(f"#/media/{scene.ids[FIGURES]}")
    expect(scene.page.locator("info-medium-history li").first).to_be_visible()
    scene.page.locator("info-medium-actions .button:has-text('Hand over'), .button:has-text('Übergeben')").click()
    expect(scene.page.locator("dialog #new-owner")).to_be_visible()


def channels(scene: Scene) -> None:
    """A webhook, and the way to add another."""
    if not scene.client.get("/api/channels").json()["items"]:
        wanted = {"name": "Operators", "kind": "webhook", "target": "https://hooks.invalid/infoscreen"}
        scene.client.post("/api/channels", json=wanted).raise_for_status()
    scene.go("#/channels")
    expect(scene.page.locator(".channel")).to_have_count(1)


def channel_dialog(scene: Scene) -> None:
    channels(scene)
    scene.page.locator("info-channels .page-head .primary").click()
    expect(scene.page.locator("dialog #channel-target")).to_be_visible()


def audit(scene: Scene) -> None:
    scene.go("#/audit")
    scene.page.locator("info-audit details summary").first.click()
    expect(scene.page.locator(".differences").first).to_be_visible()


def playlists(scene: Scene) -> None:
    scene.go("#/playlists")
    expect(scene.page.locator(".playlist")).to_have_count(3)


def playlist(scene: Scene) -> None:
    playlists(scene)
    card = scene.page.locator(".playlist").filter(has_text="Parents' evening")
    card.locator(".button").first.click()
    expect(scene.page.locator(".playlist-items .thumb.loaded").first).to_be_visible()


def schedule(scene: Scene) -> None:
    scene.go("#/schedule")
    expect(scene.page.locator(".strip .entry").first).to_be_visible()
    expect(scene.page.locator(".hidden-by").first).to_be_visible()


def screen_settings(scene: Scene) -> None:
    screens(scene)
    scene.page.get_by_role("listitem").filter(has_text="Gym").locator("header .icon-button").click()
    scene.page.locator(".commands .button").first.click()
    expect(scene.page.locator(".commands p")).not_to_be_empty()


def evening(scene: Scene) -> None:
    schedule(scene)
    scene.page.locator(".strip-day").nth(3).locator(".icon-button").click()
    expect(scene.page.locator("#entry-playlist")).to_be_focused()
    scene.page.locator("#day-list-day").fill("2026-12-24")
    scene.page.locator(".day-adder .button").click()


def group(scene: Scene) -> None:
    schedule(scene)
    scene.page.locator(".page-head .button").first.click()
    expect(scene.page.locator(".hours-row")).to_be_visible()


def show_on(scene: Scene) -> None:
    medium(scene)
    scene.page.locator("info-medium-actions button").first.click()
    expect(scene.page.locator("dialog input[name=group]").first).to_be_focused()


def announcement(scene: Scene) -> None:
    scene.page.locator("info-header .alarm").click()
    expect(scene.page.locator("#announce-text")).to_be_focused()


def announced(scene: Scene) -> None:
    until = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    body = {"text": "Fire drill: leave the building by the nearest stairs", "until": until}
    override = scene.client.post("/api/overrides", json=body).json()["override_id"]
    try:
        expect(scene.page.locator(".override")).to_be_visible()
    finally:
        scene.client.delete(f"/api/overrides/{override}").raise_for_status()


def pictures_loaded(page: Page) -> None:
    page.wait_for_function(
        """() => [...document.querySelectorAll('.thumb img')].every((image) => {
          const { bottom, top } = image.getBoundingClientRect();
          return bottom < 0 || top > innerHeight || image.complete;
        })"""
    )


def preview_painted(page: Page) -> None:
    """The browser's viewer says nothing of itself: when a slide is painted, the picture is not of one colour."""
    pictures_loaded(page)
    if not page.evaluate("navigator.pdfViewerEnabled"):
        return
    deadline = time.monotonic() + PATIENCE_SECONDS
    while len(page.locator(".preview").screenshot()) < ONE_COLOUR_BYTES:
        assert time.monotonic() < deadline, "the preview stays empty"
    page.evaluate("scrollTo(0, 0)")


SCENES: dict[str, Callable[[Scene], None]] = {
    "library": library,
    "medium": medium,
    "versions": versions,
    "trash": trash,
    "chosen-media": chosen_media,
    "report": report,
    "screens": screens,
    "playlists": playlists,
    "schedule": schedule,
    "operations": operations,
    "audit": audit,
    "people": people,
    "account": account,
    "channels": channels,
    "channel-dialog": channel_dialog,
    "sign-in": sign_in,
    "refused-sign-in": refused_sign_in,
    "filtered": filtered,
    "nothing-found": nothing_found,
    "failed-library": failed_library,
    "lost-connection": lost_connection,
    "crowded": crowded,
    "uploads": uploads,
    "stopped-uploads": stopped_uploads,
    "drop": drop,
    "deletion": deletion,
    "menu": menu,
    "long-name": long_name,
    "pdf-options": pdf_options,
    "failed-medium": failed_medium,
    "gone-medium": gone_medium,
    "unread-medium": unread_medium,
    "not-copied": not_copied,
    "enrolment": enrolment,
    "code": code,
    "code-not-copied": code_not_copied,
    "assignment": assignment,
    "revocation": revocation,
    "hand-over": hand_over,
    "playlist": playlist,
    "screen-settings": screen_settings,
    "evening": evening,
    "group": group,
    "show-on": show_on,
    "announcement": announcement,
    "announced": announced,
}


def empty_library(scene: Scene) -> None:
    expect(scene.page.locator(".welcome")).to_be_visible()


def empty_trash(scene: Scene) -> None:
    scene.go("#/trash")
    expect(scene.page.locator(".empty h2")).to_be_visible()


def empty_screens(scene: Scene) -> None:
    scene.go("#/screens")
    expect(scene.page.locator(".welcome")).to_be_visible()


def empty_playlists(scene: Scene) -> None:
    scene.go("#/playlists")
    expect(scene.page.locator(".welcome")).to_be_visible()


def empty_schedule(scene: Scene) -> None:
    scene.go("#/schedule")
    expect(scene.page.locator(".welcome")).to_be_visible()


def empty_operations(scene: Scene) -> None:
    scene.go("#/operations")
    expect(scene.page.locator("info-dead-letters .panel")).to_be_visible()
    expect(scene.page.locator("info-converters .panel")).to_be_visible()


EMPTY_SCENES: dict[str, Callable[[Scene], None]] = {
    "empty-library": empty_library,
    "empty-trash": empty_trash,
    "empty-screens": empty_screens,
    "empty-playlists": empty_playlists,
    "empty-schedule": empty_schedule,
    "empty-operations": empty_operations,
}
