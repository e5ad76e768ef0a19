"""Finding a medium, looking at it, and everything that can be done with it."""

import re
from collections.abc import Iterator
from uuid import uuid4

import httpx
import pytest
from e2e.dashboard.media import BROKEN, PNG, SAMPLE, SAMPLE_PAGES, card, new_deck, put, ready
from playwright.sync_api import Page, expect
from support.paused import paused
from support.until import wait_until

EVENTS = re.compile("/api/events$")


@pytest.fixture
def client(system) -> Iterator[httpx.Client]:
    """What it uploads belongs to the uploader, who alone may change it there."""
    with system.client("uploader") as client:
        yield client


@pytest.fixture
def operator(system) -> Iterator[httpx.Client]:
    with system.client() as client:
        yield client


def test_search_finds_by_a_part_of_the_name_and_the_address_keeps_it(visitor, client):
    mark = uuid4().hex[:8]
    put(client, f"Menu {mark}.fodp")
    put(client, f"Other {mark}.fodp")
    page = visitor.sign_in("uploader")
    page.keyboard.press("/")
    page.keyboard.type(f"menu {mark}".upper())
    expect(card(page, f"Menu {mark}")).to_be_visible()
    expect(page.locator("info-medium-card")).to_have_count(1)
    page.reload()
    expect(page.get_by_role("searchbox")).to_have_value(f"MENU {mark.upper()}")
    expect(page.locator("info-medium-card")).to_have_count(1)


def test_a_search_without_a_match_says_so_and_shows_the_way_back(visitor, client):
    put(client, "anything.fodp")
    page = visitor.sign_in("uploader")
    page.get_by_role("searchbox").fill(uuid4().hex)
    expect(page.get_by_role("heading", name="Nothing matches")).to_be_visible()
    page.get_by_role("button", name="Show everything").click()
    expect(page.locator("info-medium-card").first).to_be_visible()
    expect(page.get_by_role("searchbox")).to_have_value("")


def test_the_order_can_be_chosen_and_what_comes_takes_its_place(visitor, client):
    mark = uuid4().hex[:8]
    for name, size in (("b", 9), ("C", 1), ("a", 5)):
        put(client, f"{name} {mark}.png", PNG + bytes(size))
    page = visitor.sign_in("uploader")
    page.get_by_role("searchbox").fill(mark)
    cards = page.locator("info-medium-card .card-name")
    for order, names in {
        "Newest first": "aCb",
        "Oldest first": "bCa",
        "Name, A to Z": "abC",
        "Name, Z to A": "Cba",
        "Largest first": "baC",
        "Smallest first": "Cab",
    }.items():
        page.get_by_role("combobox", name="Sort").select_option(order)
        expect(cards).to_have_text([f"{name} {mark}.png" for name in names])
    put(client, f"d {mark}.png", PNG + bytes(3))
    expect(cards).to_have_text([f"{name} {mark}.png" for name in "Cdab"])
    page.reload()
    expect(cards).to_have_text([f"{name} {mark}.png" for name in "Cdab"])


@pytest.mark.exhaustive
def test_what_is_shown_as_it_is_counts_as_ready(visitor, client):
    mark = uuid4().hex[:8]
    put(client, f"picture {mark}.png", PNG)
    page = visitor.sign_in("uploader")
    visitor.open(f"#/library?q={mark}&status=ready")
    expect(card(page, mark)).to_contain_text("Ready")


def test_the_filter_shows_one_state_only_and_follows_it(visitor, client):
    mark = uuid4().hex[:8]
    ready(client, f"Fine {mark}.fodp")
    page = visitor.sign_in("uploader")
    page.get_by_role("searchbox").fill(mark)
    expect(card(page, f"Fine {mark}")).to_be_visible()
    page.get_by_role("radio", name="Failed").check()
    expect(card(page, f"Fine {mark}")).to_have_count(0)
    put(client, f"Broken {mark}.fodp", BROKEN)
    expect(card(page, f"Broken {mark}")).to_contain_text("Failed")
    page.get_by_role("radio", name="Ready").check()
    expect(card(page, f"Fine {mark}")).to_be_visible()
    expect(card(page, f"Broken {mark}")).to_have_count(0)


def test_a_medium_in_full_has_its_preview_its_numbers_and_its_history(visitor, client):
    media_id = ready(client, "in-full.fodp", new_deck())
    page = visitor.sign_in("uploader")
    with page.expect_response(lambda answer: "/infoscreen/converted/" in answer.url and ".pdf" in answer.url) as pdf:
        visitor.open(f"#/media/{media_id}")
    assert pdf.value.status in (200, 206)
    expect(page.frame_locator("iframe").locator("body")).to_be_attached()
    expect(page.locator("info-medium-facts")).to_contain_text(f"Pages{SAMPLE_PAGES}")
    history = page.locator("info-medium-history")
    for entry in ("Uploaded", "Conversion started", "Converted"):
        expect(history).to_contain_text(entry)


