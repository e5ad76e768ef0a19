"""Publishes uploads: each once, and each right after the fact about its medium that the decision was based on.

The condition is the medium's last sequence (docs/adr/0011-conditional-facts.md), so the server puts an upload and a
deletion that meet in order, and the second one learns of the first before anything is acknowledged.
"""

from dataclasses import dataclass, replace

import structlog

from infoscreen.common.errors import InfoscreenError
from infoscreen.common.events import Envelope
from infoscreen.common.events.medium_state import MediumState
from infoscreen.common.events.publishing import MessageIdTakenError, OutdatedError
from infoscreen.common.ownership import NotOwnerError
from infoscreen.ingest.announcement import Announcement
from infoscreen.ingest.errors import UnknownMediumError
from infoscreen.ingest.observability import UPLOADS
from infoscreen.ingest.protocols import EnvelopePublisher, MediaFacts

_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Announcer:
    """Publishes announcements."""

    publisher: EnvelopePublisher
    media: MediaFacts
    publish_deadline_seconds: float

    async def announce(
        self, announcement: Announcement, state: MediumState | None = None, *, acknowledged: bool = False
    ) -> int:
        """Store an upload as its medium's newest generation, unless the stream has it; returns its sequence.

        Args:
            announcement: the upload.
            state: where the medium stands, if that is known; only for an upload that was never announced.
            acknowledged: the uploader was promised that it will be in the stream. Then a replacement of a medium that
                is gone, or another person's, is stored too, marked obsolete, and one whose message id is taken is
                stored without it: it may be there twice, and is never lost.

        Raises:
            UnknownMediumError: the medium that it replaces does not exist, or no longer.
            NotOwnerError: the medium is not its uploader's, or no longer.
            MessageIdTakenError: another upload under the same Idempotency-Key was quicker.
            UnavailableError: NATS is away.
        """
        while True:
            if state is None:
                state = await self.media.state(announcement.upload.media_id)
                known = await self.media.sequence_of(announcement.upload) if state.last_sequence else None
                if known is not None:
                    return known
            try:
                return await self._publish(announcement, state, acknowledged=acknowledged)
            except OutdatedError:
                state = None

    async def _publish(self, announcement: Announcement, state: MediumState, *, acknowledged: bool) -> int:
        refusal = _refusal(announcement, state)
        if refusal and not acknowledged:
            raise refusal
        envelope = announcement.envelope
        if announcement.replacement:
            decided = {"obsolete": refusal is not None, "owner": state.owner}
            envelope = replace(envelope, event=announcement.upload.model_copy(update=decided))
        try:
            sequence = await self._put(envelope, announcement.message_id, state)
        except MessageIdTakenError:
            if not acknowledged:
                raise
            sequence = await self._put(envelope, None, state)
        if refusal:
            UPLOADS.labels("obsolete").inc()
            _log.warning("parked_upload_obsolete", media_id=str(announcement.upload.media_id), sequence=sequence)
        return sequence

    async def _put(self, envelope: Envelope, message_id: str | None, state: MediumState) -> int:
        return await self.publisher.publish_envelope(
            envelope,
            message_id=message_id,
            after=state.last_sequence,
            deadline_seconds=self.publish_deadline_seconds,
        )


def _refusal(announcement: Announcement, state: MediumState) -> InfoscreenError | None:
    """Return why a replacement may not become the medium's newest generation; None where it may."""
    media_id = announcement.upload.media_id
    if not announcement.replacement:
        return None
    if not state.exists:
        return UnknownMediumError(media_id)
    return NotOwnerError() if announcement.owned_by not in (None, state.owner) else None
