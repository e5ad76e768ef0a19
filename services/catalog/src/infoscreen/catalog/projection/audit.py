"""What people did to media, for the audit: the facts of the stream that have an author, and what each changed."""

import json
from operator import attrgetter
from uuid import NAMESPACE_URL, UUID, uuid5

from infoscreen.catalog.projection.rows import AuditedFact, Fact, MediaRow
from infoscreen.common.events import (
    Event,
    MediaDeleted,
    MediaOwned,
    MediaRenamed,
    MediaRestored,
    MediaTagged,
    MediaTrashed,
    MediaUploaded,
)

_AUTHORS = {
    MediaUploaded: attrgetter("uploaded_by"),
    MediaDeleted: attrgetter("deleted_by"),
    MediaTrashed: attrgetter("trashed_by"),
    MediaRestored: attrgetter("restored_by"),
    MediaRenamed: attrgetter("renamed_by"),
    MediaTagged: attrgetter("tagged_by"),
    MediaOwned: attrgetter("handed_over_by"),
}


def author_of(event: Event) -> str | None:
    """Return who made a fact about a medium; None for a fact about a conversion."""
    author = _AUTHORS.get(type(event))
    return author(event) if author else None


def content_of(media: MediaRow | None) -> str | None:
    """Return what an entry tells of a medium, as JSON; None where the medium is not there."""
    if media is None or media.deleted_at is not None:
        return None
    content = {
        "filename": media.filename,
        "title": media.title,
        "tags": json.loads(media.tags),
        "sha256": media.sha256,
        "owner": media.owner,
        "in_trash": media.trashed_at is not None,
    }
    return json.dumps(content, ensure_ascii=False)


def audited(fact: Fact, actor: str, before: str | None, after: str | None) -> AuditedFact:
    """Return the entry about a fact that changed its medium."""
    event = fact.event
    replaces = isinstance(event, MediaUploaded) and before is not None
    what = "media.replaced" if replaces else event.type
    return AuditedFact(_entry_id(fact.event_id), fact.at, actor, what, event.media_id, before, after)


def _entry_id(event_id: str) -> UUID:
    return uuid5(NAMESPACE_URL, f"infoscreen:audit:{event_id}")
