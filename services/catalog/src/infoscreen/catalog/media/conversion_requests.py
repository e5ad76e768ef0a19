"""Decides which request a conversion needs when a PDF is to be ensured.

A ready conversion needs none, a failed one a retry, and a pending one may move to a faster lane.
"""

from dataclasses import dataclass
from uuid import UUID

from infoscreen.catalog.conversion_status import ConversionStatus
from infoscreen.common.conversion_options import ConversionOptions
from infoscreen.common.errors import InvalidError
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
    shown_profile: str | None = None
    pages: int | None = None

    @property
    def pages_of_document(self) -> int | None:
        """How many pages the document has; None until it was converted as a whole."""
        if self.shown_profile is None or ConversionOptions.from_key(self.shown_profile).page_range is not None:
            return None
        return self.pages


def request_for(
    conversion: CurrentConversion, wanted: Priority | None, options: ConversionOptions | None = None
) -> tuple[ConversionRequested, UUID] | None:
    """Return the request that a conversion needs, with its event id; None where it needs none.

    Options that differ from the conversion's own start it over in any state. The event id names the request that this
    one follows, so that two equal requests are one event.

    Raises:
        InvalidError: the options name pages that the document does not have.
    """
    _require_pages(conversion.pages_of_document, options)
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


def _require_pages(count: int | None, options: ConversionOptions | None) -> None:
    if count is None or options is None or options.last_page is None or options.last_page <= count:
        return
    has = "1 page" if count == 1 else f"{count} pages"
    raise InvalidError(f"The document has {has}, so there is no page {options.last_page}. Ask for pages up to {count}.")
