"""Files on their way: chosen, dropped, pasted, many at once, refused, cancelled, cut off."""

import re
from pathlib import Path
from uuid import uuid4

from playwright.sync_api import Page, expect

from infoscreen.cli.requirements import repository_root

SAMPLE = repository_root() / "samples" / "welcome.fodp"

# A DataTransfer can only be made in the page; its files come from bytes as the desktop's would.
MAKE_TRANSFER = """([name, bytes]) => {
  const transfer = new DataTransfer();
  transfer.items.add(new File([new Uint8Array(bytes)], name));
  return transfer;
}"""


def deck(name: str) -> dict:
    """The sample under another name and with other bytes, so that it is converted anew."""
    content = SAMPLE.read_bytes().replace(b"Welcome to", uuid4().hex.encode()[:7] + b" to")
    return {"name": name, "mimeType": "application/octet-stream", "buffer": content}


def row(page: Page, name: str):
    return page.locator("info-upload-row").filter(has_text=name)


def card(page: Page, name: str):
    return page.locator("info-medium-card").filter(has_text=name)


def test_several_decks_go_from_chosen_to_ready_before_ones_eyes(visitor):
    page = visitor.sign_in("uploader")
    names = [f"several-{number}.fodp" for number in range(4)]
    visitor.upload(*map(deck, names))
    for name in names:
        expect(row(page, name)).to_contain_text("Ready")
        expect(card(page, name)).to_contain_text("Ready")
        expect(card(page, name)).to_contain_text("5 pages")


def test_somebody_elses_upload_appears_by_itself(visit):
    watching, uploading = visit(), visit()
    page = watching.sign_in("operator")
    expect(page.get_by_role("heading", name="Library")).to_be_visible()
    uploading.sign_in("uploader")
    uploading.upload(deck("from-elsewhere.fodp"))
    expect(card(page, "from-elsewhere.fodp")).to_contain_text("Ready")


def test_a_dropped_file_is_uploaded(visitor):
    page = visitor.sign_in("uploader")
    file = deck("dropped.fodp")
    transfer = page.evaluate_handle(MAKE_TRANSFER, [file["name"], list(file["buffer"])])
    page.dispatch_event("body", "dragenter", {"dataTransfer": transfer})
    expect(page.get_by_text("Drop to upload")).to_be_visible()
    page.dispatch_event("body", "drop", {"dataTransfer": transfer})
    expect(page.get_by_text("Drop to upload")).to_have_count(0)
    expect(row(page, "dropped.fodp")).to_contain_text("Ready")


def test_dragging_text_over_the_page_is_no_upload(visitor):
    page = visitor.sign_in("uploader")
    transfer = page.evaluate_handle("() => { const t = new DataTransfer(); t.setData('text/plain', 'x'); return t; }")
    page.dispatch_event("body", "dragenter", {"dataTransfer": transfer})
    expect(page.get_by_text("Drop to upload")).to_have_count(0)


def test_a_pasted_file_is_uploaded(visitor):
    page = visitor.sign_in("uploader")
    file = deck("pasted.fodp")
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
    notes = {"name": "notes.pptx", "mimeType": "text/plain", "buffer": b"only words, whatever the name says"}
    visitor.upload(notes, deck("beside.fodp"))
    expect(row(page, "notes.pptx")).to_contain_text(re.compile("Save it|upload", re.IGNORECASE))
    expect(page.locator("#tray-title")).to_contain_text("1 upload failed")
    expect(row(page, "beside.fodp")).to_contain_text("Ready")


def test_an_empty_file_is_refused_in_words(visitor):
    page = visitor.sign_in("uploader")
    visitor.upload({"name": "empty.odp", "mimeType": "application/octet-stream", "buffer": b""})
    expect(row(page, "empty.odp")).to_contain_text("empty")


def test_a_filename_is_text_and_never_markup(visitor):
    page = visitor.sign_in("uploader")
    name = "<img src=x onerror=document.title='hit'> \u202etxt {n}.fodp"
    visitor.upload(deck(name))
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
    devtools.send("Network.emulateNetworkConditions", {**slow, "uploadThroughput": -1})
    expect(card(page, "large.pdf")).to_have_count(0)


def test_an_upload_that_was_cut_off_is_tried_again_without_storing_it_twice(visitor):
    page = visitor.sign_in("uploader")
    page.route("**/api/media?filename=*", lambda route: route.abort())
    visitor.upload(deck("cut-off.fodp"))
    expect(row(page, "cut-off.fodp")).to_contain_text("cannot be reached")
    page.unroute("**/api/media?filename=*")
    row(page, "cut-off.fodp").get_by_role("button", name="again").click()
    expect(row(page, "cut-off.fodp")).to_contain_text("Ready")
    expect(card(page, "cut-off.fodp")).to_have_count(1)


def test_what_is_done_can_be_cleared_from_the_tray(visitor):
    page = visitor.sign_in("uploader")
    visitor.upload(deck("cleared.fodp"))
    expect(row(page, "cleared.fodp")).to_contain_text("Ready")
    page.get_by_role("button", name="Fold the list").click()
    expect(row(page, "cleared.fodp")).to_be_hidden()
    page.get_by_role("button", name="Clear what is finished").click()
    expect(page.locator("info-upload-tray")).to_be_hidden()


def test_the_uploads_go_on_while_one_looks_at_another_page(visitor):
    page = visitor.sign_in("operator")
    visitor.upload(deck("meanwhile.fodp"))
    page.get_by_role("link", name="Operations").click()
    expect(row(page, "meanwhile.fodp")).to_contain_text("Ready")