def test_all_pages_of_a_deck_are_in_a_strip_and_turn_under_the_mouse(visitor, client):
    name = f"{uuid4().hex[:8]}.fodp"
    media_id = ready(client, name, new_deck())
    page = visitor.sign_in("uploader")
    page.goto(f"{visitor.edge}/#/media/{media_id}")
    pages = page.locator("info-page-strip li a")
    expect(pages).to_have_count(SAMPLE_PAGES)
    expect(page.locator(".page-counter")).to_have_text(f"Page 1 of {SAMPLE_PAGES}")
    expect(pages.nth(2)).to_have_css("background-image", re.compile("/sheets/0"))
    pages.nth(2).click()
    expect(page.locator(".page-counter")).to_have_text(f"Page 3 of {SAMPLE_PAGES}")
    expect(page.locator("info-medium-preview iframe")).to_have_attribute("src", re.compile("#page=3"))
    page.get_by_role("link", name="Library").first.click()
    page.get_by_role("searchbox").fill(name)
    picture = card(page, name).locator(".thumb")
    expect(page.locator("info-medium-card")).to_have_count(1)
    picture.hover()
    expect(picture.locator(".page-place")).to_have_text(f"3 / {SAMPLE_PAGES}")  # the middle
    picture.hover(position={"x": 2, "y": 20})
    expect(picture.locator(".page-place")).to_have_text(f"1 / {SAMPLE_PAGES}")
    page.get_by_role("searchbox").hover()
    expect(picture.locator(".page-place")).to_have_count(0)


def test_a_phone_goes_through_the_pages_one_by_one(visit, client):
    media_id = ready(client, "by-page.fodp")
    visitor = visit(viewport={"width": 390, "height": 844}, has_touch=True)
    page = visitor.sign_in("uploader")
    page.goto(f"{visitor.edge}/#/media/{media_id}")
    expect(page.locator(".page-counter")).to_have_text(f"Page 1 of {SAMPLE_PAGES}")
    page.locator(".page-strip").evaluate("strip => strip.scrollBy(strip.clientWidth, 0)")
    expect(page.locator(".page-counter")).to_have_text(f"Page 2 of {SAMPLE_PAGES}")


@pytest.mark.exhaustive
def test_an_image_is_its_own_preview(visitor, client):
    media_id = put(client, "picture.png", PNG)
    page = visitor.sign_in("uploader")
    visitor.open(f"#/media/{media_id}")
    image = page.get_by_role("img", name="picture.png")
    expect(image).to_be_visible()
    page.wait_for_function("image => image.complete && image.naturalWidth === 1", arg=image.element_handle())


@pytest.mark.exhaustive
def test_a_pdf_is_made_otherwise_when_it_is_wanted_otherwise(visitor, client):
    media_id = ready(client, "otherwise.fodp", new_deck())
    page, facts = visitor.sign_in("uploader"), visitor.page.locator("info-medium-facts")
    visitor.open(f"#/media/{media_id}")
    page.get_by_role("button", name="PDF options").click()
    page.get_by_label("Pages").fill("3-2")
    page.get_by_role("button", name="Make the PDF").click()
    expect(page.get_by_role("alert").filter(has_text="Write pages as in 1-3,7")).to_be_visible()
    page.get_by_label("Pages").fill("2 \N{EN DASH} 3; 5")
    page.get_by_label("Quality").fill("40")
    page.get_by_label("For archives").check()
    page.get_by_role("button", name="Make the PDF").click()
    expect(facts).to_contain_text("Made withpages 2-3,5 · picture quality 40 · PDF/A-2b")
    expect(facts).to_contain_text("Pages3")
    page.get_by_role("button", name="PDF options").click()
    expect(page.get_by_label("Pages")).to_have_value("2-3,5")
    page.get_by_label("Pages").fill("")
    page.get_by_label("Quality").fill("")
    page.get_by_label("For archives").uncheck()
    page.get_by_role("button", name="Make the PDF").click()
    expect(facts).to_contain_text(f"Pages{SAMPLE_PAGES}")
    expect(facts).not_to_contain_text("Made with")


