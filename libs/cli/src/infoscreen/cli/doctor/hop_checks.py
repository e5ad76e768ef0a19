"""Follows the deck hop by hop. Each hop is checked directly, not through what the next hop reports about it."""

import asyncio
import hashlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any, TypeVar
from urllib.parse import urlencode, urlsplit
from uuid import UUID

import nats.errors
import pikepdf
from anyio.to_thread import run_sync

from infoscreen.cli.doctor import deck
from infoscreen.cli.doctor.clock import compare_clocks
from infoscreen.cli.doctor.finding import BrokenHopError, Finding, Hop, Verdict
from infoscreen.cli.doctor.target import Target
from infoscreen.cli.http_client import NoResponseError, Response, send
from infoscreen.common.errors import InfoscreenError
from infoscreen.common.events import ConversionSucceeded, MalformedEventError, MediaUploaded, decode, subjects
from infoscreen.common.glyphs.scripts import SCRIPTS
from infoscreen.common.messaging.connection import Connection
from infoscreen.common.messaging.stream_reader import StoredMessage, StreamReader
from infoscreen.common.object_store import ObjectStore

_Found = TypeVar("_Found")

POLL_SECONDS = 0.1
READ_MODEL_SECONDS = 15.0
"""How long an event may take from the stream to the catalog's and the gateway's answers."""

_STATUS = "infoscreen status"


