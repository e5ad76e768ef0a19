"""An upload's event that is not published yet, and its record, which the outbox and the key bindings store."""

import json
from dataclasses import dataclass

from infoscreen.common.events import Envelope, MalformedEventError, MediaUploaded, decode, to_body, to_headers
from infoscreen.common.events.envelope import MESSAGE_ID_HEADER

CONTENT_TYPE = "application/json"


@dataclass(frozen=True)
class Announcement:
    """An upload that is stored and has to be announced.

    Attributes:
        envelope: its event, whose id is unique to this upload.
        message_id: what JetStream deduplicates by: made of the Idempotency-Key, or the event's id.
        replacement: False for the upload that makes a medium.
        owned_by: who has to own the medium that it replaces when it is published; None for an editor's.
    """

    envelope: Envelope
    message_id: str
    replacement: bool
    owned_by: str | None = None

    @property
    def upload(self) -> MediaUploaded:
        """The event."""
        event = self.envelope.event
        assert isinstance(event, MediaUploaded)  # noqa: S101 - no other event is ever announced
        return event

    def to_record(self) -> bytes:
        """The content of the object that stores this announcement."""
        record = {
            "headers": to_headers(self.envelope, self.message_id),
            "body": json.loads(to_body(self.envelope.event)),
            "replacement": self.replacement,
            "owned_by": self.owned_by,
        }
        return json.dumps(record).encode()

    @classmethod
    def from_record(cls, record: bytes) -> "Announcement":
        """Parse a record that this or an earlier version wrote.

        Raises:
            MalformedEventError: it is no such record.
        """
        try:
            found = json.loads(record)
            envelope = decode(found["headers"], json.dumps(found["body"]).encode())
            message_id = str(found["headers"][MESSAGE_ID_HEADER])
            owned_by = found.get("owned_by")
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise MalformedEventError(f"not a record of an upload: {error!r}") from error
        if not isinstance(envelope.event, MediaUploaded):
            raise MalformedEventError(f"{envelope.event.type} is no upload")
        replacement = found.get("replacement", envelope.event.replaces is not None)
        return cls(envelope, message_id, bool(replacement), owned_by)