def test_the_page_of_a_waiting_medium_shows_it_when_it_is_ready(visitor, client):
    page = visitor.sign_in("uploader")
    media_id = put(client, "early.fodp", new_deck())
    visitor.open(f"#/media/{media_id}")
    expect(page.locator(".medium-head")).to_contain_text("Ready")
    expect(page.locator("iframe")).to_be_visible()


def test_the_pdf_is_downloaded_under_the_decks_name(visitor, client):
    media_id = ready(client, "to take away.fodp")
    page = visitor.sign_in("uploader")
    visitor.open(f"#/media/{media_id}")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download PDF").click()
    assert download.value.suggested_filename == "to take away.pdf"
    assert download.value.path().read_bytes().startswith(b"%PDF-")


def test_the_original_is_downloaded_as_it_was_uploaded(visitor, client):
    media_id = ready(client, "to take away.fodp")
    page = visitor.sign_in("uploader")
    visitor.open(f"#/media/{media_id}")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download original").click()
    assert download.value.suggested_filename == "to take away.fodp"
    assert download.value.path().read_bytes() == SAMPLE.read_bytes()


def test_a_copied_link_opens_the_same_page(visit, client):
    media_id = ready(client, "linked.fodp")
    visitor = visit(permissions=["clipboard-read", "clipboard-write"])
    page = visitor.sign_in("uploader")
    visitor.open(f"#/media/{media_id}")
    page.get_by_role("button", name="Copy link").click()
    expect(page.get_by_text("Link copied")).to_be_visible()
    page.goto(page.evaluate("navigator.clipboard.readText()"))
    expect(page.get_by_role("heading", name="linked.fodp")).to_be_visible()


def test_a_ten_minute_link_needs_no_sign_in(visit, client):
    media_id = ready(client, "for-anyone.fodp")
    visitor = visit(permissions=["clipboard-read", "clipboard-write"])
    page = visitor.sign_in("uploader")
    visitor.open(f"#/media/{media_id}")
    page.get_by_role("button", name="10-minute link").click()
    expect(page.get_by_text("without signing in")).to_be_visible()
    assert httpx.get(page.evaluate("navigator.clipboard.readText()")).content.startswith(b"%PDF-")


def test_a_replacement_takes_the_place_of_the_old_content(visitor, client):
    media_id = ready(client, "before.fodp")
    page = visitor.sign_in("uploader")
    visitor.open(f"#/media/{media_id}")
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Replace").click()
    chooser.value.set_files([{"name": "after.png", "mimeType": "image/png", "buffer": PNG}])
    expect(page.get_by_role("heading", level=1)).to_have_text("after.png")
    expect(page.get_by_role("img", name="after.png")).to_be_visible()
    assert client.get(f"/api/media/{media_id}").json()["filename"] == "after.png"


def test_a_deletion_can_be_undone(visitor, client):
    name = f"spared-{uuid4().hex[:8]}.fodp"
    media_id = put(client, name)
    page = visitor.sign_in("uploader")
    visitor.open(f"#/media/{media_id}")
    page.get_by_role("button", name="Delete").click()
    expect(page.get_by_role("heading", name="Library")).to_be_visible()
    expect(card(page, name)).to_have_count(0)
    page.get_by_role("button", name="Undo").click()
    expect(card(page, name)).to_be_visible()
    assert client.get(f"/api/media/{media_id}").status_code == 200


def test_a_deletion_is_done_after_some_seconds(visitor, client):
    media_id = put(client, "gone.fodp")
    visitor.page.clock.install()
    page = visitor.sign_in("uploader")
    visitor.open(f"#/media/{media_id}")
    page.get_by_role("button", name="Delete").click()
    with page.expect_response(lambda answer: answer.request.method == "DELETE") as deleted:
        page.clock.fast_forward(10_000)
    assert deleted.value.status == 204
    visitor.open(f"#/media/{media_id}")
    expect(page.get_by_role("heading", name="There is no such deck")).to_be_visible()


def test_a_mistyped_link_says_so_and_shows_the_way_to_the_library(visitor, client):
    media_id = put(client, "mistyped.fodp")
    page = visitor.sign_in("uploader")
    for wrong in (media_id[:-1], "mistyped.fodp", "..", str(uuid4())):
        visitor.open(f"#/media/{wrong}")
        expect(page.get_by_role("heading", name="There is no such deck")).to_be_visible()
        page.get_by_role("link", name="Go to the library").click()
        expect(page.get_by_role("heading", name="Library")).to_be_visible()
    visitor.open(f"#/media/{media_id.upper()}")
    expect(page.get_by_role("heading", name="mistyped.fodp")).to_be_visible()


