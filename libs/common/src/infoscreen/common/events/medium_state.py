"""The state of a medium that the facts about it add up to."""

from dataclasses import dataclass

from infoscreen.common.events.contracts import MediaUploaded


@dataclass(frozen=True)
class MediumState:
    """The state of a medium.

    Attributes:
        last_sequence: of the newest fact about the medium itself, which a conditional fact follows; 0 without any.
        generation: the current one; None when there is none, because the medium is unknown or deleted.
        upload: the current generation's upload.
    """

    last_sequence: int = 0
    generation: int | None = None
    upload: MediaUploaded | None = None
