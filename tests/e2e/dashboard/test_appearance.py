"""Every page in every appearance: nothing for a screen reader to trip over, nothing that overflows, and a picture.

`make screenshots` runs this module with INFOSCREEN_SCREENSHOTS, the folder in which the pictures are kept, and has it
make the README's.
"""

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from e2e.dashboard.scenes import APPEARANCES, EMPTY_SCENES, SCENES, WITHOUT_PDF_VIEWER, Scene, furnish, library, sending
from playwright.sync_api import Page

from infoscreen.cli.requirements import repository_root

AXE = repository_root() / "services" / "dashboard" / "node_modules" / "axe-core" / "axe.min.js"
KEPT = os.environ.get("INFOSCREEN_SCREENSHOTS")
README_PICTURE = repository_root() / "docs" / "images" / "dashboard.png"
LARGEST_PICTURE_BYTES = 200_000
PAGES = (
    "library",
    "medium",
    "versions",
    "trash",
    "report",
    "screens",
    "playlists",
    "schedule",
    "operations",
    "audit",
    "sign-in",
)
IN_EVERY_RUN = {(name, "light") for name in PAGES} | {("library", "phone-dark-german")}


@pytest.fixture(scope="module")
def furnished(system) -> dict[str, str]:
    with system.client() as client:
        return furnish(client)


@pytest.fixture
def scene(visit, system, furnished) -> Iterator[Callable[..., Scene]]:
    """Signs in, with an appearance."""
    with system.client() as client:

        def new(**appearance: Any) -> Scene:
            visitor = visit(**appearance, reduced_motion="reduce")
            if appearance.get("is_mobile"):
                visitor.context.add_init_script(WITHOUT_PDF_VIEWER)
            return Scene(visitor.sign_in(), client, furnished)

        yield new


@pytest.fixture(scope="module")
def pictures(tmp_path_factory) -> Path:
    """Where pictures go."""
    folder = Path(KEPT) if KEPT else tmp_path_factory.mktemp("pictures")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def everywhere(names: dict[str, Callable[[Scene], None]]) -> pytest.MarkDecorator:
    seen = [(name, appearance) for name in names for appearance in APPEARANCES]
    return pytest.mark.parametrize(
        ("name", "appearance"),
        [pytest.param(*one, marks=() if one in IN_EVERY_RUN else pytest.mark.exhaustive) for one in seen],
    )


@everywhere(EMPTY_SCENES)
def test_every_empty_page_is_accessible_and_fits_the_window(visit, own_system, pictures, name, appearance):
    visitor = visit(own_system, **APPEARANCES[appearance], reduced_motion="reduce")
    with own_system.client() as client:
        empty = Scene(visitor.sign_in(), client, {})
        EMPTY_SCENES[name](empty)
    look_at(empty.page, pictures / f"{name}-{appearance}.png")


@pytest.mark.exhaustive
def test_the_readme_has_a_picture_that_is_quick_to_load(scene, pictures):
    seen = scene(color_scheme="light", viewport={"width": 1200, "height": 720})
    library(seen)
    sending(seen)
    path = README_PICTURE if KEPT else pictures / README_PICTURE.name
    path.parent.mkdir(parents=True, exist_ok=True)
    seen.page.screenshot(path=path)
    assert path.stat().st_size < LARGEST_PICTURE_BYTES
    assert README_PICTURE.name in (repository_root() / "README.md").read_text()


@everywhere(SCENES)
def test_every_page_is_accessible_and_fits_the_window(scene, pictures, name, appearance):
    seen = scene(**APPEARANCES[appearance])
    SCENES[name](seen)
    look_at(seen.page, pictures / f"{name}-{appearance}.png")


def look_at(page: Page, picture: Path) -> None:
    floating = page.locator("dialog, .drop-overlay, .notice, info-upload-row, .menu:popover-open")
    page.screenshot(path=picture, full_page=floating.count() == 0)
    across = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
    assert across[0] <= across[1], "the page is wider than the window"
    if not AXE.exists():
        pytest.skip("axe-core, a development tool, is not installed: npm install in services/dashboard")
    page.evaluate(AXE.read_text())
    # The frame with the PDF is the browser's own viewer.
    found = page.evaluate("axe.run({ exclude: ['iframe'] }, { resultTypes: ['violations'] })")["violations"]
    brief = [{"rule": one["id"], "nodes": [node["html"][:200] for node in one["nodes"]]} for one in found]
    assert found == [], json.dumps(brief, indent=1)