def test_a_medium_that_is_deleted_elsewhere_is_told_while_it_is_looked_at(visitor, client):
    media_id = put(client, "deleted-elsewhere.fodp")
    page = visitor.sign_in("uploader")
    visitor.open(f"#/media/{media_id}")
    expect(page.get_by_role("heading", name="deleted-elsewhere.fodp")).to_be_visible()
    client.delete(f"/api/media/{media_id}").raise_for_status()
    expect(page.get_by_role("heading", name="no longer exists")).to_be_visible()


def test_a_medium_that_cannot_be_read_now_can_be_asked_for_again(visitor, client):
    media_id = put(client, "not-now.fodp")
    page = visitor.sign_in("uploader")
    page.route("**/api/media/*", lambda route: route.abort())
    page.goto("about:blank")  # so that the page knows nothing of it
    visitor.open(f"#/media/{media_id}")
    expect(page.get_by_role("alert")).to_contain_text("The server cannot be reached")
    page.unroute("**/api/media/*")
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("heading", name="not-now.fodp")).to_be_visible()


def test_the_history_says_why_a_conversion_was_asked_for(visitor, client):
    media_id = ready(client, "with-other-options.fodp", new_deck())
    client.post(f"/api/conversions/{media_id}/pdf", params={"pages": "1"}).raise_for_status()
    page = visitor.sign_in("uploader")
    visitor.open(f"#/media/{media_id}")
    entry = page.locator("info-medium-history li").filter(has_text="Conversion requested")
    expect(entry).to_contain_text("With other options.")
    expect(page.locator("info-medium-history")).not_to_contain_text("our side")


@pytest.mark.exhaustive
def test_closing_the_page_does_not_take_a_deletion_back(visitor, client):
    media_id = put(client, "gone-too.fodp")
    page = visitor.sign_in("uploader")
    visitor.open(f"#/media/{media_id}")
    page.get_by_role("button", name="Delete").click()
    expect(page.get_by_role("button", name="Undo")).to_be_visible()
    page.goto("about:blank")
    wait_until(lambda: client.get(f"/api/media/{media_id}").status_code == 404, "the deletion is sent")


def test_a_failure_says_why_and_what_to_do_and_can_be_tried_again(visitor, client):
    media_id = put(client, "broken.fodp", BROKEN)
    page = visitor.sign_in("uploader")
    visitor.open(f"#/media/{media_id}")
    expect(page.locator(".status-sentence")).to_contain_text(re.compile("damaged|again|another format"))
    page.get_by_role("button", name="Convert again").click()
    expect(page.locator("info-medium-history")).to_contain_text("Conversion requested")
    expect(page.locator(".medium-head")).to_contain_text("Failed")


def test_the_library_is_where_it_was_left(visitor, client):
    mark = uuid4().hex[:8]
    media_id = put(client, f"Left {mark}.fodp")
    page = visitor.sign_in("uploader")
    page.get_by_role("searchbox").fill(mark)
    expect(page).to_have_url(re.compile(mark))  # what is still being typed is not asked for
    card(page, mark).get_by_role("link").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(mark)
    assert media_id in page.url
    page.get_by_role("main").get_by_role("link", name="Library").click()
    expect(page.get_by_role("searchbox")).to_have_value(mark)
    expect(page.locator("info-medium-card")).to_have_count(1)


def test_everything_can_be_done_with_the_keyboard(visitor, client):
    mark = uuid4().hex[:8]
    put(client, f"Keys {mark}.fodp")
    page = visitor.sign_in("uploader")
    expect(page.locator("info-medium-card").first).to_be_visible()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("main")).to_be_focused()
    page.keyboard.press("/")
    page.keyboard.type(mark)
    expect(page.locator("info-medium-card")).to_have_count(1)
    for _ in range(12):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.matches('.card')"):
            break
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text(mark)
    expect(page.get_by_role("main")).to_be_focused()


def listening(visitor) -> Page:
    """A page that hears of changes from here on."""
    with visitor.page.expect_response(EVENTS):
        return visitor.sign_in("uploader")


def test_a_lost_connection_is_told_and_changes_during_it_are_caught_up(visitor, client, system):
    page = listening(visitor)
    page.route("**/api/events", lambda route: route.abort())
    system.kill("catalog")
    put(client, "in-the-gap.fodp")  # what takes uploads needs no catalog
    expect(page.get_by_text("Connection lost")).to_be_visible()
    page.unroute("**/api/events")
    expect(page.get_by_text("Connection lost")).to_have_count(0)
    expect(page.get_by_text("Connected again")).to_be_visible()
    expect(card(page, "in-the-gap.fodp")).to_contain_text("Ready")
    put(client, "after-the-gap.fodp")
    expect(card(page, "after-the-gap.fodp")).to_contain_text("Ready")


