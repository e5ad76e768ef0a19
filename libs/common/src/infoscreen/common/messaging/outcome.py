"""A delivery and its outcomes, without any type of the NATS client, so that use cases can return them."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Delivery:
    """One delivery of one message, without any type of the NATS client."""

    subject: str
    headers: Mapping[str, str]
    data: bytes
    sequence: int
    count: int
    durable: str


@dataclass(frozen=True)
class Acknowledge:
    """The message is done: acknowledge it."""


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
    """The lease was lost, and another slot has the message: neither acknowledge nor refuse it."""


Outcome = Acknowledge | Retry | Terminate | Abandon
