"""Files on their way: chosen, dropped, pasted, many at once, refused, cancelled, cut off."""

import re
from pathlib import Path

import pytest
from e2e.dashboard.media import card, chosen, row
from playwright.sync_api import Route, expect
from support.paused import paused

# A DataTransfer can only be made in the page; its files come from bytes as the desktop's would.
MAKE_TRANSFER = """([name, bytes]) => {
  const transfer = new DataTransfer();
  transfer.items.add(new File([new Uint8Array(bytes)], name));
  return transfer;
}"""


def test_several_chosen_decks_become_ready_while_the_page_is_open(visitor):
    page = visitor.sign_in("uploader")
    names = [f"several-{number}.fodp" for number in range(4)]
    visitor.upload(*map(chosen, names))
    for name in names:
        expect(row(page, name)).to_contain_text("Ready")
        expect(card(page, name)).to_contain_text("Ready")
        expect(card(page, name)).to_contain_text("5 pages")


def test_a_waiting_upload_shows_its_place_in_the_queue_and_the_time_left(visitor, system):
    page = visitor.sign_in("uploader")
    visitor.upload(chosen("so that a typical duration is known.fodp"))
    expect(row(page, "so that")).to_contain_text("Ready")
    names = [f"waiting-{number}.fodp" for number in range(3)]
    with paused(system.endpoints, "converter-1", "converter-2"):
        visitor.upload(*map(chosen, names))
        for name in names:
            expect(row(page, name)).to_contain_text(re.compile(r"Waiting.*Number \d+ in the queue · .* left"))
    for name in names:
        expect(row(page, name)).to_contain_text("Ready")


@pytest.mark.exhaustive
def test_an_upload_of_another_person_appears_by_itself(visit):
    watching, uploading = visit(), visit()
    page = watching.sign_in("operator")
    expect(page.get_by_role("heading", name="Library")).to_be_visible()
    uploading.sign_in("uploader")
    uploading.upload(chosen("from-elsewhere.fodp"))
    expect(card(page, "from-elsewhere.fodp")).to_contain_text("Ready")


def test_a_dropped_file_is_uploaded(visitor):
    page = visitor.sign_in("uploader")
    file = chosen("dropped.fodp")
    transfer = page.evaluate_handle(MAKE_TRANSFER, [file["name"], list(file["buffer"])])
    page.dispatch_event("body", "dragenter", {"dataTransfer": transfer})
    expect(page.get_by_text("Drop to upload")).to_be_visible()
    page.dispatch_event("body", "drop", {"dataTransfer": transfer})
    expect(page.get_by_text("Drop to upload")).to_have_count(0)
    expect(row(page, "dropped.fodp")).to_contain_text("Ready")


@pytest.mark.exhaustive
def test_dragging_text_over_the_page_is_no_upload(visitor):
    page = visitor.sign_in("uploader")
    transfer = page.evaluate_handle("() => { const t = new DataTransfer(); t.setData('text/plain', 'x'); return t; }")
    page.dispatch_event("body", "dragenter", {"dataTransfer": transfer})
    expect(page.get_by_text("Drop to upload")).to_have_count(0)


def test_a_pasted_file_is_uploaded(visitor):
    page = visitor.sign_in("uploader")
    file = chosen("pasted.fodp")
    page.evaluate(
        f"""(file) => {{
          const clipboardData = ({MAKE_TRANSFER})(file);
          document.body.dispatchEvent(new ClipboardEvent("paste", {{ clipboardData, bubbles: true }}));
        }}""",
        [file["name"], list(file["buffer"])],
    )
    expect(row(page, "pasted.fodp")).to_contain_text("Ready")