def test_events_go_on_where_they_were_cut_off(visitor, client, system):
    page = listening(visitor)
    put(client, "before-the-cut.fodp")
    expect(card(page, "before-the-cut.fodp")).to_contain_text("Ready")
    with page.expect_request(EVENTS) as again:
        system.kill("edge")
    assert int(again.value.all_headers()["last-event-id"]) > 0


def test_a_server_that_follows_too_many_pages_is_asked_again_when_it_said(visitor, client):
    page = visitor.page
    page.clock.install()
    refusal = {"status": 429, "headers": {"Retry-After": "60"}, "json": {"detail": "Too many.", "code": "too_many"}}
    page.route("**/api/events", lambda route: route.fulfill(**refusal))
    visitor.sign_in("uploader")
    expect(page.get_by_text("Too many pages follow")).to_be_visible()
    page.unroute("**/api/events")
    with page.expect_response(EVENTS):
        page.clock.fast_forward(60_000 * 1.25)
    expect(page.get_by_text("Too many pages follow")).to_have_count(0)
    put(client, "no-longer-too-many.fodp")
    expect(card(page, "no-longer-too-many.fodp")).to_be_visible()


@pytest.mark.exhaustive
def test_a_connection_that_died_without_a_word_is_told_and_mends_itself(visitor, system):
    page = listening(visitor)
    with paused(system.endpoints, "catalog"):
        expect(page.get_by_text("Connection lost")).to_be_visible()
    expect(page.get_by_text("Connection lost")).to_have_count(0)


def test_filters_are_kept_in_the_address_and_taken_off_one_by_one(visitor, operator):
    mark = uuid4().hex[:8]
    picture, deck = put(operator, f"picture {mark}.png", PNG), put(operator, f"deck {mark}.fodp")
    operator.patch(f"/api/media/{deck}", json={"tags": [mark]}).raise_for_status()
    page = visitor.sign_in("operator")
    page.get_by_role("searchbox").fill(mark)
    cards = page.locator("info-medium-card")
    expect(cards).to_have_count(2)
    page.get_by_text("More filters").click()
    page.get_by_label("Type").select_option("Pictures")
    expect(cards).to_have_count(1)
    expect(card(page, f"picture {mark}")).to_be_visible()
    page.get_by_label("On a screen").check()
    expect(cards).to_have_count(0)
    player = operator.post("/api/players", json={"name": f"hall {mark}"}).raise_for_status().json()["player_id"]
    operator.put(f"/api/players/{player}/media", json={"media_ids": [picture]}).raise_for_status()
    page.reload()
    expect(card(page, f"picture {mark}")).to_be_visible()
    page.get_by_label("Uploaded by me").check()
    expect(cards).to_have_count(1)
    page.goto(f"{visitor.edge}/#/media/{deck}")
    page.get_by_role("link", name=mark, exact=True).click()
    expect(card(page, f"deck {mark}")).to_be_visible()
    expect(cards).to_have_count(1)
    page.get_by_role("button", name=f"Remove the filter #{mark}").click()
    expect(cards.nth(1)).to_be_visible()


def test_many_are_shown_on_a_screen_and_downloaded_at_once(visitor, operator):
    mark = uuid4().hex[:8]
    ids = [put(operator, f"{name} {mark}.png", PNG + name.encode() + mark.encode()) for name in "ab"]
    player = operator.post("/api/players", json={"name": f"hall {mark}"}).raise_for_status().json()["player_id"]
    visitor.sign_in("operator")
    page = visitor.open(f"#/library?q={mark}&sort=name")
    cards = page.locator("info-medium-card")
    expect(cards).to_have_count(2)
    for number in range(2):
        cards.nth(number).get_by_role("checkbox").check()
    bar = page.get_by_role("region", name="What is chosen")
    bar.get_by_role("button", name="Show on").click()
    dialog = page.get_by_role("dialog", name="Show 2 files")
    dialog.get_by_label(f"hall {mark}").check()
    dialog.get_by_role("button", name="Show", exact=True).click()
    expect(dialog).to_be_hidden()
    players = operator.get("/api/players").json()["items"]
    assert [item["media_ids"] for item in players if item["player_id"] == player] == [ids]
    with (
        page.expect_download(lambda download: download.suggested_filename == f"a {mark}.png"),
        page.expect_download(lambda download: download.suggested_filename == f"b {mark}.png"),
    ):
        bar.get_by_role("button", name="Download originals").click()
