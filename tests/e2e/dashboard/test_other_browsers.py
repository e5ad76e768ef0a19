"""The journey in Firefox and in WebKit, the nearest to Safari: on an origin that browsers trust, and on plain HTTP.

Chromium has its own modules beside this one. Each copy is judged by what a paste gives.
"""

import json
import socket
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from uuid import uuid4

import httpx
import pytest
from e2e.conftest import RunningSystem, free_port, running_system
from e2e.dashboard.media import new_deck, put, ready
from e2e.dashboard.webdriver import CONTROL, Browser, eventually, firefox, webkit

from infoscreen.cli.requirements import repository_root

pytestmark = pytest.mark.exhaustive
AXE = repository_root() / "services" / "dashboard" / "node_modules" / "axe-core" / "axe.min.js"
TRUSTED = {"localhost", "localhost.localdomain"}
LARGE, NARROW = (1360, 900), (390, 844)
PADDING_PIXELS = 24
PAGES = ("#/library", "#/screens", "#/operations")

DROP = """
const transfer = new DataTransfer();
transfer.items.add(new File([Uint8Array.from(atob(given[1]), (one) => one.charCodeAt(0))], given[0]));
document.body.dispatchEvent(new DragEvent("drop", { dataTransfer: transfer, bubbles: true, cancelable: true }));
"""
PASTE_FIELD = """
const field = Object.assign(document.createElement("textarea"), { id: "paste" });
document.body.append(field);
field.focus();
"""
AT_REST = """
const passing = document.getAnimations().filter((one) => one.effect.getComputedTiming().endTime !== Infinity);
await Promise.allSettled(passing.map((one) => one.finished));
"""
# Of everything that floats above the page: where it is, and how far its content goes.
FLOATING = """
return [...document.querySelectorAll("dialog[open], :popover-open, .notice")].map((one) => {
  const { top, left, bottom, right } = one.getBoundingClientRect();
  const content = Math.max(...[...one.children].map((child) => child.getBoundingClientRect().bottom));
  const inside = top >= 0 && left >= 0 && bottom <= innerHeight && right <= innerWidth;
  return { what: one.outerHTML.slice(0, 80), inside, empty: Math.max(0, bottom - content) };
});
"""


@pytest.fixture(scope="module")
def named_system(tmp_path_factory) -> Iterator[RunningSystem]:
    """A system that is reached by this machine's name, which browsers do not trust on plain HTTP."""
    name = socket.gethostname()
    if name in TRUSTED:
        pytest.skip(f"browsers trust http://{name}: give this machine a name of its own")
    try:
        address = socket.gethostbyname(name)
    except OSError:
        pytest.skip(f"this machine's name is unknown to itself: add '127.0.0.1 {name}' to /etc/hosts")
    port = free_port()
    options = ["--host", address, "--public-url", f"http://{name}:{port}"]
    with running_system(tmp_path_factory.mktemp("named") / "data", port=port, converters=1, options=options) as system:
        yield system


@pytest.fixture(scope="module", params=[firefox, webkit], ids=["firefox", "webkit"])
def browser(request, tmp_path_factory) -> Iterator[Browser]:
    with request.param(tmp_path_factory.mktemp("browser")) as browser:
        yield browser


@dataclass(frozen=True)
class Operator:
    """A person who is signed in, and what they can ask the API for."""

    window: Browser
    client: httpx.Client
    edge: str

    def go(self, fragment: str) -> None:
        """Follow a link."""
        self.window.run("location.hash = given[0]", fragment)

    def button(self, name: str) -> str:
        """The path of a button by its name."""
        return f"//button[normalize-space()={name!r} or @aria-label={name!r}]"

    def press(self, name: str) -> None:
        """Click a button."""
        self.window.click(self.button(name))

    def reads(self, text: str, within: str = "//body") -> None:
        """Wait until a text is to be seen."""
        self.window.find(f"{within}//*[contains(normalize-space(), {text!r})]")

    def pasted(self) -> str:
        """What the clipboard gives."""
        self.window.run(PASTE_FIELD)
        self.window.press(CONTROL, "v")
        text = eventually(lambda: self.window.run("return document.querySelector('#paste').value"), "a paste")
        self.window.run("document.querySelector('#paste').remove()")
        return text


@pytest.fixture(params=["trusted", "plain-http"])
def operator(request, browser) -> Iterator[Operator]:
    running = request.getfixturevalue("system" if request.param == "trusted" else "named_system")
    edge = running.endpoints["edge"]
    browser.resize(*LARGE)
    browser.open("about:blank")  # a fragment alone would open nothing
    browser.open(f"{edge}/#token={running.endpoints['operator_token']}")
    browser.find("//info-header")
    assert browser.run("return isSecureContext") == (request.param == "trusted")
    with running.client() as client:
        yield Operator(browser, client, edge)