@dataclass
class HopChecks:
    """Sends one deck through a system; each hop adds its findings.

    Args:
        target: the system. connection: open, to its NATS; None if NATS is away. store: its object store.
        wait_seconds: how long the conversion may take, queueing included.
    """

    target: Target
    connection: Connection | None
    store: ObjectStore
    wait_seconds: float
    findings: list[Finding] = field(default_factory=list)

    async def run(self) -> None:
        """Sends the deck, stops at the first hop that does not pass it on, and deletes the deck."""
        content = deck.make()
        try:
            async with self._hop(Hop.EDGE, "answers"):
                await self._reach_edge()
            began = datetime.now(UTC)
            async with self._hop(Hop.INGEST, "accepted the deck"):
                media_id = await self._upload(content)
            try:
                await self._follow(media_id, content, began)
            finally:
                await self._remove(media_id)
        except BrokenHopError as error:
            self.findings.append(error.finding)

    async def _follow(self, media_id: UUID, content: bytes, began: datetime) -> None:
        async with self._hop(Hop.S3, "has the complete original"):
            await self._check_original(media_id, content)
        async with self._hop(Hop.NATS, "has the event"):
            stored = await self._find_event(media_id)
        self._check_clock(stored, began)
        async with self._hop(Hop.CONVERTER, "made a PDF"):
            result = await self._await_result(media_id)
        async with self._hop(Hop.CATALOG, "knows it"):
            await self._await_catalog(media_id)
        async with self._hop(Hop.GATEWAY, "serves it"):
            url = await self._await_gateway(media_id)
        async with self._hop(Hop.DOWNLOAD, "serves the complete PDF by its presigned URL"):
            pdf = await self._download(url, result)
        self._check_fonts(pdf)

    @asynccontextmanager
    async def _hop(self, hop: Hop, what: str) -> AsyncIterator[None]:
        """Times a hop, and reports a server that is away as a broken hop."""
        began = time.monotonic()
        try:
            yield
        except NoResponseError as error:
            raise BrokenHopError(hop, f"no answer: {error}", f"See `{_STATUS}` and the log of {hop}.") from error
        except (InfoscreenError, nats.errors.Error, TimeoutError) as error:
            raise BrokenHopError(hop, str(error) or repr(error), f"See `{_STATUS}` and the log of {hop}.") from error
        seconds = time.monotonic() - began
        self.findings.append(Finding(hop, "the deck", Verdict.FINE, f"{what}, {seconds:.2f} s"))

    async def _reach_edge(self) -> None:
        try:
            response = await self._send("GET", "/", authorized=False)
        except NoResponseError as error:
            remedy = "Start it, and check that its port is right and free."
            raise BrokenHopError(Hop.EDGE, f"no server answers at {self.target.edge}: {error}", remedy) from error
        if response.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            raise BrokenHopError(Hop.EDGE, f"it answers {response}", "See its log, and its Caddyfile's settings.")

    async def _upload(self, content: bytes) -> UUID:
        query = urlencode({"filename": deck.NAME, "priority": "urgent"})
        response = await self._send("POST", f"/api/media?{query}", data=content)
        match response.status:
            case HTTPStatus.CREATED:
                return UUID(response.json["media_id"])
            case HTTPStatus.ACCEPTED:
                await self._remove(UUID(response.json["media_id"]))
                remedy = "Uploads wait in the outbox: see docs/runbook/nats-away.md."
                raise BrokenHopError(Hop.NATS, "ingest cannot reach it and parked the deck in the outbox", remedy)
            case HTTPStatus.UNAUTHORIZED | HTTPStatus.FORBIDDEN:
                raise BrokenHopError(
                    Hop.INGEST, f"it answers {response}", "Set INFOSCREEN_TOKEN to an operator's token."
                )
            case HTTPStatus.SERVICE_UNAVAILABLE if response.json.get("code") not in {None, "edge"}:
                remedy = "See docs/runbook/object-store-away.md, and check its disk."
                raise BrokenHopError(Hop.S3, f"ingest cannot store: {response}", remedy)
            case _:
                raise BrokenHopError(Hop.INGEST, f"it answers {response}", "Start it; its log says why it ended.")

    async def _check_original(self, media_id: UUID, content: bytes) -> None:
        found = await self.store.list(f"originals/{media_id}/")
        if len(found) != 1 or await self.store.get(found[0].key) != content:
            remedy = "Does ingest use this bucket (S3_ENDPOINT, S3_BUCKET)? Was the disk full? Restart it."
            raise BrokenHopError(Hop.S3, f"{len(found)} originals are listed, and none equals the deck", remedy)

    def _stream(self) -> StreamReader:
        if self.connection is None:
            raise BrokenHopError(Hop.NATS, "this command cannot reach it", "See docs/runbook/nats-away.md.")
        return StreamReader(self.connection)

    async def _find_event(self, media_id: UUID) -> StoredMessage:
        stored = await self._stream().last(subjects.uploads_of(media_id))
        if stored is None or not isinstance(_event_of(stored), MediaUploaded):
            remedy = "Does ingest publish to the NATS of this command's NATS_URL?"
            raise BrokenHopError(Hop.NATS, "the event of the upload is not in the stream", remedy)
        return stored

    async def _await_result(self, media_id: UUID) -> ConversionSucceeded:
        reader = self._stream()

        async def result() -> Any:
            for subject in subjects.results_of(media_id):
                if stored := await reader.last(subject):
                    return _event_of(stored)
            return None

        event = await _first(result, self.wait_seconds)
        if isinstance(event, ConversionSucceeded):
            return event
        if event is not None:
            raise BrokenHopError(
                Hop.CONVERTER, f"it failed: {event.message}", "See its log, and the engine in its /readyz."
            )
        if await reader.last(subjects.starts_of(media_id)) is None:
            seen = f"no converter took the deck within {self.wait_seconds:g} s"
            remedy = f"Does one run (`{_STATUS}`), and do the durables exist (`infoscreen topology apply`)?"
            raise BrokenHopError(Hop.CONVERTER, seen, remedy)
        seen = f"a converter started, and has no result after {self.wait_seconds:g} s"
        raise BrokenHopError(Hop.CONVERTER, seen, "See its log, and docs/runbook/converter-engine-down.md.")

    async def _await_catalog(self, media_id: UUID) -> None:
        last = Response(0)

        async def ready() -> bool:
            nonlocal last
            last = await self._send("GET", f"/api/media/{media_id}")
            return last.json.get("conversion_status") == "ready"

        if not await _first(ready, READ_MODEL_SECONDS):
            seen = f"after {READ_MODEL_SECONDS:g} s it still reports {last.json.get('conversion_status', last)}"
            raise BrokenHopError(Hop.CATALOG, seen, "See docs/runbook/projection-lag.md.")

    async def _await_gateway(self, media_id: UUID) -> str:
        last = Response(0)

        async def ready() -> bool:
            nonlocal last
            last = await self._send("GET", f"/api/media/{media_id}/display", accept="application/json")
            return last.json.get("status") == "ready"

        if not await _first(ready, READ_MODEL_SECONDS):
            remedy = f"See `{_STATUS}` and the log of player-gateway."
            raise BrokenHopError(Hop.GATEWAY, f"it answers {last.json.get('status') or last}", remedy)
        return str(last.json["url"])

    async def _download(self, url: str, result: ConversionSucceeded) -> bytes:
        """Through the edge's address for this process; the Host header is the signed one, of the players' URL."""
        signed = urlsplit(url)
        path = f"{signed.path}?{signed.query}"
        response = await self._send("GET", path, authorized=False, host=signed.netloc)
        if response.status != HTTPStatus.OK:
            remedy = (
                "S3_PUBLIC_ENDPOINT must be the players' address, proxies must keep the Host header, "
                "and all clocks must agree."
            )
            raise BrokenHopError(Hop.DOWNLOAD, f"the presigned URL is answered with {response}", remedy)
        if hashlib.sha256(response.body).hexdigest() != result.pdf_sha256:
            remedy = "A proxy between the edge and the object store, or a damaged disk, changes bodies."
            raise BrokenHopError(Hop.DOWNLOAD, "the PDF is not the converter's", remedy)
        return response.body

    async def _remove(self, media_id: UUID) -> None:
        """The next clean-up deletes the objects, as for every deleted medium."""
        try:
            response = await self._send("DELETE", f"/api/media/{media_id}?permanently=true")
            seen = None if response.status == HTTPStatus.NO_CONTENT else str(response)
        except NoResponseError as error:
            seen = f"no answer: {error}"
        if seen:
            remedy = f"Delete the medium {media_id} once ingest answers."
            remains = f"the deck is still there: {seen}"
            self.findings.append(Finding(Hop.INGEST, "removal", Verdict.WARNING, remains, remedy))

    def _check_clock(self, stored: StoredMessage, began: datetime) -> None:
        if stored.stored_at is not None:
            self.findings.append(compare_clocks(Hop.NATS, stored.stored_at, began, datetime.now(UTC)))

    def _check_fonts(self, pdf: bytes) -> None:
        if missing := deck.missing_fonts(pdf):
            remedy = "Install them where the converters run: see docs/how-to/add-fonts.md."
            finding = Finding(Hop.CONVERTER, "fonts", Verdict.WARNING, f"replaced: {', '.join(missing)}", remedy)
        else:
            finding = Finding(Hop.CONVERTER, "fonts", Verdict.FINE, ", ".join(deck.FONTS))
        self.findings.append(finding)
        self.findings.append(_scripts(pdf))

    async def _send(
        self,
        method: str,
        path: str,
        *,
        authorized: bool = True,
        data: bytes | None = None,
        accept: str = "*/*",
        host: str | None = None,
    ) -> Response:
        headers = {"Accept": accept, "Content-Type": "application/octet-stream"}
        headers |= {"Authorization": f"Bearer {self.target.token}"} if authorized else {}
        headers |= {"Host": host} if host else {}
        url = self.target.edge.rstrip("/") + path
        return await run_sync(lambda: send(method, url, data=data, headers=headers))


