"""A deck's way, hop by hop: each is seen with the doctor's own eyes, not by what the next one says about it."""

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
from infoscreen.cli.doctor.clock import clock
from infoscreen.cli.doctor.finding import BrokenHopError, Finding, Hop, Verdict
from infoscreen.cli.doctor.http import Answer, UnansweredError, ask
from infoscreen.cli.doctor.patient import Patient
from infoscreen.common.errors import InfoscreenError
from infoscreen.common.events import ConversionSucceeded, MalformedEventError, MediaUploaded, decode
from infoscreen.common.glyphs.scripts import SCRIPTS
from infoscreen.common.messaging import topology
from infoscreen.common.messaging.connection import Connection
from infoscreen.common.messaging.stream_reader import StoredMessage, StreamReader
from infoscreen.common.object_store import ObjectStore

_Found = TypeVar("_Found")

POLL_SECONDS = 0.1
READ_MODEL_SECONDS = 15.0
"""How long a fact may take from the stream to what the catalog and the gateway say."""

_STATUS = "infoscreen status"


@dataclass
class Trip:
    """One deck's way through a system. Findings are added as it gets on.

    Args:
        patient: the system. connection: to its NATS, open, or None where that is away. store: its object store.
        wait_seconds: how long a converter may take, its queue included.
    """

    patient: Patient
    connection: Connection | None
    store: ObjectStore
    wait_seconds: float
    findings: list[Finding] = field(default_factory=list)

    async def make(self) -> None:
        """Send the deck; stop at the first hop that does not pass it on; remove it again."""
        content = deck.make()
        try:
            async with self._hop(Hop.EDGE, "answers"):
                await self._knock()
            began = datetime.now(UTC)
            async with self._hop(Hop.INGEST, "took the deck"):
                media_id = await self._upload(content)
            try:
                await self._follow(media_id, content, began)
            finally:
                await self._remove(media_id)
        except BrokenHopError as error:
            self.findings.append(error.finding)

    async def _follow(self, media_id: UUID, content: bytes, began: datetime) -> None:
        async with self._hop(Hop.S3, "has the original, whole"):
            await self._original(media_id, content)
        async with self._hop(Hop.NATS, "has the event"):
            stored = await self._event(media_id)
        self._judge_clock(stored, began)
        async with self._hop(Hop.CONVERTER, "made a PDF"):
            result = await self._result(media_id)
        async with self._hop(Hop.CATALOG, "knows it"):
            await self._known(media_id)
        async with self._hop(Hop.GATEWAY, "shows it"):
            url = await self._shown(media_id)
        async with self._hop(Hop.DOWNLOAD, "gives the PDF, whole, by its presigned URL"):
            pdf = await self._fetched(url, result)
        self._judge_fonts(pdf)

    @asynccontextmanager
    async def _hop(self, hop: Hop, what: str) -> AsyncIterator[None]:
        """Times a hop, and turns servers that are away into what is broken."""
        began = time.monotonic()
        try:
            yield
        except UnansweredError as error:
            raise BrokenHopError(hop, f"no answer: {error}", f"See `{_STATUS}` and the log of {hop}.") from error
        except (InfoscreenError, nats.errors.Error, TimeoutError) as error:
            raise BrokenHopError(hop, str(error) or repr(error), f"See `{_STATUS}` and the log of {hop}.") from error
        seconds = time.monotonic() - began
        self.findings.append(Finding(hop, "the deck", Verdict.FINE, f"{what}, {seconds:.2f} s"))

    async def _knock(self) -> None:
        try:
            answer = await self._ask("GET", "/", authorized=False)
        except UnansweredError as error:
            mend = "Start it, and look whether its port is right and free."
            raise BrokenHopError(Hop.EDGE, f"nothing answers at {self.patient.edge}: {error}", mend) from error
        if answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            raise BrokenHopError(Hop.EDGE, f"it answers {answer}", "See its log, and its Caddyfile's settings.")

    async def _upload(self, content: bytes) -> UUID:
        query = urlencode({"filename": deck.NAME, "priority": "urgent"})
        answer = await self._ask("POST", f"/api/media?{query}", data=content)
        match answer.status:
            case HTTPStatus.CREATED:
                return UUID(answer.facts["media_id"])
            case HTTPStatus.ACCEPTED:
                await self._remove(UUID(answer.facts["media_id"]))
                mend = "Uploads wait in the outbox: see docs/runbook/nats-away.md."
                raise BrokenHopError(Hop.NATS, "ingest does not reach it, and parked the deck", mend)
            case HTTPStatus.UNAUTHORIZED | HTTPStatus.FORBIDDEN:
                raise BrokenHopError(Hop.INGEST, f"it answers {answer}", "Give an operator's token: INFOSCREEN_TOKEN.")
            case HTTPStatus.SERVICE_UNAVAILABLE if answer.facts.get("code") not in {None, "edge"}:
                mend = "See docs/runbook/object-store-away.md, and its disk."
                raise BrokenHopError(Hop.S3, f"ingest cannot store: {answer}", mend)
            case _:
                raise BrokenHopError(Hop.INGEST, f"it answers {answer}", "Start it; its log says why it ended.")

    async def _original(self, media_id: UUID, content: bytes) -> None:
        found = await self.store.list(f"originals/{media_id}/")
        if len(found) != 1 or await self.store.get(found[0].key) != content:
            mend = "Is it the bucket that ingest has (S3_ENDPOINT, S3_BUCKET)? Was the disk full? Restart it."
            raise BrokenHopError(Hop.S3, f"{len(found)} originals are listed, none is what was sent", mend)

    def _stream(self) -> StreamReader:
        if self.connection is None:
            raise BrokenHopError(Hop.NATS, "this command does not reach it", "See docs/runbook/nats-away.md.")
        return StreamReader(self.connection)

    async def _event(self, media_id: UUID) -> StoredMessage:
        stored = await self._stream().last(topology.uploads_of(media_id))
        if stored is None or not isinstance(_event_of(stored), MediaUploaded):
            mend = "Does ingest publish to the NATS that this command asks (NATS_URL)?"
            raise BrokenHopError(Hop.NATS, "the event of the upload is not in the stream", mend)
        return stored

    async def _result(self, media_id: UUID) -> ConversionSucceeded:
        reader = self._stream()

        async def result() -> Any:
            for subject in topology.results_of(media_id):
                if stored := await reader.last(subject):
                    return _event_of(stored)
            return None

        event = await _until(result, self.wait_seconds)
        if isinstance(event, ConversionSucceeded):
            return event
        if event is not None:
            raise BrokenHopError(Hop.CONVERTER, f"it failed: {event.message}", "See its log, and /readyz: engine.")
        if await reader.last(topology.starts_of(media_id)) is None:
            seen = f"no converter took the deck within {self.wait_seconds:g} s"
            mend = f"Does one run (`{_STATUS}`), and are the durables there (`infoscreen topology apply`)?"
            raise BrokenHopError(Hop.CONVERTER, seen, mend)
        seen = f"a converter began, and has no result after {self.wait_seconds:g} s"
        raise BrokenHopError(Hop.CONVERTER, seen, "See its log, and docs/runbook/converter-engine-down.md.")

    async def _known(self, media_id: UUID) -> None:
        last = Answer(0)

        async def ready() -> bool:
            nonlocal last
            last = await self._ask("GET", f"/api/media/{media_id}")
            return last.facts.get("conversion_status") == "ready"

        if not await _until(ready, READ_MODEL_SECONDS):
            seen = f"after {READ_MODEL_SECONDS:g} s it still says {last.facts.get('conversion_status', last)}"
            raise BrokenHopError(Hop.CATALOG, seen, "See docs/runbook/projection-lag.md.")

    async def _shown(self, media_id: UUID) -> str:
        last = Answer(0)

        async def ready() -> bool:
            nonlocal last
            last = await self._ask("GET", f"/api/media/{media_id}/display", accept="application/json")
            return last.facts.get("status") == "ready"

        if not await _until(ready, READ_MODEL_SECONDS):
            mend = f"See `{_STATUS}` and the log of player-gateway."
            raise BrokenHopError(Hop.GATEWAY, f"it answers {last.facts.get('status') or last}", mend)
        return str(last.facts["url"])

    async def _fetched(self, url: str, result: ConversionSucceeded) -> bytes:
        """By way of the edge as this process reaches it, whatever name players know it by: that name is signed."""
        signed = urlsplit(url)
        path = f"{signed.path}?{signed.query}"
        answer = await self._ask("GET", path, authorized=False, host=signed.netloc)
        if answer.status != HTTPStatus.OK:
            mend = "S3_PUBLIC_ENDPOINT must be the address players use, the Host kept on the way, and all clocks right."
            raise BrokenHopError(Hop.DOWNLOAD, f"the presigned URL is answered with {answer}", mend)
        if hashlib.sha256(answer.body).hexdigest() != result.pdf_sha256:
            mend = "Something between the edge and the object store changes bodies: a proxy, a damaged disk?"
            raise BrokenHopError(Hop.DOWNLOAD, "the PDF is not the one the converter made", mend)
        return answer.body

    async def _remove(self, media_id: UUID) -> None:
        """Its objects go with the next clean-up, as those of every deleted medium."""
        try:
            answer = await self._ask("DELETE", f"/api/media/{media_id}")
            seen = None if answer.status == HTTPStatus.NO_CONTENT else str(answer)
        except UnansweredError as error:
            seen = f"no answer: {error}"
        if seen:
            mend = f"Delete the medium {media_id} once ingest is well."
            left = f"the deck is still there: {seen}"
            self.findings.append(Finding(Hop.INGEST, "removal", Verdict.WARNING, left, mend))

    def _judge_clock(self, stored: StoredMessage, began: datetime) -> None:
        if stored.stored_at is not None:
            self.findings.append(clock(Hop.NATS, stored.stored_at, began, datetime.now(UTC)))

    def _judge_fonts(self, pdf: bytes) -> None:
        if missing := deck.missing_fonts(pdf):
            mend = "Install them where the converters run: see docs/how-to/add-fonts.md."
            finding = Finding(Hop.CONVERTER, "fonts", Verdict.WARNING, f"replaced: {', '.join(missing)}", mend)
        else:
            finding = Finding(Hop.CONVERTER, "fonts", Verdict.FINE, ", ".join(deck.FONTS))
        self.findings.append(finding)
        self.findings.append(_scripts(pdf))

    async def _ask(
        self,
        method: str,
        path: str,
        *,
        authorized: bool = True,
        data: bytes | None = None,
        accept: str = "*/*",
        host: str | None = None,
    ) -> Answer:
        headers = {"Accept": accept, "Content-Type": "application/octet-stream"}
        headers |= {"Authorization": f"Bearer {self.patient.token}"} if authorized else {}
        headers |= {"Host": host} if host else {}
        url = self.patient.edge.rstrip("/") + path
        return await run_sync(lambda: ask(method, url, data=data, headers=headers))


