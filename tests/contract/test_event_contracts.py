"""The committed examples are the contract: whatever was published in a version's form is still understood.

Each is a whole message (subject, headers, body) as it is in the stream. An example is never changed, only added.
"""

import json
from pathlib import Path

import pytest

from infoscreen.common import events
from infoscreen.common.events import EVENT_TYPES, Envelope, decode, subjects, to_body, to_headers
from infoscreen.common.messaging import topology

EXAMPLES = Path(events.__file__).parent / "examples"
FILES = sorted(EXAMPLES.glob("*/v*/*.json"))
SERVICES = {"ingest", "converter", "catalog", "player-gateway", "notifier"}

each_example = pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(EXAMPLES)))
each_event = pytest.mark.parametrize("model", EVENT_TYPES.values(), ids=EVENT_TYPES)


def load(path: Path) -> tuple[str, dict[str, str], dict[str, object]]:
    message = json.loads(path.read_text())
    return message["subject"], message["headers"], message["body"]


def as_bytes(body: dict[str, object]) -> bytes:
    return json.dumps(body).encode()


@each_example
def test_an_example_is_still_understood(path):
    _, headers, body = load(path)
    envelope = decode(headers, as_bytes(body))
    assert envelope.event.type == path.parent.parent.name
    assert f"v{envelope.event.version}" == path.parent.name
    published = json.loads(to_body(envelope.event))
    assert published == published | body  # what was stated then is stated now; fields that came since have a default


@each_example
def test_an_example_is_what_would_be_published_today(path):
    subject, headers, body = load(path)
    envelope = decode(headers, as_bytes(body))
    assert to_headers(envelope, headers["Nats-Msg-Id"]) == headers
    assert subjects.subject_of(envelope.event) == subject


@each_example
def test_a_field_that_this_version_does_not_know_is_ignored(path):
    _, headers, body = load(path)
    known = decode(headers, as_bytes(body))
    newer = decode(headers | {"ce-mood": "sunny"}, as_bytes(body | {"mood": {"sunny": True}}))
    assert newer == known


@each_example
def test_an_example_fits_a_message_with_room_to_grow(path):
    subject, headers, body = load(path)
    size = len(subject) + sum(len(name) + len(value) + 4 for name, value in headers.items()) + len(as_bytes(body))
    assert size < topology.MAX_MESSAGE_BYTES / 8


@each_event
def test_every_event_has_an_example_of_its_version(model):
    assert list((EXAMPLES / model.type / f"v{model.version}").glob("*.json"))


@each_event
def test_the_examples_show_every_field(model):
    bodies = [load(path)[2] for path in (EXAMPLES / model.type).glob("v*/*.json")]
    assert set().union(*bodies) == set(model.model_fields)


@each_event
def test_an_event_of_the_past_without_the_fields_added_since_is_understood(model):
    """Fields are only ever added with a default, so an event without them is as good."""
    for path in (EXAMPLES / model.type).glob("v*/*.json"):
        _, headers, body = load(path)
        required = {name: value for name, value in body.items() if model.model_fields[name].is_required()}
        assert isinstance(decode(headers, as_bytes(required)), Envelope)


@each_event
def test_an_event_names_the_services_that_publish_it_and_those_that_listen(model):
    assert model.producers
    assert model.consumers
    assert {*model.producers, *model.consumers} <= SERVICES


@each_event
def test_an_event_says_what_it_states(model):
    assert model.__doc__
    assert model.__doc__ != events.Event.__doc__


def test_no_example_is_of_an_event_that_is_gone():
    assert {path.parent.parent.name for path in FILES} == set(EVENT_TYPES)
