"""Ensuring a PDF: what there is stays, what failed is asked for again, what waits can take a faster lane."""

from dataclasses import dataclass
from uuid import UUID

from infoscreen.catalog.conversion_status import ConversionStatus
from infoscreen.common.conversion_options import ConversionOptions
from infoscreen.common.events import ConversionRequested, Priority, RequestReason, event_id

_LANES = list(Priority)


@dataclass(frozen=True)
class Waiting:
    """What deciding about a conversion needs to know of it."""

    media_id: UUID
    generation: int
    status: ConversionStatus
    priority: Priority
    requested_sequence: int
    profile: str


def request_for(
    conversion: Waiting, wanted: Priority | None, options: ConversionOptions | None = None
) -> tuple[ConversionRequested, UUID] | None:
    """The request that a conversion needs, with its id; None where there is nothing to ask for.

    Other options than it has, if any are given, make it start over, whatever its state. The id names the request it
    follows, so that asking twice for the same is the same event.
    """
    priority = wanted or conversion.priority
    profile = options.key if options else conversion.profile
    if profile != conversion.profile:
        reason = RequestReason.ENSURE
    elif conversion.status is ConversionStatus.FAILED:
        reason = RequestReason.RETRY
    elif conversion.status is ConversionStatus.PENDING and _LANES.index(priority) < _LANES.index(conversion.priority):
        reason = RequestReason.PRIORITY
    else:
        return None
    event = ConversionRequested(
        media_id=conversion.media_id,
        generation=conversion.generation,
        priority=priority,
        reason=reason,
        profile=profile,
    )
    fact: tuple[object, ...] = (conversion.generation, conversion.requested_sequence, reason, priority)
    if reason is RequestReason.ENSURE:
        fact = (*fact, profile)
    return event, event_id(event.type, event.media_id, *fact)
