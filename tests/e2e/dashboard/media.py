"""Media for the tests of the dashboard: decks that convert, a picture, something broken; and where pages show them."""

from io import BytesIO
from typing import Any
from uuid import uuid4

import httpx
from PIL import Image
from playwright.sync_api import Locator, Page

from infoscreen.cli.requirements import repository_root

SAMPLE = repository_root() / "samples" / "welcome.fodp"
SAMPLE_PAGES = 5


def _png() -> bytes:
    file = BytesIO()
    Image.new("RGB", (1, 1), "navy").save(file, "PNG")
    return file.getvalue()


PNG = _png()
# Valid enough to be taken for a presentation, and broken enough that nothing can be made of it.
BROKEN = SAMPLE.read_bytes()[: SAMPLE.stat().st_size // 2]


def deck(*, title: str = "Welcome to Infoscreen", ground: str = "#101a33") -> bytes:
    """A deck that says something else on its first page."""
    return SAMPLE.read_text().replace("Welcome to Infoscreen", title).replace("#101a33", ground).encode()


def new_deck() -> bytes:
    """A deck that was never converted before."""
    return deck(title=uuid4().hex)


def timed_deck(seconds: float = 7.5) -> bytes:
    """A deck whose dark pages go on by themselves after so many seconds."""
    automatic = f'presentation:transition-type="automatic" presentation:duration="PT{seconds}S"'
    ground = 'draw:fill-color="#101a33"'
    return deck(title=uuid4().hex).replace(ground.encode(), f"{ground} {automatic}".encode())


def chosen(name: str, content: bytes | None = None) -> dict[str, Any]:
    """A file as the picker hands it over; without content, a deck that was never converted before."""
    return {"name": name, "mimeType": "application/octet-stream", "buffer": new_deck() if content is None else content}


def put(client: httpx.Client, name: str, content: bytes | None = None) -> str:
    """Upload a medium through the API: the sample, if nothing else; its id."""
    answer = client.post("/api/media", params={"filename": name}, content=content or SAMPLE.read_bytes())
    assert answer.status_code == 201, answer.text
    return answer.json()["media_id"]


def settled(client: httpx.Client, media_id: str) -> str:
    """Wait until a medium's conversion has come to an end; its status."""
    answer = client.get(f"/api/media/{media_id}/display?wait=50", headers={"Accept": "application/json"})
    return answer.json()["status"]


def ready(client: httpx.Client, name: str, content: bytes | None = None) -> str:
    """Upload a medium and wait for its PDF, which of the sample is there at once after the first time."""
    media_id = put(client, name, content)
    assert settled(client, media_id) == "ready"
    return media_id


def row(page: Page, name: str) -> Locator:
    """A file in the tray of uploads."""
    return page.locator("info-upload-row").filter(has_text=name)


def card(page: Page, name: str) -> Locator:
    """A medium in the library."""
    return page.locator("info-medium-card").filter(has_text=name)
