"""Who may do what on NATS: one user for each service, with just the subjects that it needs, and one for operators.

The table is the source of the server's configuration: `python -m infoscreen.common.messaging.permissions` prints
`deploy/nats/users.conf`, and `infoscreen up` includes the same text. What a user may publish follows from the events
that name it as their producer. Requests of JetStream's API are messages, too, so that the table also says which streams
a user may read, and that none but the catalog's may purge the log.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from infoscreen.common.events import EVENT_TYPES, subjects
from infoscreen.common.messaging import topology

OPERATOR = "operator"
"""The user of the deploy job and of the operator's commands, which make, save and restore the streams."""

_RENDITIONS, _ACCESS = f"KV_{topology.RENDITIONS}", f"KV_{topology.ACCESS}"
_ALL_ACCESS = f"$KV.{topology.ACCESS}.>"
_ALL_RENDITIONS = f"$KV.{topology.RENDITIONS}.>"
_PURGE_OF_THE_LOG = f"$JS.API.STREAM.PURGE.{topology.STREAM}"


@dataclass(frozen=True)
class Service:
    """What one service does on NATS beside publishing its events, asking about streams, and hearing its answers.

    Attributes:
        reads: streams that it reads, whole.
        hears: subjects that wake it up.
        works_on: durables that it takes messages from, each with its stream.
        writes: subjects of buckets that it puts entries under, and requests of JetStream's API that change a stream.
    """

    reads: Sequence[str] = ()
    hears: Sequence[str] = ()
    works_on: Sequence[tuple[str, subjects.Lane]] = ()
    writes: Sequence[str] = ()


SERVICES = {
    "accounts": Service(reads=(_ACCESS,), hears=(_ALL_ACCESS,), writes=(_ALL_ACCESS,)),
    "ingest": Service(reads=(topology.STREAM, _RENDITIONS, _ACCESS), hears=(_ALL_ACCESS,)),
    "catalog": Service(
        reads=(topology.STREAM, topology.DEAD_LETTERS, _RENDITIONS, _ACCESS),
        hears=(*subjects.FACTS, _ALL_ACCESS),
        writes=(_ALL_RENDITIONS, _PURGE_OF_THE_LOG, f"$JS.API.STREAM.MSG.DELETE.{topology.DEAD_LETTERS}"),
    ),
    "converter": Service(
        reads=(topology.STREAM, _RENDITIONS),
        hears=subjects.MEDIA_CHANGES,
        works_on=[(topology.STREAM, lane) for lane in subjects.LANES],
        writes=(_ALL_RENDITIONS,),
    ),
    "player-gateway": Service(reads=(topology.STREAM, _ACCESS), hears=(*subjects.SHOWN_CHANGES, _ALL_ACCESS)),
    "notifier": Service(
        reads=(topology.STREAM, _ACCESS),
        hears=(_ALL_ACCESS,),
        works_on=((topology.STREAM, subjects.NOTICES), (topology.DEAD_LETTERS, subjects.DEATHS)),
    ),
}

USERS = (*SERVICES, OPERATOR)


@dataclass(frozen=True)
class Permissions:
    """The subjects that a user may publish to, those that it may not all the same, and those it may subscribe to."""

    publish: Sequence[str]
    subscribe: Sequence[str]
    never_publish: Sequence[str] = ()


def permissions_of(user: str) -> Permissions:
    """The permissions of one of ``USERS``."""
    if user == OPERATOR:  # who restores streams can give them any content; two writers are excluded all the same
        return Permissions((">",), (">",), never_publish=(_PURGE_OF_THE_LOG, _ALL_ACCESS))
    return _permissions(user, SERVICES[user])


def inbox_prefix(user: str) -> str:
    """What the subjects of a user's answers begin with: a service hears its own only."""
    return f"_INBOX.{user}"


def _permissions(user: str, service: Service) -> Permissions:
    published = [
        pattern for model in EVENT_TYPES.values() if user in model.producers for pattern in subjects.patterns_of(model)
    ]
    asked = ["$JS.API.STREAM.INFO.*", "$JS.API.CONSUMER.INFO.*.*"]
    read = [f"$JS.API.{request}.{stream}" for stream in service.reads for request in ("STREAM.MSG.GET", "DIRECT.GET")]
    worked = [
        subject
        for stream, lane in service.works_on
        for subject in (
            f"$JS.API.CONSUMER.MSG.NEXT.{stream}.{lane.durable}",
            f"$JS.ACK.{stream}.{lane.durable}.>",
            topology.DEAD_LETTER_SUBJECT.format(durable=lane.durable),
        )
    ]
    woken = [subject for _, lane in service.works_on for subject in lane.subjects]
    return Permissions(
        publish=_each_once(*published, *asked, *read, *worked, *service.writes),
        subscribe=_each_once(f"{inbox_prefix(user)}.>", *woken, *service.hears),
    )


def _each_once(*names: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))


_HEADING = (
    "# Made by `python -m infoscreen.common.messaging.permissions` of the table in that module: change it there.\n"
)


def configuration() -> str:
    """The block ``authorization`` of the server's configuration; it takes passwords from the server's environment."""
    users = "".join(_user(user, permissions_of(user)) for user in USERS)
    return f"{_HEADING}authorization {{\n  timeout: 5\n  users: [\n{users}  ]\n}}\n"


def password_variable(user: str) -> str:
    """The server's environment variable for a user's password, which must begin with a letter: NATS reads a word."""
    return f"NATS_PASSWORD_{user.replace('-', '_').upper()}"


def _user(name: str, permissions: Permissions) -> str:
    publish = _rule("publish", permissions.publish, permissions.never_publish)
    subscribe = _rule("subscribe", permissions.subscribe)
    head = f"user: {name}, password: ${password_variable(name)}"
    return f"    {{ {head}, permissions: {{\n{publish}{subscribe}    }} }}\n"


def _rule(kind: str, allowed: Sequence[str], denied: Sequence[str] = ()) -> str:
    lists = {"allow": allowed, "deny": denied}
    lines = "".join(f"        {word}: {_subjects(names)}\n" for word, names in lists.items() if names)
    return f"      {kind}: {{\n{lines}      }}\n"


def _subjects(names: Sequence[str]) -> str:
    """A list; JSON's strings are NATS's, too."""
    lines = "".join(f"          {json.dumps(name)}\n" for name in names)
    return f"[\n{lines}        ]"


if __name__ == "__main__":
    print(configuration(), end="")  # noqa: T201 - the file, on standard output
