"""Ids that are derived from facts, so that a repeated publish is the same event and a repeated job the same row."""

import json
from uuid import UUID, uuid5

from uuid_utils import compat

_NAMESPACE = UUID("6f1f6d0e-6c1e-5d5b-9a3e-2f0a4c8f7d11")


def new_media_id() -> UUID:
    """A fresh media id: a UUIDv7, so that ids sort by upload time."""
    return compat.uuid7()


def conversion_id(media_id: UUID, target_format: str, file_hash: str) -> UUID:
    """The id of the one conversion of these bytes of this medium into this format."""
    return uuid5(_NAMESPACE, f"conversion/{media_id}/{target_format}/{file_hash}")


def event_id(event_type: str, media_id: UUID, *fact: object) -> UUID:
    """The id of the event that states ``fact`` about a medium: the same fact gives the same id.

    A projection counts an id once, for ever, so ``fact`` must hold everything that tells one occurrence from
    another (an upload id, the stream sequence of what triggered it).
    """
    return uuid5(_NAMESPACE, json.dumps([event_type, str(media_id), *map(str, fact)]))
