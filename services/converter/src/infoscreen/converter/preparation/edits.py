"""Deletions from a stream of bytes: found in one pass, applied in a second, so that memory stays small."""

from array import array
from collections.abc import Iterable, Iterator

_MOST = 1_000_000  # 16 MB of positions; the largest spreadsheets seen have a tenth of it in formulas


class TooManyEditsError(Exception):
    """The document refers outside itself more often than the copy's maker keeps count of."""


class Edits:
    """Spans to delete, as offsets of the unchanged stream, added in any order; spans may overlap."""

    def __init__(self) -> None:
        self._starts, self._ends = array("q"), array("q")

    def __len__(self) -> int:
        return len(self._starts)

    def __iter__(self) -> Iterator[tuple[int, int]]:
        """The spans, as they were added."""
        return zip(self._starts, self._ends, strict=True)

    def delete(self, start: int, end: int) -> None:
        """Leave out the bytes from `start` up to `end`; raises TooManyEditsError."""
        if len(self) >= _MOST:
            raise TooManyEditsError(f"more than {_MOST} references lead outside the document")
        if end > start:
            self._starts.append(start)
            self._ends.append(end)

    def extend(self, others: "Edits") -> None:
        """Delete those spans too."""
        for start, end in others:
            self.delete(start, end)

    def applied(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        """The stream without the deleted spans."""
        spans = iter(sorted(self))
        start, end = next(spans, (-1, -1))
        at = 0  # offset of what comes next
        for chunk in chunks:
            kept, done = [], 0
            while end >= 0 and start < at + len(chunk):
                kept.append(chunk[done : max(start - at, done)])
                done = max(done, min(end - at, len(chunk)))
                if end > at + len(chunk):
                    break
                start, end = next(spans, (-1, -1))
            kept.append(chunk[done:])
            at += len(chunk)
            yield b"".join(kept)
