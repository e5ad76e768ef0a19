"""What is large: thousands of media, a file of a gigabyte. Figures are printed; bounds are of size, never of time."""

import asyncio
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID, uuid4

import httpx
import nats
import pytest
from e2e.dashboard.media import PNG, card, put, row
from playwright.sync_api import Browser, expect

from infoscreen.common.events import Envelope, MediaUploaded, decode, new_media_id, subjects, to_body, to_headers
from infoscreen.common.messaging import topology

pytestmark = pytest.mark.exhaustive

MANY = 5_000
AT_ONCE = 200
MEBIBYTE = 2**20
LARGE_BYTES = 1024 * MEBIBYTE
FLAT_BYTES = 64 * MEBIBYTE
RENDERED_CARDS = 4 * 60
"""How many cards the browser may lay out and paint at a time: the batches around the view."""

# Every frame, as fast as a wheel that is spun hard, to the end of everything; how long each frame took.
SCROLL_TO_THE_END = """async (count) => {
  const frame = () => new Promise(requestAnimationFrame);
  const cards = document.getElementsByTagName("info-medium-card");
  const [durations, rendered] = [[], []];
  let last = await frame();
  while (cards.length < count || scrollY + innerHeight < document.documentElement.scrollHeight - 100) {
    scrollBy(0, 300);
    const now = await frame();
    durations.push(now - last);
    last = now;
    if (durations.length % 50 === 0)
      rendered.push([...cards].filter((card) => card.checkVisibility({ contentVisibilityAuto: true })).length);
  }
  return { durations, rendered, nodes: document.querySelectorAll("*").length };
}"""


@pytest.fixture(scope="module")
def full_system(own_system):
    """A system with thousands of media: facts in the stream, all of one stored picture."""
    with own_system.client() as client:
        first = put(client, "picture 0000.png", PNG)
        ids = [new_media_id() for _ in range(1, MANY)]
        filling = publish_many(own_system.endpoints["nats"], UUID(first), ids)
        thread = threading.Thread(target=asyncio.run, args=(filling,))  # this thread has Playwright's loop
        thread.start()
        thread.join()
        deadline = time.monotonic() + 60
        while client.get(f"/api/media/{ids[-1]}").status_code == httpx.codes.NOT_FOUND:
            assert time.monotonic() < deadline, "the catalog does not get there"
    return own_system


async def publish_many(url: str, first: UUID, ids: list[UUID]) -> None:
    client = await nats.connect(url)
    stream = client.jetstream()
    message = await stream.get_last_msg(topology.STREAM, f"media.uploaded.{first}")
    original = decode(message.headers, message.data or b"")
    limit = asyncio.Semaphore(AT_ONCE)

    async def publish(number: int, media_id: UUID) -> None:
        changes = {"media_id": media_id, "filename": f"picture {number:04}.png"}
        event = MediaUploaded.model_validate(original.event.model_dump() | changes)
        headers = to_headers(Envelope(str(uuid4()), original.source, original.time, event, None))
        async with limit:
            await stream.publish(subjects.subject_of(event), to_body(event), headers=headers, timeout=30)

    await asyncio.gather(*(publish(number, media_id) for number, media_id in enumerate(ids, start=1)))
    await client.close()


def test_a_library_of_thousands_opens_at_once_and_scrolls_smoothly(visit, full_system, capsys):
    visitor = visit(full_system)
    page = visitor.sign_in("uploader")
    opened = []
    for _ in range(3):
        page.reload()
        shown = "document.getElementsByTagName('info-medium-card').length >= 60 && performance.now()"
        opened.append(page.wait_for_function(shown).json_value())
    seen = page.evaluate(SCROLL_TO_THE_END, MANY)
    durations = sorted(seen["durations"])
    with capsys.disabled():
        print(
            f"\n{MANY} media: the list opens in {min(opened):.0f} to {max(opened):.0f} ms; scrolled through in "
            f"{len(durations)} frames of {durations[len(durations) // 2]:.0f} ms, 99 of 100 at most "
            f"{durations[len(durations) * 99 // 100]:.0f} ms, the longest {durations[-1]:.0f} ms; "
            f"{seen['nodes']} elements, at most {max(seen['rendered'])} cards rendered"
        )
    assert max(seen["rendered"]) <= RENDERED_CARDS
    # What comes in has its place at once, and every one of the thousands can be found.
    with full_system.client() as client:
        put(client, "newest.png", PNG)
    expect(card(page, "newest.png")).to_be_attached()
    page.get_by_role("searchbox").fill("picture 0001")
    expect(page.locator("info-medium-card")).to_have_count(1)


@pytest.fixture
def large_file(tmp_path: Path) -> Iterator[Path]:
    """A gigabyte that takes no room on the disk; by its first bytes, a PDF."""
    path = tmp_path / "large.pdf"
    with path.open("wb") as file:
        file.write(b"%PDF-1.7\n")
        file.truncate(LARGE_BYTES)
    yield path
    path.unlink()


def test_a_gigabyte_on_its_way_keeps_the_pages_memory_flat(visit, browser, own_system, large_file, capsys):
    visitor = visit(own_system)
    page = visitor.sign_in("uploader")
    before = memory_of(browser)
    visitor.upload(large_file)
    progress = row(page, "large.pdf").locator("progress")
    expect(progress).to_be_visible()
    peak = before
    while progress.count():
        peak = max(peak, memory_of(browser))
    expect(row(page, "large.pdf")).to_contain_text("Ready")
    with capsys.disabled():
        print(f"\n1 GiB uploaded: the page's process grew from {before // MEBIBYTE} to {peak // MEBIBYTE} MiB")
    assert peak < before + FLAT_BYTES


def memory_of(browser: Browser) -> int:
    """The memory of the largest of the processes that render, in bytes."""
    devtools = browser.new_browser_cdp_session()
    processes = devtools.send("SystemInfo.getProcessInfo")["processInfo"]
    devtools.detach()
    return max(heap_bytes(process["id"]) for process in processes if process["type"] == "renderer")


def heap_bytes(pid: int) -> int:
    """What is the process's own; what it shares is pictures of the page on their way to the screen."""
    status = Path(f"/proc/{pid}/status").read_text()
    return next(int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith("RssAnon"))