def _scripts(pdf: bytes) -> Finding:
    try:
        uncovered = deck.uncovered_scripts(pdf)
    except pikepdf.PdfError as error:
        remedy = "The converter's engine writes damaged PDFs: see its log."
        return Finding(Hop.CONVERTER, "scripts", Verdict.WARNING, f"the PDF cannot be read: {error}", remedy)
    if not uncovered:
        return Finding(Hop.CONVERTER, "scripts", Verdict.FINE, f"{len(SCRIPTS)} are drawn whole")
    seen = "; ".join(f"{script}: {characters}" for script, characters in uncovered.items())
    remedy = (
        "Where the converters run, install fonts-noto-core fonts-noto-cjk fonts-noto-color-emoji fonts-symbola, "
        "and restart them; for one script, see docs/how-to/add-fonts.md."
    )
    return Finding(Hop.CONVERTER, "scripts", Verdict.WARNING, f"no font has {seen}", remedy)


def _event_of(stored: StoredMessage) -> Any:
    try:
        return decode(stored.headers, stored.data).event
    except MalformedEventError:
        return None


async def _first(read: Callable[[], Awaitable[_Found]], seconds: float) -> _Found | None:
    """Polls until `read` returns a true value; None at the deadline."""
    deadline = time.monotonic() + seconds
    while not (found := await read()):
        if time.monotonic() > deadline:
            return None
        await asyncio.sleep(POLL_SECONDS)
    return found
