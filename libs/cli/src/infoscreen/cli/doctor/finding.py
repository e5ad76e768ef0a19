"""The doctor's findings: one per check, each assigned to a hop of the deck's path."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum, StrEnum


class Hop(IntEnum):
    """The hops of a deck's path, in their order, and who tells people of trouble on it."""

    EDGE = 1
    INGEST = 2
    S3 = 3
    NATS = 4
    CONVERTER = 5
    CATALOG = 6
    GATEWAY = 7
    DOWNLOAD = 8
    NOTIFIER = 9

    def __str__(self) -> str:
        """The hop's name in the output and the documents."""
        return {Hop.S3: "S3", Hop.NATS: "NATS"}.get(self, self.name.lower())


class Verdict(StrEnum):
    """The result of a check."""

    FINE = "ok"
    WARNING = "warning"
    BROKEN = "BROKEN"


@dataclass(frozen=True)
class Finding:
    """The result of one check.

    Attributes:
        hop: the hop that was checked. what: the part of it. seen: what the check saw.
        remedy: what the operator does about it; empty if the verdict is fine.
    """

    hop: Hop
    what: str
    verdict: Verdict
    seen: str
    remedy: str = ""


class BrokenHopError(Exception):
    """A hop did not pass the deck on."""

    def __init__(self, hop: Hop, seen: str, remedy: str) -> None:
        super().__init__(seen)
        self.finding = Finding(hop, "the deck", Verdict.BROKEN, seen, remedy)


def first_broken(findings: Iterable[Finding]) -> Finding | None:
    """The first broken finding along the path: later ones may only be its consequences.

    Within one hop, the finding that was made first: server checks run before the deck is sent and explain its failure.
    """
    broken = [finding for finding in findings if finding.verdict is Verdict.BROKEN]
    return min(broken, key=lambda finding: finding.hop, default=None)
