"""Shows an earlier version of a medium again: as a new generation, whose original is a copy under a key of its own.

So the clean-up may remove the earlier original at any moment, and what was shown before becomes an earlier version.
"""

from dataclasses import dataclass
from uuid import UUID, uuid4

from infoscreen.common.clock import Clock, utc_now
from infoscreen.common.errors import NotFoundError
from infoscreen.common.events import Envelope, MediaUploaded, event_id
from infoscreen.common.ownership import Person
from infoscreen.common.tracing import current_traceparent
from infoscreen.ingest.announcement import Announcement
from infoscreen.ingest.errors import ShownAlreadyError, UnknownVersionError
from infoscreen.ingest.existing import existing
from infoscreen.ingest.protocols import MediaFacts, OriginalStore, Outbox
from infoscreen.ingest.upload import UploadResult, Uploads, original_key


@dataclass(frozen=True)
class Versions:
    """Shows earlier versions again."""

    store: OriginalStore
    media: MediaFacts
    outbox: Outbox
    uploads: Uploads
    source: str
    clock: Clock = utc_now

    async def show(self, media_id: UUID, generation: int, person: Person) -> UploadResult:
        """Announce an earlier generation of a medium as its newest one.

        Raises:
            UnknownMediumError: the medium does not exist, or is in the trash.
            NotOwnerError: the person may not change it, or no longer.
            UnknownVersionError: it has no such generation, or its original is not kept any more.
            ShownAlreadyError: the generation is the current one.
            UnavailableError: NATS or the object store is away.
        """
        state = await existing(media_id, person, self.media, self.outbox)
        if generation == state.generation:
            raise ShownAlreadyError(media_id)
        earlier = await self._upload(media_id, generation)
        upload_id = uuid4()
        key = original_key(media_id, upload_id, earlier.filename)
        try:
            await self.store.copy(earlier.object_key, key)
        except NotFoundError:
            raise UnknownVersionError(media_id, generation) from None
        event = earlier.model_copy(
            update={
                "object_key": key,
                "uploaded_by": person.name,
                "replaces": state.generation,
                "restores": generation,
            }
        )
        identity = str(event_id(event.type, media_id, upload_id))
        envelope = Envelope(identity, self.source, self.clock(), event, current_traceparent())
        own = Announcement(envelope, identity, replacement=True, owned_by=person.must_own)
        return await self.uploads.announce_replacement(own, state)

    async def _upload(self, media_id: UUID, generation: int) -> MediaUploaded:
        envelope = await self.media.envelope_at(generation)
        event = envelope.event if envelope else None
        if not isinstance(event, MediaUploaded) or event.media_id != media_id or event.obsolete:
            raise UnknownVersionError(media_id, generation)
        return event
