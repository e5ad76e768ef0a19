"""Uploads that go on by themselves: over a cut line, a killed ingest, a reload; pauses; two hundred files."""

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import pytest
from e2e.dashboard.conftest import Visitor
from e2e.dashboard.media import SAMPLE, chosen, row
from playwright.sync_api import CDPSession, Page, Request, expect

LARGE_BYTES = 17_000_000
"""More than a page keeps of a file."""
SMALL_BYTES = 6_000_000
"""Less than that, and more than is sent in one request."""
FIRST_BYTES = 64 * 1024
SOME_SENT = re.compile(r"[1-5](?:\.\d+)? MB of")
BYTES_PER_SECOND = 1_000_000


@dataclass(frozen=True)
class SlowLine:
    """A line on which an upload takes some seconds, so that something can happen to it."""

    devtools: CDPSession

    def become(self, bytes_per_second: int) -> None:
        """Become as fast as that; -1 is as fast as can be."""
        conditions = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": bytes_per_second}
        self.devtools.send("Network.emulateNetworkConditions", conditions)


@pytest.fixture
def page(visitor: Visitor) -> Page:
    return visitor.sign_in("uploader")


@pytest.fixture
def line(visitor: Visitor, page: Page) -> SlowLine:
    line = SlowLine(visitor.context.new_cdp_session(page))
    line.become(BYTES_PER_SECOND)
    return line


@pytest.fixture
def offsets(page: Page) -> list[int]:
    """Where each request begins that goes on with an upload."""
    found: list[int] = []

    def look(request: Request) -> None:
        if request.method == "PATCH":
            found.append(int(request.headers["upload-offset"]))

    page.on("request", look)
    return found


@pytest.fixture
def file(tmp_path: Path) -> Callable[[int], Path]:
    """Makes files of different content, whose first bytes are those of a PDF."""

    def make(size_bytes: int, name: str = "") -> Path:
        path = tmp_path / (name or f"{uuid4().hex[:8]}.pdf")
        path.write_bytes(b"%PDF-1.7\n" + path.name.encode() + bytes(size_bytes))
        return path

    return make


def stored(page: Page, client, path: Path) -> None:
    """The file is a medium, with the bytes that it has."""
    link = row(page, path.name).get_by_role("link")
    expect(link).to_be_visible()
    media_id = str(link.get_attribute("href")).rsplit("/", 1)[1]
    medium = client.get(f"/api/media/{media_id}").json()
    assert medium["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
    assert len(client.get("/api/media", params={"q": path.stem}).json()["items"]) == 1


def test_an_upload_goes_on_when_the_line_is_back(*, visitor, page, line, offsets, file, system):
    path = file(SMALL_BYTES)
    visitor.upload(path)
    expect(row(page, path.name)).to_contain_text(SOME_SENT)
    system.kill("edge")  # what Chromium calls offline does not cut what is on its way
    visitor.context.set_offline(True)
    expect(row(page, path.name)).to_contain_text("goes on by itself")
    visitor.context.set_offline(False)
    line.become(-1)
    with system.client() as client:
        stored(page, client, path)
    assert offsets[-1] > offsets[0] == FIRST_BYTES


def test_an_upload_survives_the_death_of_ingest(*, visitor, page, line, offsets, file, system):
    path = file(SMALL_BYTES)
    visitor.upload(path)
    expect(row(page, path.name)).to_contain_text(SOME_SENT)
    system.kill("ingest")
    with system.client() as client:
        stored(page, client, path)
    assert len(offsets) > 1


def test_uploads_go_on_after_a_reload(*, visitor, page, line, file, system):
    small, large = file(SMALL_BYTES), file(LARGE_BYTES)
    visitor.upload(small, large)
    expect(row(page, large.name)).to_contain_text(SOME_SENT)
    page.reload()
    expect(row(page, large.name)).to_contain_text("Choose the same file")
    with system.client() as client:
        stored(page, client, small)
        other = file(LARGE_BYTES, "other.pdf")
        choose(page, large.name, other)
        expect(row(page, large.name)).to_contain_text("That is another file")
        line.become(-1)
        choose(page, large.name, large)
        stored(page, client, large)


def choose(page: Page, name: str, path: Path) -> None:
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name=f"Choose {name} again").click()
    chooser.value.set_files(path)


def test_a_paused_upload_waits_until_it_is_resumed_also_over_a_reload(*, visitor, page, line, offsets, file, system):
    path = file(SMALL_BYTES)
    visitor.upload(path)
    expect(row(page, path.name)).to_contain_text(SOME_SENT)
    row(page, path.name).get_by_role("button", name="Pause").click()
    expect(page.locator("#tray-title")).to_have_text("1 upload waits for you")
    page.reload()
    expect(row(page, path.name)).to_contain_text("Paused")
    asked = len(offsets)
    line.become(-1)
    row(page, path.name).get_by_role("button", name="Go on").click()
    with system.client() as client:
        stored(page, client, path)
    assert offsets[asked] > 0


def test_a_large_deck_is_replaced_by_one_that_goes_on(*, visitor, page, line, offsets, file, system):
    with system.client("uploader") as client:
        answer = client.post("/api/media", params={"filename": "before.fodp"}, content=SAMPLE.read_bytes())
        media_id = answer.json()["media_id"]
        page.goto(f"{visitor.edge}/#/media/{media_id}")
        path = file(SMALL_BYTES)
        with page.expect_file_chooser() as chooser:
            page.get_by_role("button", name="Replace").click()
        chooser.value.set_files(path)
        expect(row(page, path.name)).to_contain_text(SOME_SENT)
        system.kill("edge")
        stored(page, client, path)
        assert offsets[-1] > offsets[0] == FIRST_BYTES
        assert client.get(f"/api/media/{media_id}").json()["filename"] == path.name


def test_a_large_file_of_a_wrong_type_is_refused_before_it_is_sent(*, visitor, page, line, offsets, tmp_path):
    zeros = tmp_path / "zeros.pptx"
    zeros.write_bytes(bytes(LARGE_BYTES))
    visitor.upload(zeros)
    expect(page.locator("#tray-title")).to_have_text("1 upload failed")
    assert offsets == []


def test_an_upload_belongs_to_one_window(*, visitor, page, line, file):
    path = file(SMALL_BYTES)
    visitor.upload(path)
    expect(row(page, path.name)).to_contain_text("MB of")
    other = visitor.context.new_page()
    other.goto(visitor.edge)
    expect(other.get_by_role("heading", name="Library")).to_be_visible()
    expect(row(page, path.name).get_by_role("link")).to_be_visible()
    expect(row(other, path.name)).to_have_count(0)


@pytest.mark.exhaustive
def test_two_hundred_files_go_on_after_a_reload(visitor, page, system):
    names = [f"two-hundred-{number:03}.fodp" for number in range(200)]
    visitor.upload(*(chosen(name, SAMPLE.read_bytes()) for name in names))
    expect(page.locator("#tray-title")).to_contain_text("Uploading")
    page.reload()
    expect(page.locator("#tray-title")).to_contain_text("uploaded", timeout=300_000)
    with system.client() as client:
        for name in names:
            assert len(client.get("/api/media", params={"q": name}).json()["items"]) == 1
