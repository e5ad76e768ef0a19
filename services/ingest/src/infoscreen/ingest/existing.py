"""Finds the medium that a request is to change, and who may."""

from uuid import UUID

from infoscreen.common.events.medium_state import MediumState
from infoscreen.common.ownership import Person
from infoscreen.ingest.errors import UnknownMediumError
from infoscreen.ingest.protocols import MediaFacts, Outbox


async def existing(
    media_id: UUID, person: Person, media: MediaFacts, outbox: Outbox, *, or_trashed: bool = False
) -> MediumState:
    """The state of a medium once its parked uploads are in the stream.

    Args:
        media_id: the medium.
        person: who wants to change it.
        media: the facts about it.
        outbox: where uploads may be parked.
        or_trashed: True where what is in the trash counts.

    Raises:
        UnknownMediumError: there is no such medium.
        NotOwnerError: the person may not change it.
        UnavailableError: NATS or the object store is away.
    """
    await outbox.relay(media_id)
    state = await media.state(media_id)
    if not state.exists and not (or_trashed and state.trashed_at):
        raise UnknownMediumError(media_id)
    person.check(state.owner)
    return state
