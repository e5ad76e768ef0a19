"""The page at /docs: every route of every API, readable, within the policy."""

import json

import pytest
from e2e.dashboard.scenes import APPEARANCES
from e2e.dashboard.test_appearance import IN_EVERY_RUN, look_at, pictures

from infoscreen.cli.requirements import repository_root

__all__ = ["pictures"]
DOCUMENTS = {path.name: json.loads(path.read_text()) for path in repository_root().glob("docs/api/*.openapi.json")}
OPERATIONS = {
    (method.upper(), path)
    for document in DOCUMENTS.values()
    for path, methods in document["paths"].items()
    for method in methods
}
HEADINGS = "nodes => nodes.map(node => [...node.children].map(part => part.textContent))"


def test_every_route_of_every_committed_document_is_on_the_page(visitor):
    visitor.page.goto(f"{visitor.edge}/docs")
    operations = visitor.page.locator(".docs-operation")
    operations.first.wait_for()
    assert {tuple(title) for title in operations.locator("h3").evaluate_all(HEADINGS)} == OPERATIONS


def test_a_route_says_who_may_what_it_takes_what_it_answers_and_how_to_try_it(visitor):
    visitor.page.goto(f"{visitor.edge}/docs#catalog-create_player")
    text = visitor.page.locator("#catalog-create_player").inner_text()
    assert "Who may: editor, operator" in text
    assert "Body: PlayerName" in text
    assert "201 PlayerCreated" in text
    assert """--json '{"name":"NAME"}'""" in text
    visitor.page.locator("#catalog-create_player").get_by_role("link", name="PlayerName").click()
    visitor.page.locator("#catalog-object-PlayerName").wait_for()


def test_the_menu_of_the_dashboard_leads_to_the_page(visitor):
    page = visitor.sign_in("uploader")
    page.locator(".avatar").click()
    page.get_by_role("link", name="API documentation").click()
    page.locator("#ingest-create_media, .docs-operation").first.wait_for()


LOOKS = [
    pytest.param(name, marks=() if ("library", name) in IN_EVERY_RUN else pytest.mark.exhaustive)
    for name in APPEARANCES
]


@pytest.mark.parametrize("appearance", LOOKS)
def test_the_page_is_accessible_and_fits_the_window(visit, pictures, appearance):
    visitor = visit(**APPEARANCES[appearance], reduced_motion="reduce")
    visitor.page.goto(f"{visitor.edge}/docs")
    visitor.page.locator(".docs-operation").first.wait_for()
    look_at(visitor.page, pictures / f"docs-{appearance}.png")
