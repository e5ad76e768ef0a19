"""Every button that copies: judged by what a paste gives, and honest where the browser refuses."""

from collections.abc import Callable, Iterator
from uuid import uuid4

import httpx
import pytest
from e2e.dashboard.media import ready
from playwright.sync_api import Page, expect

# Browsers have no clipboard API on plain HTTP, save on loopback, where these tests are.
PLAIN_HTTP = "delete Navigator.prototype.clipboard"
REFUSED = f"{PLAIN_HTTP}; document.execCommand = () => false"


@pytest.fixture
def client(system) -> Iterator[httpx.Client]:
    with system.client() as client:
        yield client


@pytest.fixture
def signed_in(visit) -> Callable[[str], Page]:
    """Opens a page as an operator, in a browser that is as a script makes it."""

    def new(script: str) -> Page:
        visitor = visit()
        visitor.context.add_init_script(script)
        return visitor.sign_in("operator")

    return new


def go(page: Page, fragment: str) -> None:
    page.evaluate("fragment => { location.hash = fragment; }", fragment)


def pasted(page: Page) -> str:
    """What the clipboard gives to a person who pastes."""
    page.evaluate("document.body.append(Object.assign(document.createElement('textarea'), { id: 'paste' }))")
    field = page.locator("#paste")
    field.press("Control+V")
    text = field.input_value()
    field.evaluate("field => field.remove()")
    return text


def selected(page: Page) -> str:
    """What a person would copy now."""
    return page.evaluate(
        """() => {
          const { value, selectionStart, selectionEnd } = document.activeElement;
          return selectionEnd ? value.slice(selectionStart, selectionEnd) : String(getSelection());
        }"""
    )


def show_code(page: Page) -> str:
    """Add a screen; its code."""
    go(page, "#/screens")
    page.get_by_role("button", name="Add a screen").click()
    page.get_by_label("Name").fill(f"Foyer {uuid4().hex[:6]}")
    page.get_by_role("button", name="Get a code", exact=True).click()
    return page.locator(".code code").inner_text()


def test_a_code_is_copied_on_plain_http(signed_in):
    page = signed_in(PLAIN_HTTP)
    code = show_code(page)
    page.get_by_role("button", name="Copy the code").click()
    expect(page.get_by_role("dialog")).to_contain_text("Copied.")
    expect(page.get_by_role("button", name="Copy the code")).to_be_focused()
    page.get_by_role("button", name="Done").click()
    assert pasted(page) == code


def test_links_are_copied_on_plain_http(signed_in, client):
    media_id = ready(client, "linked.fodp")
    page = signed_in(PLAIN_HTTP)
    go(page, f"#/media/{media_id}")
    address = page.url
    page.get_by_role("button", name="Copy link").click()
    expect(page.get_by_text("Link copied")).to_be_visible()
    assert pasted(page) == address
    page.get_by_role("button", name="10-minute link").click()
    expect(page.get_by_text("without signing in")).to_be_visible()
    assert httpx.get(pasted(page)).content.startswith(b"%PDF-")


def test_a_code_that_the_browser_does_not_copy_is_selected_and_said_so(signed_in):
    page = signed_in(REFUSED)
    code = show_code(page)
    page.get_by_role("button", name="Copy the code").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("The browser did not copy it")
    expect(dialog).not_to_contain_text("Copied.")
    assert selected(page) == code


def test_a_link_that_the_browser_does_not_copy_is_shown_selected(signed_in, client):
    media_id = ready(client, "linked.fodp")
    page = signed_in(REFUSED)
    go(page, f"#/media/{media_id}")
    dialog = page.get_by_role("dialog", name="Copy the link")
    page.get_by_role("button", name="Copy link").click()
    expect(dialog.get_by_label("Link")).to_be_focused()
    expect(dialog).to_contain_text("The browser did not copy it.")
    assert selected(page) == page.url
    page.keyboard.press("Escape")
    page.get_by_role("button", name="10-minute link").click()
    expect(dialog.get_by_label("Link")).to_be_focused()
    link = selected(page)
    assert httpx.get(link).content.startswith(b"%PDF-")
    page.evaluate("delete document.execCommand")  # the browser allows it after all
    dialog.get_by_role("button", name="Copy", exact=True).click()
    expect(dialog).to_contain_text("Copied.")
    dialog.get_by_role("button", name="Done").click()
    expect(page.get_by_text("Link copied")).to_have_count(0)
    assert pasted(page) == link


def test_a_link_that_the_server_refuses_is_told_in_its_words(visitor, client):
    media_id = ready(client, "refused.fodp")
    page = visitor.sign_in("operator")
    visitor.open(f"#/media/{media_id}")
    expect(page.get_by_role("button", name="10-minute link")).to_be_visible()
    page.route("**/display", lambda route: route.abort())
    page.get_by_role("button", name="10-minute link").click()
    expect(page.get_by_text("The server cannot be reached")).to_be_visible()
    expect(page.get_by_role("dialog")).to_have_count(0)