def test_a_refusal_is_told_in_the_servers_words_and_the_others_go_on(visitor):
    page = visitor.sign_in("uploader")
    notes = chosen("notes.pptx", b"only words, whatever the name says")
    visitor.upload(notes, chosen("beside.fodp"))
    expect(row(page, "notes.pptx")).to_contain_text(re.compile("Save it|upload", re.IGNORECASE))
    expect(page.locator("#tray-title")).to_contain_text("1 upload failed")
    expect(row(page, "beside.fodp")).to_contain_text("Ready")


def test_an_empty_file_is_refused_in_words(visitor):
    page = visitor.sign_in("uploader")
    visitor.upload(chosen("empty.odp", b""))
    expect(row(page, "empty.odp")).to_contain_text("The file is empty")


def test_a_refusal_is_told_in_the_pages_language(visit):
    visitor = visit(locale="de-DE")
    page = visitor.sign_in("uploader")
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Hochladen", exact=True).click()
    chooser.value.set_files([chosen("leer.odp", b"")])
    expect(row(page, "leer.odp")).to_contain_text("Die Datei ist leer")


def test_a_filename_is_text_and_never_markup(visitor):
    page = visitor.sign_in("uploader")
    name = "<img src=x onerror=document.title='hit'> \u202etxt {n}.fodp"
    visitor.upload(chosen(name))
    expect(row(page, "onerror")).to_contain_text("Ready")
    card(page, "onerror").get_by_role("link").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("<img src=x onerror=")
    expect(page.locator("img[src=x]")).to_have_count(0)
    assert "hit" not in page.title().split("·")[-1]


def test_speed_and_time_left_are_told_and_an_upload_can_be_cancelled(visitor, tmp_path: Path):
    page = visitor.sign_in("uploader")
    large = tmp_path / "large.pdf"
    large.write_bytes(b"%PDF-1.7\n" + bytes(20_000_000))
    devtools = visitor.context.new_cdp_session(page)
    slow = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": 400_000}
    devtools.send("Network.emulateNetworkConditions", slow)
    visitor.upload(large)
    expect(row(page, "large.pdf")).to_contain_text(re.compile(r"of 20 MB · .*B/s · .* left"))
    row(page, "large.pdf").get_by_role("button", name="Cancel").click()
    expect(row(page, "large.pdf")).to_contain_text("Cancelled")
    expect(page.locator("#tray-title")).to_have_text("1 upload cancelled")
    devtools.send("Network.emulateNetworkConditions", {**slow, "uploadThroughput": -1})
    expect(card(page, "large.pdf")).to_have_count(0)


def test_an_upload_whose_answer_was_lost_is_tried_again_and_stored_once(visitor):
    page = visitor.sign_in("uploader")
    file = chosen("answer-lost.fodp")

    def lose_the_answer(route: Route) -> None:
        assert route.fetch(post_data=file["buffer"]).status == 201
        route.abort()

    page.route("**/api/media?filename=*", lose_the_answer)
    visitor.upload(file)
    expect(row(page, "answer-lost.fodp")).to_contain_text("goes on by itself")
    page.unroute("**/api/media?filename=*")
    expect(row(page, "answer-lost.fodp")).to_contain_text("Ready")
    expect(card(page, "answer-lost.fodp")).to_have_count(1)


@pytest.mark.exhaustive
def test_what_is_done_can_be_cleared_from_the_tray(visitor):
    page = visitor.sign_in("uploader")
    visitor.upload(chosen("cleared.fodp"))
    expect(row(page, "cleared.fodp")).to_contain_text("Ready")
    page.get_by_role("button", name="Fold the list").click()
    expect(row(page, "cleared.fodp")).to_be_hidden()
    page.get_by_role("button", name="Clear what is finished").click()
    expect(page.locator("info-upload-tray")).to_be_hidden()


@pytest.mark.exhaustive
def test_the_uploads_go_on_while_one_looks_at_another_page(visitor):
    page = visitor.sign_in("operator")
    visitor.upload(chosen("in-the-background.fodp"))
    page.get_by_role("link", name="Operations").click()
    expect(row(page, "in-the-background.fodp")).to_contain_text("Ready")
