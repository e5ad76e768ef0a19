"""The states of a conversion."""

from enum import StrEnum


class ConversionStatus(StrEnum):
    """Where a conversion stands. Within one request it only moves to the right."""

    PENDING = "pending"
    PROCESSING = "processing"
    FAILED = "failed"
    READY = "ready"
    OBSOLETE = "obsolete"
