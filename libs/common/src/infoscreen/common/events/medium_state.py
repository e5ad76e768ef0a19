"""The state of a medium that the facts about it add up to."""

from dataclasses import dataclass
from datetime import datetime

from infoscreen.common.events.contracts import MediaUploaded


@dataclass(frozen=True)
class MediumState:
    """The state of a medium.

    Attributes:
        last_sequence: of the newest fact about the medium itself, which a conditional fact follows; 0 without any.
        generation: the current one; None when there is none, because the medium is unknown or deleted.
        upload: the current generation's upload.
        trashed_at: since when the medium has been in the trash; None where it is not there.
        owner: who may change it beside editors; None for a medium from before there were owners.
    """

    last_sequence: int = 0
    generation: int | None = None
    upload: MediaUploaded | None = None
    trashed_at: datetime | None = None
    owner: str | None = None

    @property
    def exists(self) -> bool:
        """True where people and screens may have the medium: it is neither unknown nor deleted nor in the trash."""
        return self.generation is not None and self.trashed_at is None


@dataclass(frozen=True)
class MediumLabels:
    """What people call a medium.

    Attributes:
        title: None until it is renamed.
        tags: in the order of the alphabet.
    """

    title: str | None = None
    tags: tuple[str, ...] = ()
