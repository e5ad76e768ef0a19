"""The subject of every event, and the lanes of conversion work: pure names, which ``messaging.topology`` declares."""

import re
from dataclasses import dataclass

from infoscreen.common.events.contracts import ConversionRequested, Event, Priority, ScreenEvent, StreamEvent


@dataclass(frozen=True)
class Lane:
    """A durable consumer of conversion work, with the subjects that feed it."""

    durable: str
    priority: Priority
    subjects: tuple[str, ...]


# Lanes in the order in which a free slot looks at them. Subjects of requests that are not normal end in their
# priority, for a consumer can filter by subject only.
LANES = (
    Lane("converter-urgent", Priority.URGENT, ("conversion.requested.*.urgent",)),
    Lane("converter", Priority.NORMAL, ("media.uploaded.*", "conversion.requested.*")),
    Lane("converter-bulk", Priority.BULK, ("conversion.requested.*.bulk",)),
)


# What people are told of. A notifier that is given the durable anew tells nothing old.
NOTICES = Lane(
    "notifier",
    Priority.NORMAL,
    (
        *("conversion.failed.*", "conversion.succeeded.*"),
        *("media.uploaded.*", "media.deleted.*", "media.trashed.*"),
        "screen.*.*",
    ),
)
DEATHS = Lane("notifier", Priority.NORMAL, ("dead.>",))


def subject_of(event: StreamEvent) -> str:
    """The subject an event is published on: its type, what it is about, and the lane of a request if not normal."""
    subject = f"{event.type}.{event.subject_id}"
    if isinstance(event, ConversionRequested) and event.lane is not Priority.NORMAL:
        return f"{subject}.{event.lane}"
    return subject


def addresses_of(model: type[StreamEvent]) -> list[str]:
    """The subjects that events of a type are published on, as templates for documents."""
    about = "media_id" if issubclass(model, Event) else "player_id" if issubclass(model, ScreenEvent) else "override_id"
    address = f"{model.type}.{{{about}}}"
    return [address, f"{address}.{{priority}}"] if model is ConversionRequested else [address]


def patterns_of(model: type[StreamEvent]) -> list[str]:
    """The subjects that events of a type are published on, as NATS matches them."""
    return [re.sub(r"\{\w+\}", "*", address) for address in addresses_of(model)]


def uploads_of(media_id: object) -> str:
    """The subject that holds every generation of a medium."""
    return f"media.uploaded.{media_id}"


def deletions_of(media_id: object) -> str:
    """The subject that says a medium was deleted."""
    return f"media.deleted.{media_id}"


def changes_of(media_id: object) -> str:
    """The subjects that hold every fact about a medium itself; its last sequence is what a conditional fact follows."""
    return f"media.*.{media_id}"


def facts_of(media_id: object) -> tuple[str, ...]:
    """Every subject of a medium, its uploads first: without one, no other fact about a medium has an effect."""
    return uploads_of(media_id), f"*.*.{media_id}", f"*.*.{media_id}.*"


def starts_of(media_id: object) -> str:
    """The subject that holds every attempt at a medium."""
    return f"conversion.started.{media_id}"


FACTS = ("media.>", "conversion.>", "screen.>")


def results_of(media_id: object) -> tuple[str, str]:
    """The subjects that hold every result of a medium."""
    return f"conversion.succeeded.{media_id}", f"conversion.failed.{media_id}"


MEDIA_CHANGES = ("media.uploaded.*", "media.deleted.*")
"""What ends a generation."""

SHOWN_CHANGES = (*MEDIA_CHANGES, "media.trashed.*", "media.restored.*")
"""What decides whether and what screens show of a medium."""


def states_of_screen(player_id: object) -> tuple[str, str]:
    """The subjects whose newest message tells whether a screen is known to be dark."""
    return f"screen.dark.{player_id}", f"screen.back.{player_id}"


def override_of(override_id: object) -> str:
    """The subject that says an override was put on screens."""
    return f"screen.overridden.{override_id}"
