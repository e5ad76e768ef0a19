"""How people keep the library in order: title, tags, the trash, restoring, deleting for good.

Each is a fact right after the last one about its medium, or it is not stored (docs/adr/0011-conditional-facts.md). Of
two requests that meet, one is first, and the other one is decided again on what that left.
"""

import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from uuid import UUID

from infoscreen.common.events import (
    Event,
    MediaDeleted,
    MediaOwned,
    MediaRenamed,
    MediaRestored,
    MediaTagged,
    MediaTrashed,
    event_id,
)
from infoscreen.common.events.medium_state import MediumLabels, MediumState
from infoscreen.common.events.publishing import EventPublisher, OutdatedError
from infoscreen.common.ownership import Person
from infoscreen.ingest.errors import ReplacedFirstError, TooManyTagsError, UnknownMediumError
from infoscreen.ingest.existing import existing
from infoscreen.ingest.protocols import MediaFacts, Outbox

MOST_TAGS = 50


@dataclass(frozen=True)
class Medium:
    """A medium as a change left it."""

    media_id: UUID
    filename: str
    labels: MediumLabels
    owner: str | None

    @property
    def title(self) -> str:
        """The title, or the filename until there is one."""
        return self.labels.title or self.filename


@dataclass(frozen=True)
class Library:
    """Publishes changes of media.

    Every method raises NotOwnerError for a person that may not change the medium, and UnavailableError while NATS is
    away; then nothing was changed.
    """

    publisher: EventPublisher
    media: MediaFacts
    outbox: Outbox
    publish_deadline_seconds: float

    async def label(self, media_id: UUID, title: str | None, tags: frozenset[str] | None, person: Person) -> Medium:
        """Give a medium a title, or these tags in place of those that it has, or both; None leaves each as it is.

        Raises:
            UnknownMediumError: the medium does not exist, or is in the trash.
        """

        async def renamed(_: MediumState) -> Event | None:
            if title is None or title == (await self.media.labels(media_id)).title:
                return None
            return MediaRenamed(media_id=media_id, title=title, renamed_by=person.name)

        async def tagged(_: MediumState) -> Event | None:
            known = frozenset((await self.media.labels(media_id)).tags)
            if tags is None or tags == known:
                return None
            add, remove = tuple(sorted(tags - known)), tuple(sorted(known - tags))
            return MediaTagged(media_id=media_id, add=add, remove=remove, tagged_by=person.name)

        await self._change(media_id, person, renamed)
        await self._change(media_id, person, tagged)
        return await self._seen(media_id, person)

    async def tag(self, media_id: UUID, add: frozenset[str], remove: frozenset[str], person: Person) -> None:
        """Add tags to a medium and remove others; those that are in both are removed.

        Raises:
            UnknownMediumError: the medium does not exist, or is in the trash.
            TooManyTagsError: it would have more than ``MOST_TAGS``.
        """

        async def tagged(_: MediumState) -> Event | None:
            known = frozenset((await self.media.labels(media_id)).tags)
            added, removed = add - remove - known, remove & known
            if len(known | added) - len(removed) > MOST_TAGS:
                raise TooManyTagsError(media_id, MOST_TAGS)
            if not added and not removed:
                return None
            changes = {"add": tuple(sorted(added)), "remove": tuple(sorted(removed))}
            return MediaTagged(media_id=media_id, tagged_by=person.name, **changes)

        await self._change(media_id, person, tagged)

    async def hand_over(self, media_id: UUID, owner: str, person: Person) -> None:
        """Make a medium another person's.

        Raises:
            UnknownMediumError: the medium does not exist, or is in the trash.
        """

        async def owned(state: MediumState) -> Event | None:
            if state.owner == owner:
                return None
            return MediaOwned(media_id=media_id, owner=owner, handed_over_by=person.name)

        await self._change(media_id, person, owned)

    async def trash(self, media_id: UUID, person: Person) -> None:
        """Move a medium to the trash: no screen shows it any more.

        Raises:
            UnknownMediumError: the medium does not exist, or is in the trash.
            ReplacedFirstError: a replacement came first.
        """

        def trashed(generation: int) -> Event:
            return MediaTrashed(media_id=media_id, trashed_by=person.name, generation=generation)

        await self._remove(media_id, person, trashed)

    async def delete(self, media_id: UUID, person: Person) -> None:
        """Delete a medium for good, in the trash or not; the clean-up deletes its objects later.

        Raises:
            UnknownMediumError: the medium does not exist.
            ReplacedFirstError: a replacement came first.
        """

        def deleted(generation: int) -> Event:
            return MediaDeleted(media_id=media_id, deleted_by=person.name, generation=generation)

        await self._remove(media_id, person, deleted, or_trashed=True)

    async def restore(self, media_id: UUID, person: Person) -> Medium:
        """Take a medium out of the trash; one that is not there stays as it is.

        Raises:
            UnknownMediumError: the medium does not exist, or was deleted.
        """

        async def restored(state: MediumState) -> Event | None:
            if state.generation is None or state.trashed_at is None:
                return None
            return MediaRestored(media_id=media_id, restored_by=person.name, generation=state.generation)

        await self._change(media_id, person, restored, or_trashed=True)
        return await self._seen(media_id, person)

    async def _remove(
        self, media_id: UUID, person: Person, removal: Callable[[int], Event], *, or_trashed: bool = False
    ) -> None:
        """Publish what removes the generation that is current now, and no newer one."""
        seen: set[int | None] = set()

        async def removed(state: MediumState) -> Event | None:
            seen.add(state.generation)
            if state.generation is None or len(seen) > 1:
                raise ReplacedFirstError(media_id)
            return removal(state.generation)

        await self._change(media_id, person, removed, or_trashed=or_trashed)

    async def _change(self, media_id: UUID, person: Person, decide: "_Decision", *, or_trashed: bool = False) -> None:
        """Publish what is decided on the medium's state; where another fact comes first, decide anew."""
        while True:
            state = await existing(media_id, person, self.media, self.outbox, or_trashed=or_trashed)
            event = await decide(state)
            if event is None:
                return
            # The same change by two persons at once is one change.
            fact = [value for name, value in event if not name.endswith("_by")]
            identity = event_id(event.type, media_id, state.last_sequence, *fact)
            with contextlib.suppress(OutdatedError):
                await self.publisher.publish(
                    event, identity, after=state.last_sequence, deadline_seconds=self.publish_deadline_seconds
                )
                return

    async def _seen(self, media_id: UUID, person: Person) -> Medium:
        state = await existing(media_id, person, self.media, self.outbox)
        if state.upload is None:
            raise UnknownMediumError(media_id)
        return Medium(media_id, state.upload.filename, await self.media.labels(media_id), state.owner)


_Decision = Callable[[MediumState], Awaitable[Event | None]]
