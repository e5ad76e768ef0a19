"""Reads the state of a medium from the stream, for every service without the catalog's tables.

It follows the rules of the catalog's projection: a deletion ends the generation that it names and no other one, and an
upload that is marked obsolete never becomes current.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from infoscreen.common.events import (
    Envelope,
    Event,
    MediaDeleted,
    MediaOwned,
    MediaRenamed,
    MediaRestored,
    MediaTagged,
    MediaTrashed,
    MediaUploaded,
    subjects,
    try_decode,
)
from infoscreen.common.events.medium_state import MediumLabels, MediumState
from infoscreen.common.messaging.stream_reader import StoredMessage, StreamReader


@dataclass(frozen=True)
class Generation:
    """One upload of a medium.

    Attributes:
        number: its stream sequence.
        uploaded_at: when the stream stored it.
        upload: the event.
    """

    number: int
    uploaded_at: datetime
    upload: MediaUploaded


class MediaLog:
    """Answers from the facts on a medium's own subjects; raises UnavailableError while NATS is away."""

    def __init__(self, reader: StreamReader) -> None:
        self._reader = reader

    async def state(self, media_id: UUID) -> MediumState:
        """The state of a medium, as the stream's leader has it: one read where an upload is the last fact."""
        last = await self._reader.last(subjects.changes_of(media_id))
        if last is None:
            return MediumState()
        upload = upload_of(last)
        if upload is not None and upload.owner is not None and not upload.obsolete:
            return MediumState(last.sequence, last.sequence, upload, owner=upload.owner)
        return _folded([*await self._reader.all(subjects.changes_of(media_id)), last])

    async def labels(self, media_id: UUID) -> MediumLabels:
        """The title and the tags of a medium. A replica that lags may not know recent ones yet."""
        labels = MediumLabels()
        for message in await self._reader.all(subjects.changes_of(media_id)):
            labels = labelled(labels, _event(message))
        return labels

    async def generations(self, media_id: UUID) -> list[Generation]:
        """Every generation of a medium, the newest first. A replica that lags may not know a recent one yet."""
        found: dict[str, Generation] = {}
        for message in await self._reader.all(subjects.uploads_of(media_id)):
            upload = upload_of(message)
            if upload is not None and not upload.obsolete and message.stored_at is not None:
                found[upload.object_key] = Generation(message.sequence, message.stored_at, upload)
        return sorted(found.values(), key=lambda generation: -generation.number)

    async def sequence_of(self, upload: MediaUploaded) -> int | None:
        """The stream sequence of an upload, or None. A replica that lags may not know a recent one yet."""
        for message in reversed(await self._reader.all(subjects.uploads_of(upload.media_id))):
            stored = upload_of(message)
            if stored is not None and stored.object_key == upload.object_key:
                return message.sequence
        return None

    async def object_keys(self, media_id: UUID) -> set[str]:
        """The originals of every generation of a medium. A replica that lags may not know a recent one yet."""
        uploads = map(upload_of, await self._reader.all(subjects.uploads_of(media_id)))
        return {upload.object_key for upload in uploads if upload is not None}

    async def newest_object_keys(self, media_ids: Collection[UUID]) -> set[str]:
        """The original of the newest upload of each medium; a replica that lags may name an earlier one."""
        newest = await self._reader.newest([subjects.uploads_of(media_id) for media_id in media_ids])
        return {upload.object_key for upload in map(upload_of, newest) if upload is not None}

    async def complete_since(self) -> datetime:
        """The time since which the stream has every fact."""
        return await self._reader.complete_since()

    async def envelope_at(self, sequence: int) -> Envelope | None:
        """The event with this stream sequence, or None."""
        message = await self._reader.at(sequence)
        return _decoded(message) if message else None


def upload_of(message: StoredMessage) -> MediaUploaded | None:
    """The upload that a message states; None for any other one."""
    envelope = _decoded(message)
    return envelope.event if envelope and isinstance(envelope.event, MediaUploaded) else None


def labelled(labels: MediumLabels, event: Event | None) -> MediumLabels:
    """The labels of a medium after one more fact about it."""
    match event:
        case MediaRenamed():
            return replace(labels, title=event.title)
        case MediaTagged():
            return replace(labels, tags=tuple(sorted({*labels.tags, *event.add}.difference(event.remove))))
        case _:
            return labels


def _folded(messages: Iterable[StoredMessage]) -> MediumState:
    """The state of a medium after all facts about it, in stream order."""
    state, last_upload, last_sequence = MediumState(), None, 0
    for message in messages:
        last_sequence = message.sequence
        match _event(message):
            case MediaUploaded(obsolete=False) as event:
                same = last_upload is not None and event.object_key == last_upload.object_key
                # A second copy of a deleted upload is no new generation, and one of an upload in the trash stays there.
                if not same or state.upload is not None:
                    trashed_at = state.trashed_at if same else None
                    owner = event.owner or state.owner
                    state = MediumState(generation=message.sequence, upload=event, trashed_at=trashed_at, owner=owner)
                last_upload = event
            case MediaDeleted() as event if event.ends(state.generation):
                state = MediumState()
            case MediaTrashed() as event if event.generation == state.generation and state.trashed_at is None:
                state = replace(state, trashed_at=message.stored_at)
            case MediaRestored() as event if event.generation == state.generation:
                state = replace(state, trashed_at=None)
            case MediaOwned() as event if state.upload is not None:
                state = replace(state, owner=event.owner)
    return replace(state, last_sequence=last_sequence)


def _event(message: StoredMessage) -> Event | None:
    envelope = _decoded(message)
    return envelope.event if envelope and isinstance(envelope.event, Event) else None


def _decoded(message: StoredMessage) -> Envelope | None:
    return try_decode(message.headers, message.data)
