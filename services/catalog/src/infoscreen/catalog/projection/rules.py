"""The state machine of media and conversions: how each fact changes the rows, without a database.

`Projection` holds the rows that a batch of facts is about, and folds the facts into them one by one, in stream
order. A fact counts once (by its event id), only for the medium's current generation, and never moves a
conversion back: within one request the ranks of `_RANK` only rise, and only a new request starts over.
"""

import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from infoscreen.catalog.conversion_status import ConversionStatus
from infoscreen.catalog.projection.audit import audited, author_of, content_of
from infoscreen.catalog.projection.marks import MarkFact, mark
from infoscreen.catalog.projection.rows import (
    AuditedFact,
    ConversionRow,
    Fact,
    LoggedFact,
    MediaRow,
    RequestedConversion,
)
from infoscreen.common.events import (
    ConversionEvent,
    ConversionFailed,
    ConversionProgressed,
    ConversionRequested,
    ConversionStarted,
    ConversionSucceeded,
    Event,
    MediaDeleted,
    MediaOwned,
    MediaRenamed,
    MediaRestored,
    MediaTagged,
    MediaTrashed,
    MediaUploaded,
    Priority,
    RequestReason,
    conversion_id,
)

NOT_NEEDED = "not_needed"
DELETED = "deleted"

_PENDING, _PROCESSING = ConversionStatus.PENDING, ConversionStatus.PROCESSING
_FAILED, _READY, _OBSOLETE = ConversionStatus.FAILED, ConversionStatus.READY, ConversionStatus.OBSOLETE

# A verified PDF outranks a failure: of two workers on one job, the late one may still bring the result.
_RANK = {_PENDING: 0, _PROCESSING: 1, _FAILED: 2, _READY: 3, _OBSOLETE: 4}

# Which requests start a conversion over that is under way or done; any request does so for one that failed.
_RESTARTS = {
    _PROCESSING: {RequestReason.OVERDUE, RequestReason.HANDED_BACK},
    _READY: {RequestReason.RENDITION_MISSING},
}
_LANES_FASTEST_FIRST = [Priority.URGENT, Priority.NORMAL, Priority.BULK]


