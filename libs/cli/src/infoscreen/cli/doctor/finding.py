"""What the doctor says: one finding per thing it looked at, each belonging to a hop on a deck's way."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum, StrEnum


class Hop(IntEnum):
    """The stations of a deck, in their order."""

    EDGE = 1
    INGEST = 2
    S3 = 3
    NATS = 4
    CONVERTER = 5
    CATALOG = 6
    GATEWAY = 7
    DOWNLOAD = 8

    def __str__(self) -> str:
        """As the output and the documents call it."""
        return {Hop.S3: "S3", Hop.NATS: "NATS"}.get(self, self.name.lower())


class Verdict(StrEnum):
    """How bad it is."""

    FINE = "ok"
    WARNING = "warning"
    BROKEN = "BROKEN"


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at.

    Attributes:
        hop: where on the way. what: the thing. seen: what it is like.
        mend: what to do about it; empty where it is fine.
    """

    hop: Hop
    what: str
    verdict: Verdict
    seen: str
    mend: str = ""


class BrokenHopError(Exception):
    """The deck gets no further."""

    def __init__(self, hop: Hop, seen: str, mend: str) -> None:
        super().__init__(seen)
        self.finding = Finding(hop, "the deck", Verdict.BROKEN, seen, mend)


def first_broken(findings: Iterable[Finding]) -> Finding | None:
    """The broken finding that is nearest to the beginning of the way: what comes after it may only suffer from it.

    Of one hop the one found first: servers are looked at before the deck is sent, so they explain what happens to it.
    """
    broken = [finding for finding in findings if finding.verdict is Verdict.BROKEN]
    return min(broken, key=lambda finding: finding.hop, default=None)
