"""What the programme allows, free of any server: zones, lists that keep their items' ids, and etags of lists."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any
from uuid import UUID
from zoneinfo import available_timezones

from infoscreen.common.errors import PreconditionError

_NO_PLACES = ("posix/", "right/", "posixrules", "localtime", "Factory")


@cache
def time_zones() -> frozenset[str]:
    """The names of the zones that this machine knows: those of the IANA database that name a place or an offset."""
    return frozenset(name for name in available_timezones() if not name.startswith(_NO_PLACES))


def etag_of(document: Sequence[Mapping[str, Any]]) -> str:
    """Return an etag that changes with the content of a list."""
    return hashlib.sha256(json.dumps(document, sort_keys=True, default=str).encode()).hexdigest()[:32]


def check_etag(known: Sequence[str] | None, current: str) -> None:
    """Refuse a change that was made to an older state of a list.

    Args:
        known: the etags of ``If-Match``; None where the client asks for no check.
        current: the list's etag now.

    Raises:
        PreconditionError: the list changed since.
    """
    if known is not None and "*" not in known and current not in known:
        raise PreconditionError("The list was changed in the meantime. Read it again and repeat your change.")


def kept_ids(before: Sequence[tuple[UUID, UUID]], after: Sequence[UUID]) -> list[UUID | None]:
    """Return for each medium of the new list the id of an item that showed it before; None for one that is new.

    A screen that shows an item goes on with it when the list is saved around it.

    Args:
        before: (item id, medium) in order.
        after: the media of the new list, in order.
    """
    free: dict[UUID, list[UUID]] = defaultdict(list)
    for item_id, media_id in before:
        free[media_id].append(item_id)
    return [free[media_id].pop(0) if free[media_id] else None for media_id in after]
