"""The interface that every engine implements.

The use case knows only `DocumentConverter`; the engines promise it the same outcomes for the same documents, which
one conformance suite checks on each of them.
"""

from pathlib import Path
from typing import Protocol

from infoscreen.common.conversion_options import ConversionOptions
from infoscreen.common.document_types import DocumentType
from infoscreen.common.errors import InfoscreenError


class EngineUnavailableError(InfoscreenError):
    """The engine cannot work on this machine until a person mends it; the message says how."""


class DocumentConverter(Protocol):
    """Makes a PDF of a document, `slots` of them at a time.

    Attributes:
        name: of the engine, for events, logs and metrics.
        slots: how many conversions it does at a time.
        spares: how many more it can do while those are slow.
    """

    name: str
    slots: int
    spares: int

    async def start(self) -> None:
        """Get ready to convert at full speed.

        Raises:
            EngineUnavailableError: something is missing here that only a person can mend.
        """

    async def ready(self) -> None:
        """Return when a conversion could begin at once.

        Raises:
            TransientError: it does not come to that.
        """

    async def convert(
        self,
        source: Path,
        destination: Path,
        document_type: DocumentType,
        options: ConversionOptions,
        deadline_seconds: float,
    ) -> None:
        """Write a PDF of `source` to `destination`, or raise and leave nothing there.

        Cancelling it ends the work at once, even when that takes killing the engine.

        Raises:
            PermanentError: the document's trouble.
            TransientError: the engine's trouble; the document is not to blame.
        """

    async def check(self) -> str | None:
        """What is wrong with the engine; None when it can convert."""

    async def close(self) -> None:
        """End every conversion and leave no process and no temporary file behind."""