def _scripts(pdf: bytes) -> Finding:
    try:
        uncovered = deck.uncovered_scripts(pdf)
    except pikepdf.PdfError as error:
        mend = "The converter's engine writes damaged PDFs: see its log."
        return Finding(Hop.CONVERTER, "scripts", Verdict.WARNING, f"the PDF cannot be read: {error}", mend)
    if not uncovered:
        return Finding(Hop.CONVERTER, "scripts", Verdict.FINE, f"{len(SCRIPTS)} are drawn whole")
    seen = "; ".join(f"{script}: {characters}" for script, characters in uncovered.items())
    mend = (
        "Where the converters run, install fonts-noto-core fonts-noto-cjk fonts-noto-color-emoji fonts-symbola, "
        "and restart them; for one script, see docs/how-to/add-fonts.md."
    )
    return Finding(Hop.CONVERTER, "scripts", Verdict.WARNING, f"no font has {seen}", mend)


def _event_of(stored: StoredMessage) -> Any:
    try:
        return decode(stored.headers, stored.data).event
    except MalformedEventError:
        return None


async def _until(look: Callable[[], Awaitable[_Found]], seconds: float) -> _Found | None:
    """Look until there is something to see; None when the time is over."""
    deadline = time.monotonic() + seconds
    while not (found := await look()):
        if time.monotonic() > deadline:
            return None
        await asyncio.sleep(POLL_SECONDS)
    return found
