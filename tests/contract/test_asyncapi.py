"""The committed AsyncAPI document says what the code does."""

import json
import re
from pathlib import Path

import jsonschema_rs
import pytest

from infoscreen.common.events import EVENT_TYPES, Priority
from infoscreen.common.events.asyncapi import document
from infoscreen.common.messaging import topology

COMMITTED = Path(__file__).parents[2] / "docs" / "asyncapi.json"
DOCUMENT = json.loads(COMMITTED.read_text())
MESSAGES = DOCUMENT["components"]["messages"]

each_message = pytest.mark.parametrize("name", MESSAGES)


def references(node):
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        for value in node.values():
            yield from references(value)
    elif isinstance(node, list):
        for value in node:
            yield from references(value)


def resolved(reference):
    node = DOCUMENT
    for step in reference.removeprefix("#/").split("/"):
        node = node[step]
    return node


def test_the_committed_document_is_up_to_date():
    assert COMMITTED.read_text() == document(), "run: python -m infoscreen.common.events.asyncapi > docs/asyncapi.json"


def test_every_reference_leads_somewhere():
    for reference in references(DOCUMENT):
        assert resolved(reference)


def test_every_event_is_described_with_who_sends_and_who_receives_it():
    assert {message["name"] for message in MESSAGES.values()} == set(EVENT_TYPES)
    for model in EVENT_TYPES.values():
        roles = {
            (operation["action"], key.split(".")[0])
            for key, operation in DOCUMENT["operations"].items()
            if operation["messages"][0]["$ref"].endswith(f"/{model.__name__}")
        }
        expected = {("send", name) for name in model.producers} | {("receive", name) for name in model.consumers}
        assert roles == expected


@each_message
def test_the_examples_are_valid_by_the_document_itself(name):
    message = MESSAGES[name]
    payload = {**message["payload"], "components": DOCUMENT["components"]}
    assert message["examples"]
    for example in message["examples"]:
        jsonschema_rs.validate(payload, example["payload"])
        jsonschema_rs.validate(message["headers"], example["headers"])


@each_message
def test_an_invalid_payload_is_invalid_by_the_document_too(name):
    message = MESSAGES[name]
    payload = {**message["payload"], "components": DOCUMENT["components"]}
    with pytest.raises(jsonschema_rs.ValidationError):
        jsonschema_rs.validate(payload, {})


def test_the_channels_are_the_subjects_that_are_published_on():
    """Every committed message's subject fits exactly one channel."""
    patterns = [
        "^" + re.sub(r"\\{\w+\\}", "[^.]+", re.escape(channel["address"])) + "$"
        for channel in DOCUMENT["channels"].values()
    ]
    examples = Path(topology.__file__).parents[1] / "events" / "examples"
    for path in examples.glob("*/v*/*.json"):
        subject = json.loads(path.read_text())["subject"]
        assert sum(bool(re.match(pattern, subject)) for pattern in patterns) == 1


def test_the_lanes_beside_the_normal_one_are_named():
    parameter = DOCUMENT["channels"]["conversion_requested_media_id_priority"]["parameters"]["priority"]
    assert {*parameter["enum"], Priority.NORMAL} == set(Priority)
