"""A delivery as a handler sees it, and what becomes of it: nothing of NATS, so that use cases can say it."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Delivery:
    """One delivery of one message, as a handler sees it."""

    subject: str
    headers: Mapping[str, str]
    data: bytes
    sequence: int
    count: int
    durable: str


@dataclass(frozen=True)
class Acknowledge:
    """The message is dealt with."""


@dataclass(frozen=True)
class Retry:
    """Deliver it again, after a delay."""

    delay_seconds: float


@dataclass(frozen=True)
class Terminate:
    """No consumer can handle it: store it among the dead letters, for an operator, and deliver it no more."""

    reason: str
    detail: str


@dataclass(frozen=True)
class Abandon:
    """The lease was lost: another slot has the message, so say nothing."""


Outcome = Acknowledge | Retry | Terminate | Abandon
