"""The bundled sample deck, sent through the public API as a person's browser would send it, and followed to its PDF."""

import json
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from anyio.to_thread import run_sync
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from infoscreen.cli.errors import CliError
from infoscreen.cli.files import write_private
from infoscreen.cli.system import System
from infoscreen.cli.terminal import Terminal

SAMPLE = Path("samples") / "welcome.fodp"
DEADLINE_SECONDS = 180.0
LONG_POLL_SECONDS = 25
REQUEST_SECONDS = 60.0


async def show_sample(system: System, terminal: Terminal) -> None:
    """Prints the dashboard's URL and the sample's presigned PDF URL; uploads the sample where that is still needed."""
    url = None
    try:
        url = await run_sync(_sample_url, system, terminal, abandon_on_cancel=True)
    except CliError as error:
        terminal.say(str(error))
    await announce(system, terminal)
    if url:
        terminal.result("Sample PDF", url)


async def announce(system: System, terminal: Terminal) -> None:
    """Prints how to get in and how to stop. The operator's token is for a person's eyes, not for a log that is kept."""
    terminal.say("Stop with Ctrl-C.")
    if terminal.console.is_terminal:
        # The token is in the fragment: browsers keep that to themselves.
        terminal.result("Dashboard", f"{system.options.edge_url}/#token={system.secrets.operator_token}")
    else:
        terminal.result("Dashboard", f"{system.options.edge_url}/")
        terminal.say(f"Sign in with the operator_token of {system.data.endpoints}.")


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
        time.sleep(0.2)  # a gateway that does not hold the request would be asked in a tight loop
    raise CliError(f"The sample is not converted after {DEADLINE_SECONDS:.0f} s: see converter-1.log.")


class _Api:
    """The two calls of the public API that the sample needs."""

    def __init__(self, edge_url: str, token: str) -> None:
        self._edge_url = edge_url
        self._token = token

    def upload(self, path: Path) -> str:
        """Sends the file as a raw body; returns its media id."""
        query = urllib.parse.urlencode({"filename": path.name})
        headers = {"Content-Type": "application/octet-stream"}
        return str(self._json(f"/api/media?{query}", data=path.read_bytes(), headers=headers)["media_id"])

    def display(self, media_id: str, *, wait_seconds: int) -> dict[str, Any]:
        """What there is to show, after up to wait_seconds."""
        try:
            return self._json(f"/api/media/{media_id}/display?wait={wait_seconds}")
        except _NotYetKnownError:  # the projection has not seen the upload yet
            return {"status": "pending"}

    def _json(
        self, path: str, *, data: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> dict[str, Any]:
        request = urllib.request.Request(  # noqa: S310 - our own http URL
            self._edge_url + path,
            data=data,
            headers={"Authorization": f"Bearer {self._token}", "Accept": "application/json", **(headers or {})},
        )
        try:
            with urllib.request.urlopen(request, timeout=REQUEST_SECONDS) as response:  # noqa: S310 - as above
                content: dict[str, Any] = json.load(response)
                return content
        except urllib.error.HTTPError as error:
            if error.code == 404:  # noqa: PLR2004 - HTTP's own number
                raise _NotYetKnownError(f"{path} is unknown.") from error
            detail = error.read(500).decode(errors="replace")
            raise CliError(f"{path.partition('?')[0]} answered {error.code}: {detail}") from error
        except (OSError, ValueError) as error:
            raise CliError(f"{path.partition('?')[0]} could not be asked: {error}") from error


class _NotYetKnownError(CliError):
    """The API answers 404."""
