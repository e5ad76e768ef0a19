"""The file in a request body, as a stream: raw, or the field ``file`` of a multipart form. Never spooled.

FastAPI's UploadFile would write the whole body to disk before a handler runs; here bytes go on as they come.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from fastapi import Request
from python_multipart.exceptions import MultipartParseError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.requests import ClientDisconnect

from infoscreen.common.auth import Right
from infoscreen.common.errors import UnavailableError
from infoscreen.common.problem import ProblemError
from infoscreen.ingest.body_problems import bad_request, empty_file, stalled, too_large
from infoscreen.ingest.upload import UploadedFile

MAX_FILENAME_LENGTH = 255
_PROGRESS_BYTES = 32 * 1024
"""What must come within the idle time: about 1 KiB/s, far below any line that is of use."""
_JOINERS = "\u200c\u200d"
_FORM_ESCAPES = {"%0A": "\n", "%0D": "\r", "%22": '"'}
_MAX_OTHER_BYTES = 64 * 1024
"""How much of a form may be something else than the file: boundaries, headers, other fields."""


@dataclass(frozen=True)
class BodyLimits:
    """How much, and how slowly, a client may send."""

    max_bytes: int
    idle_seconds: float


async def read_file(request: Request, filename: str | None, limits: BodyLimits, right: Right) -> UploadedFile:
    """Find the file in a request; its content is read as the caller iterates.

    Raises:
        ProblemError: 400 for a malformed form or name, 408 for a stalled client, 413 over the limit, 401 or 403 once
            the right is lost; the latter three also while iterating.
    """
    check_announced(request, limits.max_bytes)
    content_type, parameters = parse_options_header(request.headers.get("content-type", ""))
    body = read_body(request, limits.idle_seconds, right)
    if content_type == b"multipart/form-data":
        form = _FormFile(parameters.get(b"boundary", b""), body)
        name = await form.find()
        chunks = form.chunks()
    else:
        if filename is None:
            raise bad_request(
                "filename_missing", "Send the file as the form field 'file', or as the body with ?filename=NAME."
            )
        name, chunks = filename, body
    return UploadedFile(clean_filename(name), _counted(chunks, limits.max_bytes))


def check_announced(request: Request, limit_bytes: int) -> None:
    """Refuse a body whose announced length is beyond the limit.

    Raises:
        ProblemError: 413.
    """
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and int(declared) > limit_bytes + _MAX_OTHER_BYTES:
        raise too_large(limit_bytes)


def clean_filename(name: str) -> str:
    """The last component of a client's filename, on one line and without control characters; it is only ever shown.

    Every kind of space becomes a plain one. The joiners of scripts and emoji stay: they change what is read.

    Raises:
        ProblemError: 400 when nothing is left, or it is longer than 255 characters.
    """
    last = name.replace("\\", "/").rsplit("/", 1)[-1].replace("\r\n", "\n")
    spaced = (" " if c.isspace() else c for c in last)
    cleaned = "".join(c for c in spaced if c.isprintable() or c in _JOINERS).strip()
    if cleaned.strip(_JOINERS) in {"", ".", ".."}:
        raise bad_request("filename_invalid", "The file has no name. Give it one, such as 'menu.pptx'.")
    if len(cleaned) > MAX_FILENAME_LENGTH:
        raise bad_request("filename_too_long", f"The name is longer than {MAX_FILENAME_LENGTH} characters. Shorten it.")
    return cleaned


def _form_filename(encoded: bytes) -> str:
    """A filename of a form's part; clients write the characters that would end it as HTML's standard says."""
    name = encoded.decode("utf-8", "replace")
    for code, character in _FORM_ESCAPES.items():
        name = name.replace(code, character)
    return name


async def read_body(request: Request, idle_seconds: float, right: Right) -> AsyncIterator[bytes]:
    """The body as it comes, from a client that keeps its right, and sends at least some kilobytes in every idle time.

    Only waiting for the client counts: how long the store takes is not its fault.

    Raises:
        ProblemError: 408 for a stalled client, 400 where the connection ended before the body, 401 or 403 once the
            right is lost, at the latest after the last byte.
    """
    losing = asyncio.ensure_future(right.lost())
    try:
        async for chunk in _arriving(request, idle_seconds, losing):
            yield chunk
        with contextlib.suppress(UnavailableError):
            await right.check()
    finally:
        losing.cancel()


async def _arriving(request: Request, idle_seconds: float, losing: asyncio.Task[ProblemError]) -> AsyncIterator[bytes]:
    stream, loop = aiter(request.stream()), asyncio.get_running_loop()
    remaining_seconds, progress = idle_seconds, 0
    waits: list[asyncio.Timeout] = []  # the one that is running, if any

    def end(_: object) -> None:
        for wait in waits:
            wait.reschedule(loop.time())

    losing.add_done_callback(end)
    while True:
        asked = loop.time()
        try:
            async with asyncio.timeout(remaining_seconds) as wait:
                waits.append(wait)
                try:
                    chunk = await anext(stream)
                finally:
                    waits.clear()
        except StopAsyncIteration:
            return
        except TimeoutError:
            raise losing.result() if losing.done() else stalled(idle_seconds) from None
        except ClientDisconnect:
            raise bad_request("upload_cut", "The connection ended before the file was complete. Try again.") from None
        remaining_seconds -= loop.time() - asked
        progress += len(chunk)
        if progress >= _PROGRESS_BYTES:
            remaining_seconds, progress = idle_seconds, 0
        if chunk:
            yield chunk


async def _counted(chunks: AsyncIterator[bytes], limit_bytes: int) -> AsyncIterator[bytes]:
    size = 0
    async for chunk in chunks:
        size += len(chunk)
        if size > limit_bytes:
            raise too_large(limit_bytes)
        yield chunk
    if size == 0:
        raise empty_file()


@dataclass
class _FormFile:
    """The field ``file`` of a multipart form, found and followed with python-multipart's callback parser."""

    boundary: bytes
    body: AsyncIterator[bytes]
    _name: str | None = None
    _in_file: bool = False
    _file_ended: bool = False
    _form_ended: bool = False
    _header_name: bytes = b""
    _header_value: bytes = b""
    _other_bytes: int = 0
    _pending: list[bytes] = field(default_factory=list)

    def __post_init__(self) -> None:
        if not self.boundary:
            raise bad_request("form_invalid", "The form has no boundary. Let your client set the Content-Type itself.")
        self._parser = MultipartParser(
            self.boundary,
            {
                "on_part_begin": self._on_part_begin,
                "on_header_field": self._on_header_field,
                "on_header_value": self._on_header_value,
                "on_header_end": self._on_header_end,
                "on_part_data": self._on_part_data,
                "on_part_end": self._on_part_end,
                "on_end": self._on_end,
            },
        )

    async def find(self) -> str:
        """Read up to the file's first bytes and return its name."""
        while self._name is None:
            if not await self._feed():
                raise bad_request("file_missing", "The form has no field 'file' with a file in it. Choose a file.")
        return self._name

    async def chunks(self) -> AsyncIterator[bytes]:
        """The file's bytes; what follows it in the form is read and dropped."""
        while True:
            for chunk in self._pending:
                yield chunk
            self._pending.clear()
            if not await self._feed():
                break
        if not self._file_ended or not self._form_ended:
            raise bad_request("upload_cut", "The form ended before the file was complete. Try again.")

    async def _feed(self) -> bool:
        chunk = await anext(self.body, None)
        if chunk is None:
            return False
        before = sum(map(len, self._pending))
        try:
            self._parser.write(chunk)
        except MultipartParseError as error:
            raise bad_request("form_invalid", f"The form is malformed: {error}.") from error
        self._other_bytes += len(chunk) - (sum(map(len, self._pending)) - before)
        if self._other_bytes > _MAX_OTHER_BYTES:
            raise bad_request("form_invalid", "The form holds more than a file. Send only the field 'file'.")
        return True

    def _on_part_begin(self) -> None:
        self._header_name = self._header_value = b""

    def _on_header_field(self, data: bytes, start: int, end: int) -> None:
        self._header_name += data[start:end]

    def _on_header_value(self, data: bytes, start: int, end: int) -> None:
        self._header_value += data[start:end]

    def _on_header_end(self) -> None:
        if self._header_name.lower() == b"content-disposition" and self._name is None:
            _, options = parse_options_header(self._header_value)
            if options.get(b"name") == b"file" and options.get(b"filename"):
                self._name = _form_filename(options[b"filename"])
                self._in_file = True
        self._header_name = self._header_value = b""

    def _on_part_data(self, data: bytes, start: int, end: int) -> None:
        if self._in_file:
            self._pending.append(data[start:end])

    def _on_part_end(self) -> None:
        self._file_ended = self._file_ended or self._in_file
        self._in_file = False

    def _on_end(self) -> None:
        self._form_ended = True
