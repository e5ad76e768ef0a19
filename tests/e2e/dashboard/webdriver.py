"""Firefox and WebKit, driven by the commands of WebDriver (https://www.w3.org/TR/webdriver2/).

Debian has WebKitWebDriver but no geckodriver. Firefox itself takes the same commands as JSON over TCP, which it calls
Marionette (https://firefox-source-docs.mozilla.org/testing/marionette/Protocol.html): one small client drives both.
"""

import json
import os
import shutil
import signal
import socket
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, ClassVar, Protocol, TypeVar

import httpx
import pytest
from support.until import wait_until

from infoscreen.cli.ports import PortBook, is_free

PATIENCE_SECONDS = 60
"""How long a page may take to show what it must, and a browser to start: conversions share the machine."""
ELEMENT = "element-6066-11e4-a52e-4f735466cecf"
CONTROL = "\ue009"
FIREFOX_PREFERENCES = {
    "marionette.port": 0,  # any; the file MarionetteActivePort says which
    "browser.shell.checkDefaultBrowser": False,
    "browser.aboutwelcome.enabled": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "app.update.disabledForTesting": True,
    "extensions.update.enabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
}
_T = TypeVar("_T")


class WebDriverError(Exception):
    """The browser refused a command."""


class Transport(Protocol):
    """Carries commands to a browser."""

    def send(self, command: str, **parameters: Any) -> Any:
        """The value that the browser answers.

        Raises:
            WebDriverError: it refused.
        """


