"""The events as an AsyncAPI 3.1 document, for people and tools outside: `python -m infoscreen.common.events.asyncapi`.

It is made from the models, the topology and the committed examples, and committed as docs/asyncapi.json; a test fails
when it drifts.
"""

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic.json_schema import models_json_schema

from infoscreen.common.events import subjects
from infoscreen.common.events.contracts import EVENT_TYPES, Priority, StreamEvent
from infoscreen.common.messaging import topology

_EXAMPLES = Path(__file__).parent / "examples"
_PARAMETERS = {
    "media_id": {"description": "The medium that the fact is about, a UUIDv7."},
    "player_id": {"description": "The screen's player that the fact is about."},
    "override_id": {"description": "The override that the fact is about."},
    "priority": {
        "description": "The lane of a request that is not of normal priority.",
        "enum": [priority.value for priority in Priority if priority is not Priority.NORMAL],
    },
}
_ATTRIBUTES = {
    "ce-specversion": {"const": "1.0"},
    "ce-id": {
        "format": "uuid",
        "description": "Derived from the fact; unique to each upload. Consumers count it once.",
    },
    "ce-source": {"format": "uri-reference", "description": "The service that states it."},
    "ce-type": {},
    "ce-time": {"format": "date-time"},
    "ce-subject": {"format": "uuid", "description": "The medium, the player or the override."},
    "ce-dataschema": {"format": "uri"},
    "ce-datacontenttype": {"const": "application/json"},
    "Nats-Msg-Id": {
        "description": "The event's id, or one made of the uploader and the Idempotency-Key. JetStream keeps one "
        "message of each for as long as its duplicate window."
    },
    "traceparent": {"description": "W3C trace context."},
}


def document() -> str:
    """The committed document."""
    models = list(EVENT_TYPES.values())
    channels = [(model, address) for model in models for address in subjects.addresses_of(model)]
    described = {
        "asyncapi": "3.1.0",
        "info": {
            "title": "Infoscreen events",
            "version": "1",
            "description": (
                f"The facts of the stream {topology.STREAM} on NATS JetStream: CloudEvents 1.0 in binary mode, "
                "attributes as percent-encoded headers. Fields are only ever added, with a default."
            ),
        },
        "defaultContentType": "application/json",
        "channels": {_channel_id(address): _channel(model, address) for model, address in channels},
        "operations": {key: value for model, address in channels for key, value in _operations(model, address)},
        "components": {
            "messages": {model.__name__: _message(model) for model in models},
            "schemas": _schemas(models),
        },
    }
    return json.dumps(described, indent=2, ensure_ascii=False) + "\n"


def _channel_id(address: str) -> str:
    return re.sub(r"\W+", "_", address).strip("_")


def _channel(model: type[StreamEvent], address: str) -> dict[str, Any]:
    return {
        "address": address,
        "messages": {model.__name__: {"$ref": f"#/components/messages/{model.__name__}"}},
        "parameters": {name: _PARAMETERS[name] for name in re.findall(r"{(\w+)}", address)},
    }


def _operations(model: type[StreamEvent], address: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """The services that publish on a channel, and those that listen."""
    channel = f"#/channels/{_channel_id(address)}"
    for action, services in (("send", model.producers), ("receive", model.consumers)):
        for service in services:
            operation = {
                "action": action,
                "title": f"{service} {action}s {address}",
                "channel": {"$ref": channel},
                "messages": [{"$ref": f"{channel}/messages/{model.__name__}"}],
            }
            yield f"{service}.{action}.{_channel_id(address)}", operation


def _message(model: type[StreamEvent]) -> dict[str, Any]:
    attributes = {name: {"type": "string", **schema} for name, schema in _ATTRIBUTES.items()}
    attributes["ce-type"]["const"] = model.type
    attributes["ce-dataschema"]["const"] = f"urn:infoscreen:{model.type}:v{model.version}"
    optional = {"traceparent"}
    return {
        "name": model.type,
        "title": model.__name__,
        "summary": model.__doc__,
        "headers": {"type": "object", "properties": attributes, "required": sorted(attributes.keys() - optional)},
        "payload": {"$ref": f"#/components/schemas/{model.__name__}"},
        "examples": [_example(path) for path in sorted((_EXAMPLES / model.type / f"v{model.version}").glob("*.json"))],
    }


def _example(path: Path) -> dict[str, Any]:
    message = json.loads(path.read_text())
    return {"name": path.stem, "headers": message["headers"], "payload": message["body"]}


def _schemas(models: list[type[StreamEvent]]) -> dict[str, Any]:
    _, definitions = models_json_schema(
        [(model, "serialization") for model in models], ref_template="#/components/schemas/{model}"
    )
    return dict(definitions["$defs"])


if __name__ == "__main__":
    sys.stdout.write(document())
