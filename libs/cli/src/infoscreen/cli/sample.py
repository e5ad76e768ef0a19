"""Uploads the bundled sample deck through the public API, as a browser does, and waits for its PDF."""

import contextlib
import json
import time
import urllib.parse
from http import HTTPStatus
from pathlib import Path
from typing import Any

from anyio.to_thread import run_sync
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from infoscreen.cli.errors import CliError
from infoscreen.cli.files import write_private
from infoscreen.cli.http_client import NoResponseError, Response, send
from infoscreen.cli.people import AccountRole, People
from infoscreen.cli.system import System
from infoscreen.cli.terminal import Terminal

SAMPLE = Path("samples") / "welcome.fodp"
DEADLINE_SECONDS = 180.0
LONG_POLL_SECONDS = 25
REQUEST_SECONDS = 60.0


async def show_sample(system: System, terminal: Terminal) -> None:
    """Prints the dashboard's URL and the sample's presigned PDF URL; uploads the sample unless it is ready already."""
    url = None
    try:
        url = await run_sync(_sample_url, system, terminal, abandon_on_cancel=True)
    except CliError as error:
        terminal.say(str(error))
    await announce(system, terminal)
    if url:
        terminal.result("Sample PDF", url)


async def announce(system: System, terminal: Terminal) -> None:
    """Prints how to sign in and how to stop. The operator's token goes to a terminal only, never into a kept log."""
    terminal.say("Stop with Ctrl-C.")
    if terminal.console.is_terminal:
        # The token is in the fragment, which browsers do not send.
        terminal.result("Dashboard", f"{system.options.edge_url}/#token={system.secrets.operator_token}")
    else:
        terminal.result("Dashboard", f"{system.options.edge_url}/")
        terminal.say(f"Sign in with the operator_token of {system.data.endpoints}.")
    await run_sync(_offer_first_account, system, terminal, abandon_on_cancel=True)


def _offer_first_account(system: System, terminal: Terminal) -> None:
    """Prints a link that makes the first account, an operator's, and asks for its password there: once, on a terminal.

    Off the terminal the link, a secret, is not made: the command that makes one is printed in its place.
    """
    people = People(system.options.local_url, system.secrets.operator_token)
    with contextlib.suppress(CliError):  # the dashboard's link signs in all the same
        if people.all():
            return
        if terminal.console.is_terminal:
            terminal.result("First account", people.invite("the first operator", AccountRole.OPERATOR))
        else:
            terminal.say("There is no account yet: `infoscreen people invite NAME --role operator` prints a link.")


def _sample_url(system: System, terminal: Terminal) -> str:
    api = _Api(system.options.local_url, system.secrets.uploader_token)
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=terminal.console, transient=True) as progress:
        step = progress.add_task("Looking for the sample", total=None)

        def say(what: str) -> None:
            progress.update(step, description=what)
            if not terminal.console.is_terminal:
                terminal.say(what)

        known = _known_media_id(system.data.sample)
        if known and (url := _url_if_ready(api, known)):
            return url
        say(f"Uploading {SAMPLE.name}")
        media_id = api.upload(system.root / SAMPLE)
        write_private(system.data.sample, json.dumps({"media_id": media_id}) + "\n")
        say(f"Converting {SAMPLE.name}")
        return _wait_until_ready(api, media_id)


def _known_media_id(path: Path) -> str | None:
    try:
        return str(json.loads(path.read_text())["media_id"])
    except (OSError, ValueError, KeyError):
        return None


def _url_if_ready(api: "_Api", media_id: str) -> str | None:
    try:
        answer = api.display(media_id, wait_seconds=0)
    except CliError:
        return None
    return str(answer["url"]) if answer.get("status") == "ready" else None


def _wait_until_ready(api: "_Api", media_id: str) -> str:
    deadline = time.monotonic() + DEADLINE_SECONDS
    while time.monotonic() < deadline:
        answer = api.display(media_id, wait_seconds=LONG_POLL_SECONDS)
        if answer.get("status") == "ready":
            return str(answer["url"])
        if answer.get("status") == "failed":
            raise CliError(f"The sample could not be converted: {answer.get('error')}")
        time.sleep(0.2)  # keeps this from a tight loop if the gateway does not hold the request
    raise CliError(f"The sample is not converted after {DEADLINE_SECONDS:.0f} s: see converter-1.log.")


class _Api:
    """The two calls of the public API that the sample needs."""

    def __init__(self, edge_url: str, token: str) -> None:
        self._edge_url = edge_url
        self._token = token

    def upload(self, path: Path) -> str:
        """Sends the file as a raw body; returns its media id."""
        query = urllib.parse.urlencode({"filename": path.name})
        uploaded = self._send("POST", f"/api/media?{query}", data=path.read_bytes())
        return str(_content(uploaded, "/api/media")["media_id"])

    def display(self, media_id: str, *, wait_seconds: int) -> dict[str, Any]:
        """The medium's display answer, after up to wait_seconds; pending while the catalog does not know the medium."""
        path = f"/api/media/{media_id}/display"
        response = self._send("GET", f"{path}?wait={wait_seconds}")
        if response.status == HTTPStatus.NOT_FOUND:  # the projection has not applied the upload yet
            return {"status": "pending"}
        return _content(response, path)

    def _send(self, method: str, path: str, *, data: bytes | None = None) -> Response:
        headers = {
            "Authorization": f"Bearer {self._token}",
            "Accept": "application/json",
            "Content-Type": "application/octet-stream",
        }
        url = self._edge_url + path
        try:
            return send(method, url, data=data, headers=headers, timeout_seconds=REQUEST_SECONDS)
        except NoResponseError as error:
            raise CliError(f"{path.partition('?')[0]} did not answer: {error}.") from error


def _content(response: Response, path: str) -> dict[str, Any]:
    if response.status >= HTTPStatus.MULTIPLE_CHOICES or not response.json:
        raise CliError(f"{path} answered {response}.")
    return response.json