class Marionette:
    """Firefox: `LENGTH:[0, id, command, parameters]`, answered by `LENGTH:[1, id, error, result]`."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream, self._count = stream, 0
        self._read()  # its greeting
        self.send("NewSession")

    def send(self, command: str, **parameters: Any) -> Any:
        self._count += 1
        message = json.dumps([0, self._count, f"WebDriver:{command}", parameters]).encode()
        self._stream.write(b"%d:%b" % (len(message), message))
        self._stream.flush()
        _, _, error, result = self._read()
        if error:
            raise WebDriverError(f"{command}: {error['error']}: {error['message']}")
        return result.get("value") if isinstance(result, dict) else result

    def _read(self) -> Any:
        digits = b""
        while (byte := self._stream.read(1)) != b":":
            assert byte, "Firefox ended the connection"
            digits += byte
        return json.loads(self._stream.read(int(digits)))


class WebKitWebDriver:
    """WebKit: HTTP, as the standard has it."""

    _PATHS: ClassVar = {
        "Navigate": "url",
        "ExecuteAsyncScript": "execute/async",
        "FindElements": "elements",
        "ElementClick": "element/{id}/click",
        "ElementSendKeys": "element/{id}/value",
        "PerformActions": "actions",
        "SetWindowRect": "window/rect",
        "SetTimeouts": "timeouts",
    }

    def __init__(self, port: int, browser: Path) -> None:
        self._http = httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=2 * PATIENCE_SECONDS)
        options = {"binary": str(browser), "args": ["--automation"]}
        wanted = {"browserName": "MiniBrowser", "webkitgtk:browserOptions": options}
        session = self._post("session", {"capabilities": {"alwaysMatch": wanted}})
        self._base = f"session/{session['sessionId']}"

    def send(self, command: str, **parameters: Any) -> Any:
        return self._post(f"{self._base}/{self._PATHS[command].format(**parameters)}", parameters)

    def _post(self, path: str, body: dict[str, Any]) -> Any:
        value = self._http.post(f"/{path}", json=body).json()["value"]
        if isinstance(value, dict) and "error" in value:
            raise WebDriverError(f"{path}: {value['error']}: {value.get('message')}")
        return value

    def close(self) -> None:
        """End the session, and the browser with it."""
        self._http.delete(f"/{self._base}")
        self._http.close()


class Browser:
    """A window, as a person uses it."""

    def __init__(self, transport: Transport) -> None:
        self._send = transport.send
        self._send("SetTimeouts", script=1000 * PATIENCE_SECONDS, pageLoad=1000 * PATIENCE_SECONDS)

    def open(self, url: str) -> None:
        """Go to an address."""
        self._send("Navigate", url=url)

    def resize(self, width: int, height: int) -> None:
        """Give the window about this size; browsers have a smallest one."""
        self._send("SetWindowRect", width=width, height=height, x=0, y=0)

    def run(self, body: str, *arguments: Any) -> Any:
        """What the body of an async function returns in the page."""
        script = f"const [done] = [...arguments].slice(-1); (async (...given) => {{ {body} }})(...arguments).then(done)"
        return self._send("ExecuteAsyncScript", script=script, args=list(arguments))

    def sees(self, xpath: str) -> list[str]:
        """The visible elements of a path."""
        found = [element[ELEMENT] for element in self._send("FindElements", using="xpath", value=xpath)]
        return [one for one in found if self.run("return given[0].checkVisibility()", {ELEMENT: one})]

    def find(self, xpath: str) -> str:
        """The first visible element of a path, once there is one."""
        return eventually(lambda: self.sees(xpath), f"{xpath} is to be seen")[0]

    def click(self, xpath: str) -> None:
        """Click the first visible element of a path."""
        # The page may be built anew between the look and the click, which is then refused and made again.
        eventually(lambda: [self._send("ElementClick", id=one) for one in self.sees(xpath)[:1]], f"{xpath} is clicked")

    def type(self, xpath: str, text: str) -> None:
        """Type into a field."""
        field = self.find(xpath)
        self._send("ElementSendKeys", id=field, text=text)

    def press(self, *keys: str) -> None:
        """Hold keys down in this order, and let go of them."""
        downs, ups = (
            [{"type": kind, "value": key} for key in order]
            for kind, order in (("keyDown", keys), ("keyUp", keys[::-1]))
        )
        self._send("PerformActions", actions=[{"type": "key", "id": "keyboard", "actions": [*downs, *ups]}])


def eventually(condition: Callable[[], _T], what: str) -> _T:
    """The first true value of a condition."""
    # WebDriverError: such as of an element that is gone again
    return wait_until(condition, what, PATIENCE_SECONDS, ignoring=(WebDriverError,))


@contextmanager
def _running(command: list[str], log: Path, pass_fds: tuple[int, ...] = (), **environment: str) -> Iterator[None]:
    """A process of its own group, ended with all that it started."""
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            env=os.environ | environment,
            pass_fds=pass_fds,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    try:
        yield
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(PATIENCE_SECONDS)


@contextmanager
def firefox(folder: Path) -> Iterator[Browser]:
    """Firefox, with its profile in a folder, without a display."""
    program = shutil.which("firefox-esr") or shutil.which("firefox")
    if program is None:
        pytest.skip("Firefox is not installed: apt-get install firefox-esr")
    preferences = [
        f"user_pref({json.dumps(name)}, {json.dumps(value)});\n" for name, value in FIREFOX_PREFERENCES.items()
    ]
    (folder / "user.js").write_text("".join(preferences))
    command = [program, "--headless", "--no-remote", "--marionette", "--profile", str(folder)]
    port_file = folder / "MarionetteActivePort"
    with _running(command, folder / "firefox.log", HOME=str(folder)):
        port = eventually(lambda: port_file.exists() and port_file.read_text(), "Firefox listens")
        address = ("127.0.0.1", int(port))
        with (
            socket.create_connection(address, 2 * PATIENCE_SECONDS) as connection,
            connection.makefile("rwb") as stream,
        ):
            yield Browser(Marionette(stream))


@contextmanager
def webkit(folder: Path) -> Iterator[Browser]:
    """WebKitGTK's small browser, on a virtual display."""
    browsers = sorted(Path("/usr/lib").glob("*/webkit2gtk-4.*/MiniBrowser"))
    program = shutil.which("WebKitWebDriver")
    if program is None or not browsers:
        pytest.skip("WebKit's driver is not installed: apt-get install webkit2gtk-driver")
    if shutil.which("Xvfb") is None:
        pytest.skip("a virtual display is not installed: apt-get install xvfb")
    port = PortBook().port("webdriver")
    with (
        _virtual_display(folder) as display,
        _running([program, f"--port={port}"], folder / "webkit.log", DISPLAY=display, HOME=str(folder)),
    ):
        eventually(lambda: not is_free(port), "WebKitWebDriver listens")
        driver = WebKitWebDriver(port, browsers[-1])
        try:
            yield Browser(driver)
        finally:
            driver.close()


@contextmanager
def _virtual_display(folder: Path) -> Iterator[str]:
    """An X server's name; it takes a free one and tells it."""
    reading, writing = os.pipe()
    command = ["Xvfb", "-displayfd", str(writing), "-screen", "0", "1400x1000x24", "-nolisten", "tcp"]
    with _running(command, folder / "xvfb.log", pass_fds=(writing,)), os.fdopen(reading) as names:
        os.close(writing)
        yield f":{names.readline().strip()}"
