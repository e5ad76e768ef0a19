"""From a POST through the edge to a PDF that a player can fetch, on the real servers, whatever is killed on the way."""

import io
import time
from pathlib import Path

import httpx
import pikepdf
import pytest
from support.until import wait_until

from infoscreen.cli.requirements import repository_root

SAMPLE = repository_root() / "samples" / "welcome.fodp"
SAMPLE_PAGES = 5


def upload(client: httpx.Client, path: Path, **params: str) -> str:
    with path.open("rb") as file:
        answer = client.post("/api/media", files={"file": (path.name, file)}, params=params)
    assert answer.status_code in (201, 202), answer.text
    return answer.json()["media_id"]


def display(client: httpx.Client, media_id: str, seconds: float = 60) -> dict:
    """What a player is told once the medium is ready or failed."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            answer = client.get(
                f"/api/media/{media_id}/display", params={"wait": 10}, headers={"Accept": "application/json"}
            )
        except httpx.TransportError:
            answer = None
        if answer is not None and answer.status_code == 200:
            return answer.json()
        assert answer is None or answer.status_code in (202, 502, 503, 504), answer.text
        assert time.monotonic() < deadline, "not ready in time"


def pdf_at(url: str) -> pikepdf.Pdf:
    answer = httpx.get(url)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/pdf"
    return pikepdf.open(io.BytesIO(answer.content))


def pages(url: str) -> int:
    with pdf_at(url) as pdf:
        return len(pdf.pages)


def test_an_uploaded_deck_becomes_a_pdf_behind_a_presigned_url(system):
    with system.client() as client:
        shown = display(client, upload(client, SAMPLE))
    assert shown["status"] == "ready"
    assert shown["url"].startswith(system.endpoints["edge"])
    assert pages(shown["url"]) == SAMPLE_PAGES == shown["pages"]


def test_the_pdf_can_be_had_with_other_options_and_then_as_it_was(system):
    with system.client() as client:
        media_id = upload(client, SAMPLE)
        usual = display(client, media_id)
        again = client.post(f"/api/conversions/{media_id}/pdf", params={"pages": "1-2", "archival": True})
        assert (again.status_code, again.json()["profile"]) == (202, "pdfa__p1-2")
        wait_until(lambda: display(client, media_id)["sha256"] != usual["sha256"], "the deck has the other options", 90)
        with pdf_at(display(client, media_id)["url"]) as pdf, pdf.open_metadata() as metadata:
            assert len(pdf.pages) == 2
            assert (metadata["pdfaid:part"], metadata["pdfaid:conformance"]) == ("2", "B")
        client.post(f"/api/conversions/{media_id}/pdf", params={"pages": "all"})
        wait_until(lambda: display(client, media_id)["sha256"] == usual["sha256"], "the deck is as it was", 90)


def test_a_presigned_url_needs_no_token_and_allows_nothing_but_reading(system):
    with system.client() as client:
        url = display(client, upload(client, SAMPLE))["url"]
    assert httpx.get(url, headers={"Range": "bytes=0-3"}).content == b"%PDF"
    for method in ("PUT", "DELETE", "POST"):
        assert httpx.request(method, url).status_code in (403, 405)
    assert httpx.get(url[:-4] + "0000").status_code == 403
    assert httpx.get(url.split("?")[0]).status_code == 403


@pytest.mark.parametrize("name", ["testPPT.ppt", "testPPT_2imgs.pptx", "LibreOfficeImpress_odp_1.3.odp"])
def test_real_decks_of_each_kind_become_pdfs(system, decks, name):
    with system.client("uploader") as client:
        media_id = upload(client, decks / name)
    with system.client("player") as player:
        shown = display(player, media_id)
    assert shown["status"] == "ready"
    assert pages(shown["url"]) == shown["pages"] > 0


@pytest.mark.parametrize("victim", ["ingest", "converter-1", "catalog", "player-gateway"])
def test_a_deck_arrives_although_a_service_is_killed_in_between(system, tmp_path, victim):
    deck = tmp_path / f"{victim}.fodp"
    deck.write_bytes(SAMPLE.read_bytes() + f"<!-- {victim} {time.time_ns()} -->".encode())
    with system.client() as client:
        media_id = upload(client, deck)
        system.kill(victim)
        shown = display(client, media_id, 120)
    assert shown["status"] == "ready"
    assert pages(shown["url"]) == SAMPLE_PAGES


def test_what_cannot_be_shown_is_refused_with_what_to_do(system, tmp_path):
    text = tmp_path / "notes.pptx"
    text.write_text("just text")
    with system.client() as client:
        answer = client.post("/api/media", files={"file": ("notes.pptx", text.read_bytes())})
    assert answer.status_code == 415
    assert answer.headers["content-type"] == "application/problem+json"
    assert "save that as PDF and upload it" in answer.json()["detail"]


def test_nobody_gets_in_without_a_token(system):
    edge = system.endpoints["edge"]
    with SAMPLE.open("rb") as file:
        assert httpx.post(f"{edge}/api/media", files={"file": file}).status_code == 401
    assert httpx.get(f"{edge}/api/media").status_code == 401
    for path in ("/metrics", "/readyz", "/livez"):
        assert httpx.get(f"{edge}{path}").status_code == 404
