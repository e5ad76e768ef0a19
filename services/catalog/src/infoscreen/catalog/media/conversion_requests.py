"""Decides which request a conversion needs when a PDF is to be ensured.

A ready conversion needs none, a failed one a retry, and a pending one may move to a faster lane.
"""

from dataclasses import dataclass
from uuid import UUID

from infoscreen.catalog.conversion_status import ConversionStatus
from infoscreen.common.conversion_options import ConversionOptions
from infoscreen.common.events import ConversionRequested, Priority, RequestReason, event_id
from infoscreen.common.rendition import PDF_TARGET

_LANES_FASTEST_FIRST = list(Priority)


@dataclass(frozen=True)
class CurrentConversion:
    """The facts about a medium's conversion that the decision depends on."""

    media_id: UUID
    generation: int
    status: ConversionStatus
    priority: Priority
    requested_sequence: int
    profile: str
    target_format: str = PDF_TARGET


def request_for(
    conversion: CurrentConversion, wanted: Priority | None, options: ConversionOptions | None = None
) -> tuple[ConversionRequested, UUID] | None:
    """Return the request that a conversion needs, with its event id; None where it needs none.

    Options that differ from the conversion's own start it over in any state. The event id names the request that this
    one follows, so that two equal requests are one event.
    """
    priority = wanted or conversion.priority
    profile = options.key if options else conversion.profile
    if profile != conversion.profile:
        reason = RequestReason.ENSURE
    elif conversion.status is ConversionStatus.FAILED:
        reason = RequestReason.RETRY
    elif conversion.status is ConversionStatus.PENDING and _LANES_FASTEST_FIRST.index(
        priority
    ) < _LANES_FASTEST_FIRST.index(conversion.priority):
        reason = RequestReason.PRIORITY
    else:
        return None
    event = ConversionRequested(
        media_id=conversion.media_id,
        generation=conversion.generation,
        target_format=conversion.target_format,
        priority=priority,
        reason=reason,
        profile=profile,
    )
    fact: tuple[object, ...] = (conversion.generation, conversion.requested_sequence, reason, priority)
    if reason is RequestReason.ENSURE:
        fact = (*fact, profile)
    return event, event_id(event.type, event.media_id, *fact)
