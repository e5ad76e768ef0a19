"""The request to convert again what a row of ``conversions`` says, with the same options and in the same lane."""

from infoscreen.catalog.models import Conversion
from infoscreen.common.events import ConversionRequested, Priority, RequestReason

PUBLISH_SECONDS = 5.0
"""How long a maintenance task waits until an event is stored; its next run publishes the same event again."""


def repeated_request(conversion: Conversion, reason: RequestReason) -> ConversionRequested:
    """Return the request that starts a conversion over."""
    return ConversionRequested(
        media_id=conversion.source_file_id,
        generation=conversion.generation,
        target_format=conversion.target_format,
        priority=Priority(conversion.priority),
        reason=reason,
        profile=conversion.profile,
    )
