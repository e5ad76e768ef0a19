"""Conversions by a Gotenberg (8.34 or later), which brings LibreOffice behind an HTTP interface.

One instance converts one document at a time, so slots are instances. Its answers are told apart by whose fault
they name: the document's, a passing one, or unknown, which is tried twice.
"""

import asyncio
from collections.abc import Mapping
from http import HTTPStatus
from pathlib import Path

import httpx

from infoscreen.common.conversion_options import ConversionOptions, Profile
from infoscreen.common.document_types import DocumentType
from infoscreen.common.errors import FailureReason, PermanentError, TransientError
from infoscreen.common.tracing import current_traceparent
from infoscreen.converter.document import Progress

_CONVERT, _HEALTH = "/forms/libreoffice/convert", "/health"
_HEALTH_SECONDS = 5.0
_CONNECT_SECONDS = 2.0
_WRITE_SECONDS = 30.0  # between two chunks of a document
_RETRY_SECONDS = 10.0
_ANSWER_GRACE_SECONDS = 5.0  # what Gotenberg may take to say that it was too slow
_ATTEMPTS_WHEN_UNEXPLAINED = 2
_DETAIL_CHARACTERS = 300
_TEXT_LIMIT_BYTES = 64 * 1024  # of an answer that is no PDF
_UNREADABLE = "LibreOffice failed to convert the document"
"""How 8.36 answers, with 500, for most files that LibreOffice cannot load: an answer that also fits exhaustion."""


class GotenbergConverter:
    """DocumentConverter over a Gotenberg.

    Args:
        url: where it listens.
        slots: how many instances are behind `url`.
        retry_seconds: how long to wait for a Gotenberg that is away or has its queue full.
    """

    name = "gotenberg"
    spares = 0

    def __init__(self, url: str, slots: int, *, retry_seconds: float = _RETRY_SECONDS) -> None:
        self.slots = slots
        self._url = url
        self._retry_seconds = retry_seconds
        timeouts = httpx.Timeout(_WRITE_SECONDS, connect=_CONNECT_SECONDS)
        # A proxy of the environment is for the outside world, and Gotenberg is inside.
        self._client = httpx.AsyncClient(base_url=url, timeout=timeouts, trust_env=False)

    async def start(self) -> None:
        """Do nothing: conversions wait for a Gotenberg that is away, and `check` reports it."""

    async def ready(self) -> None:
        """Return at once: requests wait in Gotenberg's own queue."""

    async def convert(
        self,
        source: Path,
        destination: Path,
        document_type: DocumentType,
        options: ConversionOptions,
        deadline_seconds: float,
        *,
        progress: Progress | None = None,  # noqa: ARG002 - Gotenberg does not tell
    ) -> None:
        """See `DocumentConverter`. Cancelling closes the connection, at which Gotenberg ends its work."""
        seconds = deadline_seconds + _ANSWER_GRACE_SECONDS
        try:
            async with asyncio.timeout(seconds):
                with source.open("rb") as content:
                    file = (f"document.{document_type.extension}", content, "application/octet-stream")
                    request = self._client.build_request(
                        "POST", _CONVERT, data=_form_fields(options), files={"files": file}, headers=_trace_headers()
                    )
                    # Gotenberg converts before it answers: only the deadline bounds that wait.
                    request.extensions["timeout"]["read"] = seconds
                    status, text = await _receive(await self._client.send(request, stream=True), destination)
        except TimeoutError as error:
            raise PermanentError(
                FailureReason.TIMEOUT, f"no answer in {seconds:g} s", attempts_allowed=_ATTEMPTS_WHEN_UNEXPLAINED
            ) from error
        except httpx.HTTPError as error:
            detail = f"Gotenberg at {self._url} does not answer: {_described(error)}"
            raise TransientError(detail, self._retry_seconds) from error
        if (trouble := self._trouble(status, text)) is not None:
            raise trouble

    async def check(self) -> str | None:
        """None when its health endpoint says that LibreOffice is up."""
        try:
            async with asyncio.timeout(_HEALTH_SECONDS):
                answer = await self._client.get(_HEALTH)
        except (httpx.HTTPError, TimeoutError) as error:
            return f"Gotenberg at {self._url} does not answer: {_described(error)}"
        if answer.status_code != HTTPStatus.OK:
            return f"Gotenberg at {self._url} is not healthy: {answer.status_code} {answer.text[:_DETAIL_CHARACTERS]}"
        return None

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    def _trouble(self, status: int, text: str) -> PermanentError | TransientError | None:
        """What an answer means for the document; None is a PDF."""
        detail = f"Gotenberg answered {status}: {text[:_DETAIL_CHARACTERS]}"
        match status:
            case HTTPStatus.OK:
                return None
            case HTTPStatus.BAD_REQUEST:
                return PermanentError(_reason_of(text), detail)
            case HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
                return PermanentError(FailureReason.TOO_LARGE, detail)
            case HTTPStatus.INTERNAL_SERVER_ERROR:
                reason = FailureReason.CORRUPT if _UNREADABLE in text else FailureReason.ENGINE_CRASHED
                return PermanentError(reason, detail, attempts_allowed=_ATTEMPTS_WHEN_UNEXPLAINED)
            case HTTPStatus.SERVICE_UNAVAILABLE:
                return PermanentError(FailureReason.TIMEOUT, detail, attempts_allowed=_ATTEMPTS_WHEN_UNEXPLAINED)
            case _:  # 429 is a full queue; 401, 404 and 502 are settings and proxies, which an operator mends
                return TransientError(detail, self._retry_seconds)


async def _receive(response: httpx.Response, destination: Path) -> tuple[int, str]:
    """Return the status and the text of an answer; the body of a 200 goes to `destination`, whole or not at all."""
    try:
        if response.status_code == HTTPStatus.OK:
            await _write(response, destination)
            return response.status_code, ""
        head = b""
        async for chunk in response.aiter_bytes():
            head = (head + chunk)[:_TEXT_LIMIT_BYTES]
        return response.status_code, head.decode("utf-8", "replace")
    finally:
        await response.aclose()


async def _write(response: httpx.Response, destination: Path) -> None:
    try:
        with destination.open("wb") as file:
            async for chunk in response.aiter_bytes():
                file.write(chunk)
    except BaseException:
        destination.unlink(missing_ok=True)  # noqa: ASYNC240 - one system call
        raise


def _described(error: Exception) -> str:
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__


def _trace_headers() -> Mapping[str, str]:
    """The current trace: as W3C has it, and its id where Gotenberg's own log lines take theirs from."""
    traceparent = current_traceparent()
    return {"traceparent": traceparent, "Gotenberg-Trace": traceparent.split("-")[1]} if traceparent else {}


def _form_fields(options: ConversionOptions) -> dict[str, str]:
    fields = {"exportNotes": "false", "exportNotesPages": "false", "exportHiddenSlides": "false"}
    if options.profile is Profile.PDFA:
        fields["pdfa"] = "PDF/A-2b"
    if options.page_range is not None:
        fields["nativePageRanges"] = options.page_range
    if options.image_quality is not None:
        fields["quality"] = str(options.image_quality)
    return fields


def _reason_of(text: str) -> FailureReason:
    """Gotenberg names the form field that would help, which is more stable than its sentences."""
    if "password" in text.lower():
        return FailureReason.PASSWORD_PROTECTED
    if "nativePageRanges" in text:
        return FailureReason.EMPTY_RESULT
    return FailureReason.CORRUPT
