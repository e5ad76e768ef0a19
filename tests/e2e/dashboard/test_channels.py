"""An operator adds a channel in the dashboard and tries it; a webhook's secret is shown once."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from playwright.sync_api import expect
from support.until import wait_until


@pytest.fixture
def receiver() -> Iterator[HTTPServer]:
    """A webhook's server on loopback, which the notifier is not allowed to reach."""

    class Answer(BaseHTTPRequestHandler):
        def do_POST(self):
            self.send_response(204)
            self.end_headers()

    with HTTPServer(("127.0.0.1", 0), Answer) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


def test_an_operator_adds_a_channel_tries_it_and_deletes_it(visitor, system, receiver):
    page = visitor.sign_in()
    page.locator(".avatar").click()
    page.get_by_role("link", name="Messages").click()
    page.get_by_role("button", name="Add a channel").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name").fill("On call")
    dialog.get_by_label("Way").select_option("webhook")
    dialog.get_by_label("Address").fill(f"http://127.0.0.1:{receiver.server_port}/")
    dialog.get_by_role("button", name="Add a channel").click()
    expect(dialog.get_by_role("alert")).to_contain_text("NOTIFIER_ALLOWED_NETWORKS")
    dialog.get_by_label("Address").fill(f"http://localhost:{receiver.server_port}/")
    dialog.get_by_label("full storage").uncheck()
    dialog.get_by_role("button", name="Add a channel").click()
    expect(dialog.locator(".channel-secret code")).to_contain_text("whsec_")
    dialog.get_by_role("button", name="Done").click()
    card = page.locator(".channel").filter(has_text="On call")
    expect(card).not_to_contain_text("full storage")
    card.get_by_role("button", name="Send a test").click()
    expect(card.get_by_role("status")).to_contain_text("localhost is at")
    expect(card.get_by_role("status")).to_contain_text("NOTIFIER_ALLOWED_NETWORKS")
    card.get_by_role("button", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(card).to_have_count(0)
    with system.client() as client:
        wait_until(lambda: client.get("/api/channels").json() == {"items": []}, "the channel is gone")
