"""The deck report, from an upload to its API and to the page: every kind of loss is told, with what to do about it."""

from collections.abc import Iterator

import httpx
import pytest
from e2e.dashboard.media import PNG, SAMPLE, card, ready
from playwright.sync_api import expect
from support.lossy_decks import LOST_IN_FODP, TOLD_AS, lossy_fodp

NAME = "lossy.fodp"


@pytest.fixture
def client(system) -> Iterator[httpx.Client]:
    with system.client("uploader") as client:
        yield client


@pytest.fixture
def lossy(client) -> str:
    return ready(client, NAME, lossy_fodp())


def test_a_deck_has_a_report_of_every_kind_of_loss_with_advice(client, lossy):
    report = client.get(f"/api/media/{lossy}/report").json()
    assert {finding["kind"] for finding in report["findings"]} == LOST_IN_FODP
    assert all(finding["advice"] for finding in report["findings"])
    assert (report["missing_characters"], report["hidden_slides"]) == (1, 1)
    assert report["replaced_fonts"] == [{"font": "Aptos", "by": "Carlito", "same_widths": False}]
    assert client.get(f"/api/media/{lossy}").json()["findings"] == len(LOST_IN_FODP)


def test_the_same_bytes_uploaded_again_have_the_same_report(client, lossy):
    again = ready(client, "again.fodp", lossy_fodp())
    one, other = (client.get(f"/api/media/{media_id}/report").json() for media_id in (lossy, again))
    assert one["findings"] == other["findings"] != []


def test_what_was_not_converted_has_no_report_and_says_why(client):
    answer = client.get(f"/api/media/{ready(client, 'plain.png', PNG)}/report")
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")
    assert "shown as it is" in answer.json()["detail"]


def test_a_card_is_marked_with_the_number_of_findings(visitor, client, lossy):
    ready(client, "faultless.fodp", SAMPLE.read_bytes())
    page = visitor.sign_in("uploader")
    expect(card(page, NAME).first).to_contain_text(f"{len(LOST_IN_FODP)} things differ from the file")
    findings = client.get("/api/media", params={"q": "faultless"}).json()["items"][0]["findings"]
    expect(card(page, "faultless.fodp").first.locator(".chip.findings")).to_have_count(1 if findings else 0)


def test_the_page_of_a_deck_says_what_was_lost_where_and_what_to_do(visitor, client, lossy):
    page = visitor.sign_in("uploader")
    visitor.open(f"#/media/{lossy}")
    report = page.get_by_role("region", name="What differs from the file")
    expect(report.get_by_role("listitem").first).to_contain_text("Characters that no font has")
    expect(report.get_by_role("listitem").first).to_contain_text(TOLD_AS)
    report.get_by_role("button", name="more").click()
    expect(report.get_by_role("listitem")).to_have_count(len(LOST_IN_FODP))
    font = report.get_by_role("listitem").filter(has_text="Font replaced")
    expect(font).to_contain_text("Aptos → Carlito")
    expect(font).to_contain_text("Use Carlito, or embed Aptos in the file")
    report.get_by_role("listitem").filter(has_text="Text over the edge").get_by_role("button", name="Page 3").click()
    expect(page.locator("info-medium-preview iframe")).to_have_attribute(
        "src", f"/api/media/{lossy}/display#page=3&toolbar=0&navpanes=0&view=FitH"
    )


def test_the_report_speaks_german(visit, client, lossy):
    visitor = visit(locale="de-DE")
    page = visitor.sign_in("uploader")
    visitor.open(f"#/media/{lossy}")
    report = page.get_by_role("region", name="Was anders ist als in der Datei")
    expect(report).to_contain_text("Zeichen, die keine Schrift hat")
    expect(report).to_contain_text("Nehmen Sie Carlito, oder betten Sie Aptos in die Datei ein")
