"""Event contracts: pure data, independent of the transport."""

from infoscreen.common.events.contracts import (
    EVENT_TYPES,
    ConversionEvent,
    ConversionFailed,
    ConversionRequested,
    ConversionStarted,
    ConversionSucceeded,
    Event,
    MediaDeleted,
    MediaUploaded,
    Priority,
    RequestReason,
    ScreenBack,
    ScreenDark,
    ScreenEvent,
    ScreenOverridden,
    StreamEvent,
)
from infoscreen.common.events.envelope import Envelope, MalformedEventError, decode, to_body, to_headers, try_decode
from infoscreen.common.events.identity import conversion_id, event_id, new_media_id
from infoscreen.common.events.publishing import EventPublisher

__all__ = [
    "EVENT_TYPES",
    "ConversionEvent",
    "ConversionFailed",
    "ConversionRequested",
    "ConversionStarted",
    "ConversionSucceeded",
    "Envelope",
    "Event",
    "EventPublisher",
    "MalformedEventError",
    "MediaDeleted",
    "MediaUploaded",
    "Priority",
    "RequestReason",
    "ScreenBack",
    "ScreenDark",
    "ScreenEvent",
    "ScreenOverridden",
    "StreamEvent",
    "conversion_id",
    "decode",
    "event_id",
    "new_media_id",
    "to_body",
    "to_headers",
    "try_decode",
]
