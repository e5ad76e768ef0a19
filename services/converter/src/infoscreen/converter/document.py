"""The interface that every engine implements.

The use case knows only `DocumentConverter`; the engines promise it the same outcomes for the same documents, which
one conformance suite checks on each of them.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from infoscreen.common.conversion_options import ConversionOptions
from infoscreen.common.document_types import DocumentType
from infoscreen.common.errors import InfoscreenError


class EngineUnavailableError(InfoscreenError):
    """The engine cannot work on this machine until a person mends it; the message says how."""


def _stopwatch() -> Callable[[], float]:
    began = time.monotonic()
    return lambda: time.monotonic() - began


@dataclass
class Progress:
    """How far a conversion is: its engine writes it, and what waits for the conversion reads it.

    Attributes:
        pages: how many pages the PDF will have, once the engine knows.
        pages_done: how many of them are written.
    """

    pages: int | None = None
    pages_done: int = 0
    _clock: Callable[[], float] = field(default_factory=_stopwatch)
    _first_pages: tuple[float, int] | None = None  # when pages were first told of, and how many were done

    def begin(self, clock: Callable[[], float]) -> None:
        """The engine begins, and has a clock of its own; without one every second counts from the first."""
        self._clock, self._first_pages = clock, None

    @property
    def worked_seconds(self) -> float:
        """How long the engine could have run for this conversion: what tells slow from quick."""
        return self._clock()

    def note_pages(self, done: int, of: int) -> None:
        """The engine has written this many pages."""
        self._first_pages = self._first_pages or (time.monotonic(), done)
        self.pages, self.pages_done = of, done

    @property
    def remaining_seconds(self) -> float | None:
        """What the pages that are not written will take, by those that are; None before there are some."""
        began, before = self._first_pages or (0.0, self.pages_done)
        if not self.pages or self.pages_done <= before:
            return None
        return (time.monotonic() - began) / (self.pages_done - before) * max(0, self.pages - self.pages_done)


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
        *,
        progress: Progress | None = None,
    ) -> None:
        """Write a PDF of `source` to `destination`, or raise and leave nothing there; says in `progress` how far it is.

        Cancelling it ends the work at once, even when that takes killing the engine.

        Raises:
            PermanentError: the document's trouble.
            TransientError: the engine's trouble; the document is not to blame.
        """

    async def check(self) -> str | None:
        """What is wrong with the engine; None when it can convert."""

    async def close(self) -> None:
        """End every conversion and leave no process and no temporary file behind."""