def accessible(window: Browser) -> None:
    """Axe finds nothing to trip over, once all has come to rest."""
    if not AXE.exists():
        pytest.skip("axe-core, a development tool, is not installed: npm install in services/dashboard")
    window.run(AT_REST)
    run = "return (await axe.run({ exclude: ['iframe'] }, { resultTypes: ['violations'] })).violations"
    found = window.run(f"{AXE.read_text()}; {run}")
    assert found == [], json.dumps(
        [(one["id"], [node["html"][:200] for node in one["nodes"]]) for one in found], indent=1
    )


def fits(window: Browser) -> None:
    """Nothing makes the page wider than the window, and what floats is inside and no larger than its content."""
    page, view = window.run("return [document.documentElement.scrollWidth, document.documentElement.clientWidth]")
    assert page <= view
    for one in window.run(FLOATING):
        assert one["inside"], one
        assert one["empty"] <= PADDING_PIXELS + 2, one


def in_order(window: Browser) -> None:
    fits(window)
    accessible(window)


def test_a_dropped_deck_becomes_ready_and_is_shown(operator):
    name = f"dropped-{uuid4().hex[:8]}.fodp"
    operator.window.run(DROP, name, b64encode(new_deck()).decode())
    operator.reads("Ready", f"//info-upload-row[contains(., {name!r})]")
    operator.window.click(f"//info-medium-card//a[contains(., {name!r})]")
    operator.reads("Converted", "//info-medium-history")
    operator.window.find("//info-medium-preview//iframe | //info-medium-preview//a")
    in_order(operator.window)


def test_changes_appear_by_themselves_and_pictures_load(operator):
    operator.window.find("//info-library")
    name = f"elsewhere-{uuid4().hex[:8]}.fodp"
    ready(operator.client, name)
    operator.window.find(f"//info-medium-card[contains(., {name!r})]//*[contains(@class, 'loaded')]")
    in_order(operator.window)


def test_a_copied_link_is_the_pages_address(operator):
    media_id = ready(operator.client, "linked.fodp")
    operator.go(f"#/media/{media_id}")
    operator.press("Copy link")
    operator.reads("Link copied")
    assert operator.pasted() == f"{operator.edge}/#/media/{media_id}"


def test_a_ten_minute_link_is_copied_or_shown_to_be_copied(operator):
    media_id = ready(operator.client, "for-anyone.fodp")
    operator.go(f"#/media/{media_id}")
    operator.press("Copy 10-minute link")
    outcome = operator.window.find("//*[contains(@class, 'notice')][contains(., 'without signing in')] | //dialog")
    if operator.window.sees("//dialog"):  # on plain HTTP, WebKit copies nothing that had to be fetched first
        in_order(operator.window)
        assert operator.window.run("return isSecureContext") is False
        operator.press("Copy")
        operator.reads("Copied.", "//dialog")
        operator.press("Done")
    assert outcome
    assert httpx.get(operator.pasted()).content.startswith(b"%PDF-")


def test_a_copied_code_is_the_one_that_is_shown(operator):
    operator.go("#/screens")
    operator.press("Add a screen")
    in_order(operator.window)
    operator.window.type("//input[@id='screen-name']", f"Foyer {uuid4().hex[:6]}")
    operator.press("Get a code")
    operator.window.find("//dialog//code")
    in_order(operator.window)
    operator.press("Copy the code")
    operator.reads("Copied.", "//dialog")
    code = operator.window.run("return document.querySelector('dialog .code code').textContent")
    operator.press("Done")
    assert operator.pasted() == code


@pytest.mark.parametrize("size", [LARGE, NARROW], ids=["large", "narrow"])
def test_every_page_and_what_floats_above_it_fits_the_window(operator, size):
    media_id = ready(operator.client, "in-every-window.fodp")
    operator.window.resize(*size)
    for page in (*PAGES, f"#/media/{media_id}"):
        operator.go(page)
        operator.window.find("//h1")
        in_order(operator.window)
    operator.window.click("//button[contains(@class, 'avatar')]")
    operator.window.find("//*[@id='account-menu']")
    in_order(operator.window)


def test_a_deletion_can_be_undone(operator):
    name = f"spared-{uuid4().hex[:8]}.fodp"
    media_id = put(operator.client, name)
    operator.go(f"#/media/{media_id}")
    operator.press("Delete")
    in_order(operator.window)
    operator.press("Undo")
    operator.window.find(f"//info-medium-card[contains(., {name!r})]")


def test_the_page_speaks_german_and_signs_out(operator):
    operator.window.click("//button[contains(@class, 'avatar')]")
    operator.window.click("//label[contains(., 'Deutsch')]")
    operator.reads("Mediathek", "//main")
    in_order(operator.window)
    operator.window.click("//button[contains(@class, 'avatar')]")
    operator.window.click("//label[contains(., 'English')]")
    operator.window.click("//button[contains(@class, 'avatar')]")
    operator.press("Sign out")
    operator.window.find("//input[@id='token']")
    in_order(operator.window)
