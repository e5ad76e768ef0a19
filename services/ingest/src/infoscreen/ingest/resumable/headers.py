"""The headers of tus 1.0, parsed and made."""

import base64
import binascii
from email.utils import format_datetime

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from infoscreen.common.problem import ProblemError
from infoscreen.ingest.body_problems import bad_request
from infoscreen.ingest.resumable.record import UploadRecord
from infoscreen.ingest.resumable.writer import Checksum

VERSION = "1.0.0"
EXTENSIONS = "creation,creation-with-upload,expiration,checksum,termination"
CHECKSUMS = ("sha1", "sha256")
OFFSET_STREAM = "application/offset+octet-stream"
PATH = "/api/uploads"


class TusHeaders:
    """ASGI middleware that names the version in every answer to a resumable upload, errors included."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""

        async def named(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)["Tus-Resumable"] = VERSION
            await send(message)

        ours = scope["type"] == "http" and f"{scope['path']}/".startswith(f"{PATH}/")
        await self._app(scope, receive, named if ours else send)


def check_version(version: str | None) -> None:
    """Refuse a client of another version.

    Raises:
        ProblemError: 412.
    """
    if version != VERSION:
        detail = f"Send the header 'Tus-Resumable: {VERSION}'; no other version is spoken here."
        raise ProblemError(412, "tus_version", detail, {"Tus-Version": VERSION})


def parse_metadata(header: str | None) -> dict[str, str]:
    """What ``Upload-Metadata`` says: names, and values in base64.

    Raises:
        ProblemError: 400 where it is malformed.
    """
    pairs = (pair.strip().partition(" ") for pair in (header or "").split(",") if pair.strip())
    try:
        return {name: base64.b64decode(value, validate=True).decode() for name, _, value in pairs}
    except ValueError as error:
        raise bad_request(
            "metadata_invalid", f"Upload-Metadata takes pairs of a name and a value in base64: {error}."
        ) from error


def metadata(record: UploadRecord) -> str:
    """What ``Upload-Metadata`` says of an upload."""
    values = {"filename": record.filename, "priority": record.priority.value}
    if record.replacement:
        values["replaces"] = str(record.media_id)
    return ",".join(f"{name} {base64.b64encode(value.encode()).decode()}" for name, value in values.items())


def parse_checksum(header: str | None) -> Checksum | None:
    """What ``Upload-Checksum`` claims.

    Raises:
        ProblemError: 400 where it is malformed, or by another algorithm.
    """
    if header is None:
        return None
    algorithm, _, value = header.partition(" ")
    try:
        expected = base64.b64decode(value, validate=True)
    except binascii.Error:
        expected = b""
    if algorithm not in CHECKSUMS or not expected:
        raise bad_request(
            "checksum_invalid", f"Upload-Checksum takes one of {', '.join(CHECKSUMS)} and the digest in base64."
        )
    return Checksum(algorithm, expected)


def progress(record: UploadRecord) -> dict[str, str]:
    """The headers that tell how far an upload is, and which medium it becomes."""
    return {
        "Upload-Offset": str(record.offset),
        "Upload-Expires": format_datetime(record.expires, usegmt=True),
        "Infoscreen-Media-Id": str(record.media_id),
    }