@dataclass
class Projection:
    """The rows that a batch affects, changed by the facts folded in so far."""

    media: dict[UUID, MediaRow] = field(default_factory=dict)
    conversions: dict[UUID, dict[tuple[str, str], ConversionRow]] = field(default_factory=lambda: defaultdict(dict))
    known_event_ids: set[str] = field(default_factory=set)
    log: list[LoggedFact] = field(default_factory=list)
    audit: list[AuditedFact] = field(default_factory=list)
    changed: set[UUID] = field(default_factory=set)

    @classmethod
    def of(
        cls, media: Iterable[MediaRow], conversions: Iterable[ConversionRow], known_event_ids: Iterable[str]
    ) -> "Projection":
        """A projection over the stored rows of a batch's media."""
        projection = cls({row.id: row for row in media}, known_event_ids=set(known_event_ids))
        for row in conversions:
            projection.conversions[row.source_file_id][row.target_format, row.file_hash] = row
        return projection

    def apply(self, fact: Fact) -> None:
        """Fold one fact in. A fact that is known already, or whose medium was never uploaded, changes nothing."""
        event = fact.event
        actor = author_of(event) if fact.event_id not in self.known_event_ids else None
        before = content_of(self.media.get(event.media_id)) if actor else None
        status = self._status_after(fact)
        if actor and status is not None:
            self.audit.append(audited(fact, actor, before, content_of(self.media[event.media_id])))
        if status is not None:
            self.changed.add(event.media_id)
            status = status if self.media[event.media_id].trashed_at is None else DELETED
        if event.media_id in self.media and _has_history(event) and fact.event_id not in self.known_event_ids:
            self.known_event_ids.add(fact.event_id)
            self.log.append(_logged(fact, self.media[event.media_id].generation, status))

    def _status_after(self, fact: Fact) -> str | None:
        """Apply a fact to its rows; return the status of its medium, or None where it changes nothing."""
        status = None
        match fact.event:
            case MediaUploaded() as event if self._is_current_upload(event):
                status = self._renumbered(fact, event)
            case _ if fact.event_id in self.known_event_ids:
                pass
            case MediaUploaded() as event:
                status = self._recorded_obsolete(fact, event) if event.obsolete else self._uploaded(fact, event)
            case MediaDeleted() as event:
                status = self._deleted(fact, event)
            case MediaTrashed() | MediaRestored() | MediaRenamed() | MediaTagged() | MediaOwned() as event:
                status = self._marked(fact, event)
            case ConversionRequested() as event:
                status = self._requested(fact, event)
            case ConversionEvent() as event:
                status = self._converted(fact, event)
        return status

    def _uploaded(self, fact: Fact, event: MediaUploaded) -> str | None:
        """Start a new generation: retire the conversions of other bytes, and request one of these bytes."""
        known = self.media.get(event.media_id)
        created_at = known.created_at if known else fact.at
        media = self.media[event.media_id] = _media_row(fact, event, created_at)
        if known and known.deleted_at is None:
            media.title, media.tags, media.owner = known.title, known.tags, event.owner or known.owner
        for conversion in self.conversions[media.id].values():
            if conversion.file_hash != media.sha256 and conversion.status is not _OBSOLETE:
                conversion.retire(fact.at)
        if event.target_format is None:
            return NOT_NEEDED
        self._request(
            media, fact, RequestedConversion(event.target_format, event.lane.value), anew=True
        ).forget_rendition()
        return _PENDING

    def _recorded_obsolete(self, fact: Fact, event: MediaUploaded) -> str | None:
        """Record a replacement that arrived after its medium was deleted; it changes nothing that is shown."""
        if event.media_id not in self.media:
            self.media[event.media_id] = _media_row(fact, event, fact.at)
            self.media[event.media_id].deleted_at = fact.at
        media = self.media[event.media_id]
        if media.deleted_at is None and media.trashed_at is None:
            return None
        target_format = event.target_format
        if target_format and (target_format, event.sha256) not in self.conversions[media.id]:
            request = RequestedConversion(target_format, Priority.known(event.priority).value)
            self._conversion(media, event.sha256, fact, request).retire(fact.at)
        return DELETED

    def _is_current_upload(self, event: MediaUploaded) -> bool:
        media = self.media.get(event.media_id)
        return media is not None and media.object_key == event.object_key

    def _renumbered(self, fact: Fact, event: MediaUploaded) -> str | None:
        """Renumber an upload that the stream holds twice: the results of converters name the later copy."""
        media = self.media[event.media_id]
        if media.deleted_at is not None or fact.sequence <= media.generation:
            return None
        media.generation = fact.sequence
        status = None
        for conversion in self.conversions[media.id].values():
            if conversion.status is not _OBSOLETE:
                conversion.generation = fact.sequence
                status = shown_status(conversion.status, convertible=media.convertible)
        return status or NOT_NEEDED

    def _deleted(self, fact: Fact, event: MediaDeleted) -> str | None:
        media = self.media.get(event.media_id)
        if media is None or media.deleted_at is not None or not event.ends(media.generation):
            return None
        media.deleted_at = fact.at
        for conversion in self.conversions[media.id].values():
            if conversion.status is not _OBSOLETE:
                conversion.retire(fact.at)
        return DELETED

    def _marked(self, fact: Fact, event: MarkFact) -> str | None:
        media = self.media.get(event.media_id)
        if media is None or media.deleted_at is not None or not mark(media, fact.at, event):
            return None
        current = (row for row in self.conversions[media.id].values() if row.file_hash == media.sha256)
        shown = next((row for row in current if row.status is not _OBSOLETE), None)
        return shown_status(shown.status, convertible=media.convertible) if shown else NOT_NEEDED

    def _requested(self, fact: Fact, event: ConversionRequested) -> str | None:
        media = self._current(event.media_id, event.generation)
        conversion = self.conversions[event.media_id].get((event.target_format, media.sha256)) if media else None
        if media is None or (conversion is None and not media.convertible):
            return None
        request = RequestedConversion(event.target_format, event.lane.value, event.profile)
        other_options = conversion is not None and event.profile != conversion.profile
        if conversion is None or (other_options and event.reason is RequestReason.ENSURE):
            self._request(media, fact, request, anew=True)
            return _PENDING
        if other_options:
            return None  # about options that a later request has replaced
        if conversion.status is _PENDING:
            return _requested_again(conversion, fact, event)
        if event.reason not in _RESTARTS.get(conversion.status, {event.reason}):
            return None
        under_way = conversion.status is _PROCESSING
        overdue = conversion.overdue_requests + (event.reason is RequestReason.OVERDUE)
        self._request(media, fact, request, anew=not under_way)
        if event.reason is RequestReason.RENDITION_MISSING:
            conversion.forget_rendition()
        conversion.overdue_requests = overdue if under_way else 0
        return _PENDING

    def _request(self, media: MediaRow, fact: Fact, request: RequestedConversion, *, anew: bool) -> ConversionRow:
        conversion = self._conversion(media, media.sha256, fact, request)
        conversion.request(fact, media.generation, request.priority, request.profile)
        if anew:
            conversion.attempts = conversion.overdue_requests = 0
        return conversion

    def _conversion(self, media: MediaRow, file_hash: str, fact: Fact, request: RequestedConversion) -> ConversionRow:
        """Return the conversion of these bytes of a medium, and create it where there is none."""
        conversion = self.conversions[media.id].get((request.target_format, file_hash))
        if conversion is None:
            conversion = self.conversions[media.id][request.target_format, file_hash] = ConversionRow(
                id=conversion_id(media.id, request.target_format, file_hash),
                source_file_id=media.id,
                target_format=request.target_format,
                file_hash=file_hash,
                status=_PENDING,
                generation=media.generation,
                priority=request.priority,
                requested_sequence=fact.sequence,
                created_at=fact.at,
                requested_at=fact.at,
            )
        return conversion

    def _converted(self, fact: Fact, event: ConversionEvent) -> str | None:
        media = self._current(event.media_id, event.generation)
        conversion = self.conversions[event.media_id].get((event.target_format, event.file_hash))
        if media is None or conversion is None or event.file_hash != media.sha256:
            return None
        if event.profile != conversion.profile:
            return None  # made with options that a later request has replaced
        match event:
            case ConversionStarted() if _RANK[conversion.status] <= _RANK[_PROCESSING]:
                conversion.status, conversion.started_at = _PROCESSING, fact.at
                conversion.forget_progress()
            case ConversionProgressed() if conversion.status is _PROCESSING:
                conversion.progressed_at, conversion.remaining_seconds = fact.at, event.remaining_seconds
                conversion.pages_expected, conversion.pages_done = event.pages, event.pages_done
            case ConversionFailed() if _RANK[conversion.status] < _RANK[_FAILED]:
                conversion.status, conversion.finished_at = _FAILED, fact.at
                conversion.reason, conversion.message = event.reason, event.message
                conversion.retryable, conversion.attempts = event.retryable, max(conversion.attempts, event.attempts)
            case ConversionSucceeded() if _RANK[conversion.status] < _RANK[_READY]:
                _succeed(conversion, fact, event)
            case _:
                return None
        if conversion.status is not _PROCESSING:
            conversion.forget_progress()
        conversion.attempts = max(conversion.attempts, event.attempt)
        conversion.worker, conversion.engine = event.worker, event.engine
        return shown_status(conversion.status, convertible=media.convertible)

    def _current(self, media_id: UUID, generation: int) -> MediaRow | None:
        """Return the medium if this is its current generation and it is not deleted."""
        media = self.media.get(media_id)
        exists = media is not None and media.deleted_at is None and media.generation == generation
        return media if exists else None


