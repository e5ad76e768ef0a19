"""Saves whole streams to files and loads them again, with JetStream's own snapshots.

A snapshot is a stream's state at one moment: every message with its sequence and time, and the progress of each durable
consumer. A restore publishes nothing, so restored events keep their ids and sequences, and none takes effect twice.
"""

import asyncio
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import nats.errors
from nats.aio.msg import Msg
from nats.js.errors import NotFoundError

from infoscreen.cli.errors import CliError
from infoscreen.common.messaging.connection import Connection

_CHUNK_BYTES = 64 * 1024  # well below any server's max_payload
_ANSWER_SECONDS = 30.0


async def save(connection: Connection, stream: str, directory: Path) -> int:
    """Writes a stream to STREAM.snapshot and its description to STREAM.json; returns its last sequence.

    Raises:
        CliError: the server refused, or stopped sending.
    """
    client = connection.client
    inbox = client.new_inbox()
    chunks = await client.subscribe(inbox)
    try:
        request = {"deliver_subject": inbox, "chunk_size": _CHUNK_BYTES, "jsck": True}
        description = await _ask(connection, f"$JS.API.STREAM.SNAPSHOT.{stream}", json.dumps(request).encode())
        with (directory / f"{stream}.snapshot").open("wb") as file:
            while (chunk := await chunks.next_msg(timeout=_ANSWER_SECONDS)).data:
                await asyncio.to_thread(file.write, chunk.data)
                if chunk.reply:  # flow control: the server sends more as these return
                    await chunk.respond(b"")
        _expect_whole(stream, chunk)
    except (TimeoutError, nats.errors.Error) as error:
        raise CliError(f"NATS stopped sending the stream {stream} ({error!r}). Try again.") from error
    finally:
        await chunks.unsubscribe()
    kept = {name: description[name] for name in ("config", "state")}
    (directory / f"{stream}.json").write_text(json.dumps(kept, indent=2) + "\n")
    return int(description["state"]["last_seq"])


async def load(connection: Connection, stream: str, directory: Path, *, replicas: int) -> None:
    """Recreates a stream from the files that `save` wrote. It can be purged, also if it was made where it could not.

    Raises:
        CliError: the server refused: the stream exists already, or the server has no room.
    """
    description = json.loads((directory / f"{stream}.json").read_text())
    description["config"] |= {"num_replicas": replicas, "deny_purge": False}
    request = json.dumps(description).encode()
    try:
        accepted = await _ask(connection, f"$JS.API.STREAM.RESTORE.{stream}", request)
        subject = str(accepted["deliver_subject"])
        with (directory / f"{stream}.snapshot").open("rb") as file:
            while chunk := await asyncio.to_thread(file.read, _CHUNK_BYTES):
                _raise_error(await connection.client.request(subject, chunk, timeout=_ANSWER_SECONDS))
        await _ask(connection, subject, b"")
    except (TimeoutError, nats.errors.Error) as error:
        raise CliError(f"NATS did not take the stream {stream} ({error!r}). Start again with empty servers.") from error


async def make_room(connection: Connection, streams: Iterable[str]) -> None:
    """Deletes these streams if all of them are empty, as `topology apply` creates them.

    Raises:
        CliError: one has messages; none was deleted.
    """
    existing = []
    for stream in streams:
        try:
            info = await connection.js.stream_info(stream)
        except NotFoundError:
            continue
        if info.state.last_seq:
            raise CliError(f"The stream {stream} has messages already: restore into empty servers only.")
        existing.append(stream)
    for stream in existing:
        await connection.js.delete_stream(stream)


async def _ask(connection: Connection, subject: str, request: bytes) -> dict[str, Any]:
    """One request of JetStream's API and its answer."""
    answer: dict[str, Any] = _raise_error(await connection.client.request(subject, request, timeout=_ANSWER_SECONDS))
    return answer


def _raise_error(answer: Msg) -> Any:
    content = json.loads(answer.data) if answer.data else {}
    if "error" in content:
        raise CliError(f"NATS refused: {content['error'].get('description', content['error'])}.")
    return content


def _expect_whole(stream: str, end: Msg) -> None:
    """Checks the snapshot's last message, which says whether the snapshot is complete."""
    status = (end.headers or {}).get("Status", "204")
    if status != "204":
        raise CliError(f"NATS broke off the stream {stream}: {(end.headers or {}).get('Description', status)}.")
