"""A conversion task: what a message asks for, with all that is needed to do it."""

from dataclasses import dataclass, field
from uuid import UUID

from infoscreen.common.conversion_options import ConversionOptions
from infoscreen.common.events import ConversionEvent, Event, MediaUploaded, Priority, conversion_id
from infoscreen.common.rendition import rendition_key


@dataclass(frozen=True)
class ConversionTask:
    """One document to convert.

    Attributes:
        source: the upload it belongs to.
        generation: that upload's stream sequence.
        source_event_id: that upload's event id.
        trigger_sequence: the stream sequence of the message that asks for it: what tells one request from another.
        attempt: 1 for the first try of this request.
        target_format: what to make, which the upload decides.
        options: how to make it.
        priority: the lane it belongs to.
    """

    source: MediaUploaded
    generation: int
    source_event_id: str
    trigger_sequence: int
    attempt: int
    target_format: str = "pdf"
    options: ConversionOptions = field(default_factory=ConversionOptions)
    priority: Priority = Priority.NORMAL

    @property
    def media_id(self) -> UUID:
        """The medium."""
        return self.source.media_id

    @property
    def conversion_id(self) -> UUID:
        """The id of this conversion, the same on every try."""
        return conversion_id(self.media_id, self.target_format, self.source.sha256)

    @property
    def rendition_key(self) -> str:
        """The key under which the result is registered."""
        return rendition_key(self.source.sha256, self.target_format, self.options.key)

    @property
    def is_in_wrong_lane(self) -> bool:
        """True for an upload of another priority: uploads all come by the normal lane."""
        return self.trigger_sequence == self.generation and self.priority is not Priority.NORMAL

    def is_answered_by(self, result: Event | None) -> bool:
        """True for a result of the same upload, format and options."""
        if not isinstance(result, ConversionEvent):
            return False
        mine = (self.generation, self.target_format, self.options.key)
        return (result.generation, result.target_format, result.profile) == mine

    def facts(self, worker: str, engine: str) -> dict[str, object]:
        """The fields that every event about this task has."""
        return {
            "media_id": self.media_id,
            "conversion_id": self.conversion_id,
            "generation": self.generation,
            "target_format": self.target_format,
            "file_hash": self.source.sha256,
            "attempt": self.attempt,
            "worker": worker,
            "engine": engine,
            "profile": self.options.key,
        }