def shown_status(status: ConversionStatus, *, convertible: bool) -> str:
    """Return the status of a medium by its conversion's: an original that was looked at and is sound needs none."""
    return status.value if convertible or status is not _READY else NOT_NEEDED


def _has_history(event: Event) -> bool:
    """False for what the next event of its kind replaces."""
    return not isinstance(event, ConversionProgressed)


def _media_row(fact: Fact, event: MediaUploaded, created_at: datetime) -> MediaRow:
    return MediaRow(
        id=event.media_id,
        filename=event.filename,
        media_type=event.media_type,
        extension=event.extension,
        size_bytes=event.size_bytes,
        sha256=event.sha256,
        object_key=event.object_key,
        uploaded_by=event.uploaded_by,
        priority=Priority.known(event.priority).value,
        convertible=event.convertible,
        generation=fact.sequence,
        created_at=created_at,
        uploaded_at=fact.at,
        owner=event.owner,
    )


def _requested_again(conversion: ConversionRow, fact: Fact, event: ConversionRequested) -> str | None:
    """Move a pending conversion to a faster lane, or to where it was handed on; or count that its request was lost.

    Its request is then this one, so that its lane is known to have delivered it or not.
    """
    faster = _LANES_FASTEST_FIRST.index(event.lane) < _LANES_FASTEST_FIRST.index(Priority(conversion.priority))
    if faster or event.reason is RequestReason.HANDED_BACK:
        conversion.priority = event.lane.value
    elif event.reason is RequestReason.OVERDUE:
        conversion.overdue_requests += 1
    elif event.reason is not RequestReason.PRIORITY or event.lane.value != conversion.priority:
        return None
    conversion.requested_sequence = fact.sequence
    if event.reason is RequestReason.OVERDUE:
        conversion.requested_at = fact.at
    return _PENDING


def _succeed(conversion: ConversionRow, fact: Fact, event: ConversionSucceeded) -> None:
    conversion.status, conversion.finished_at = _READY, fact.at
    conversion.reason = conversion.message = conversion.retryable = None
    conversion.pdf_key, conversion.pdf_sha256 = event.pdf_key, event.pdf_sha256
    conversion.pdf_size_bytes, conversion.pages = event.pdf_size_bytes, event.pages
    conversion.thumbnail_key, conversion.cached = event.thumbnail_key, event.cached
    conversion.duration_seconds, conversion.length_seconds = event.duration_seconds, event.length_seconds
    conversion.report_key, conversion.shown_profile = event.report_key, event.profile
    conversion.findings = sum(event.finding_counts.values()) if event.report_key else None
    conversion.page_seconds = json.dumps(event.page_seconds) if event.page_seconds else None


def _logged(fact: Fact, generation: int, status: str | None) -> LoggedFact:
    event = fact.event
    attempt = worker = reason = message = None
    if isinstance(event, ConversionEvent):
        generation, attempt, worker = event.generation, event.attempt, event.worker
    if isinstance(event, ConversionRequested):
        generation, reason = event.generation, str(event.reason)
    if isinstance(event, ConversionFailed):
        reason, message = str(event.reason), event.message
    return LoggedFact(
        sequence=fact.sequence,
        event_id=fact.event_id,
        event_type=event.type,
        media_id=event.media_id,
        generation=generation,
        status=status,
        occurred_at=fact.at,
        attempt=attempt,
        worker=worker,
        reason=reason,
        message=message,
    )
