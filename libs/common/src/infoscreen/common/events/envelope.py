"""CloudEvents 1.0 in binary mode over NATS headers: how an event becomes a message, and back.

Source: the CloudEvents NATS protocol binding: attributes are headers prefixed ``ce-`` with percent-encoded values.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote, unquote

from pydantic import ValidationError

from infoscreen.common.errors import InfoscreenError
from infoscreen.common.events.contracts import EVENT_TYPES, StreamEvent

MESSAGE_ID_HEADER = "Nats-Msg-Id"
EVENT_ID_HEADER = "ce-id"
_SPEC_VERSION = "1.0"
_SCHEMA_PREFIX = "urn:infoscreen:"


class MalformedEventError(InfoscreenError):
    """A message is no event that this version understands; record it as it is."""


class NewerEventError(MalformedEventError):
    """A message is an event of this system, of a type or version that only a newer release understands.

    A consumer leaves it for that release, and tries again later.
    """


@dataclass(frozen=True)
class Envelope:
    """An event with its CloudEvents attributes."""

    id: str
    source: str
    time: datetime
    event: StreamEvent
    traceparent: str | None = None


def to_headers(envelope: Envelope, message_id: str | None = None) -> dict[str, str]:
    """The message headers of an event.

    Args:
        envelope: the event. Its id is what consumers count once, for ever.
        message_id: what JetStream deduplicates by, for as long as its duplicate window; by default the event's id.
    """
    event = envelope.event
    attributes = {
        "specversion": _SPEC_VERSION,
        "id": envelope.id,
        "source": envelope.source,
        "type": event.type,
        "time": envelope.time.isoformat(),
        "subject": str(event.subject_id),
        "dataschema": f"{_SCHEMA_PREFIX}{event.type}:v{event.version}",
        "datacontenttype": "application/json",
    }
    headers = {f"ce-{name}": quote(value, safe="/:;=+,.@") for name, value in attributes.items()}
    headers[MESSAGE_ID_HEADER] = message_id or envelope.id
    if envelope.traceparent:
        headers["traceparent"] = envelope.traceparent
    return headers


def to_body(event: StreamEvent) -> bytes:
    """The JSON body of an event."""
    return event.model_dump_json().encode()


def decode(headers: Mapping[str, str] | None, body: bytes) -> Envelope:
    """Read a message back.

    Raises:
        NewerEventError: a newer release's type, or version of a type.
        MalformedEventError: it has no CloudEvents headers, a schema that is not its type's, or an invalid body.
    """
    attributes = {name.lower(): unquote(value) if "%" in value else value for name, value in (headers or {}).items()}
    try:
        event_type, event_id, source = attributes["ce-type"], attributes["ce-id"], attributes["ce-source"]
        specversion, schema = attributes["ce-specversion"], attributes["ce-dataschema"]
        time = datetime.fromisoformat(attributes["ce-time"])
    except (KeyError, ValueError) as error:
        raise MalformedEventError(f"not a CloudEvent of ours: {error!r}") from error
    if specversion != _SPEC_VERSION or time.tzinfo is None:
        raise MalformedEventError(f"not a CloudEvent of ours: specversion {specversion!r}, time {time.isoformat()}")
    if not re.fullmatch(rf"{_SCHEMA_PREFIX}{re.escape(event_type)}:v[1-9][0-9]*", schema):
        raise MalformedEventError(f"{schema!r} is no schema of {event_type!r}")
    model = EVENT_TYPES.get(event_type)
    if model is None or schema != f"{_SCHEMA_PREFIX}{event_type}:v{model.version}":
        raise NewerEventError(f"{schema!r} is not known to this version")
    try:
        event = model.model_validate_json(body)
    except ValidationError as error:
        raise MalformedEventError(f"invalid {event_type}: {error}") from error
    return Envelope(event_id, source, time, event, attributes.get("traceparent"))


def try_decode(headers: Mapping[str, str] | None, body: bytes) -> Envelope | None:
    """As ``decode``; None for a message that is no event that this version understands."""
    try:
        return decode(headers, body)
    except MalformedEventError:
        return None
