"""The dashboard in a real Chromium, against the whole system.

Whatever a test does, its page must stay within its content security policy, load nothing from elsewhere and throw
nothing: `Visitor.check` looks, after every test.
"""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Error, Page, expect, sync_playwright

CHROMIUM_ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
PATIENCE_MILLISECONDS = 60_000
"""How long a page may take to show what it must: conversions share the machine."""
expect.set_options(timeout=PATIENCE_MILLISECONDS)

# A document says itself what its policy refused, also what no console line tells.
REPORT_VIOLATIONS = """addEventListener("securitypolicyviolation", ({ effectiveDirective, blockedURI }) =>
  console.error(`refused by the policy: ${effectiveDirective} ${blockedURI}`))"""


@dataclass
class Visitor:
    """A person with a browser window of their own."""

    context: BrowserContext
    edge: str
    tokens: dict[str, str]
    page: Page = field(init=False)
    problems: list[str] = field(default_factory=list)
    unanswered: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.context.set_default_timeout(PATIENCE_MILLISECONDS)
        self.context.add_init_script(REPORT_VIOLATIONS)
        self.page = self.context.new_page()
        self.page.on("console", self._on_console)
        self.page.on("pageerror", lambda error: self.problems.append(f"thrown: {error}"))
        self.page.on("request", lambda request: self._on_request(request.url))
        self.page.on("requestfailed", lambda request: self.unanswered.append(f"{request.url} {request.failure}"))

    def _on_console(self, message: ConsoleMessage) -> None:
        # A refused request is the browser's own line; whether the page deals with it, the tests see.
        if message.type in ("error", "warning") and "Failed to load resource" not in message.text:
            self.problems.append(f"console: {message.text}")

    def _on_request(self, url: str) -> None:
        here, there = urlsplit(self.edge), urlsplit(url)
        viewer = there.scheme in ("chrome-extension", "chrome", "blob", "data")  # Chromium's own PDF viewer
        if not viewer and (there.scheme, there.netloc) != (here.scheme, here.netloc):
            self.problems.append(f"loaded from elsewhere: {url}")

    def open(self, address: str = "") -> Page:
        """Open the page at a fragment."""
        self.page.goto(f"{self.edge}/{address}")
        return self.page

    def sign_in(self, role: str = "operator") -> Page:
        """Open the page with a sign-in link, as `make run` prints it."""
        page = self.open(f"#token={self.tokens[role]}")
        try:
            page.locator("info-header").wait_for()
        except Error as error:
            error.add_note(
                f"Requests without an answer: {self.unanswered}. Problems: {self.problems}. {page.content()}"
            )
            raise
        return page

    def upload(self, *files: Path | dict[str, Any]) -> None:
        """Choose files with the button."""
        with self.page.expect_file_chooser() as chooser:
            self.page.get_by_role("button", name="Upload", exact=True).click()
        chooser.value.set_files(list(files))

    def check(self) -> None:
        """Nothing happened behind the scenes that should not have."""
        assert self.problems == []


@pytest.fixture(scope="module")  # while Playwright is there, no test of asyncio's can run
def browser() -> Iterator[Browser]:
    path = shutil.which("chromium")
    if path is None:
        pytest.skip("Chromium is not installed: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(CHROMIUM_ARGUMENTS))
        yield browser
        browser.close()


@pytest.fixture
def visit(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Callable[..., Visitor]]:
    """Opens windows: `visit(color_scheme="dark", …)` takes what Playwright's `new_context` does, and which system."""
    visitors: list[Visitor] = []

    def new(system: Any = None, **options: Any) -> Visitor:
        endpoints = (system or request.getfixturevalue("system")).endpoints
        tokens = {role: endpoints[f"{role}_token"] for role in ("operator", "uploader", "player")}
        context = browser.new_context(**({"locale": "en-GB", "viewport": {"width": 1360, "height": 900}} | options))
        visitors.append(Visitor(context, endpoints["edge"], tokens))
        return visitors[-1]

    yield new
    for visitor in visitors:
        visitor.check()
        visitor.context.close()


@pytest.fixture
def visitor(visit: Callable[..., Visitor]) -> Visitor:
    return visit()
