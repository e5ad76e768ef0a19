"""`infoscreen skip`: has the catalog pass an event that only a newer release understands.

The command records the message in the catalog's `poison_events`. The projector, and every rebuild by a release that
does not understand the event, then pass it; a rebuild by one that does applies it.
"""

import asyncio
import json
import os
from typing import Annotated

import asyncpg
import typer

from infoscreen.cli.datadir import DataDir
from infoscreen.cli.errors import CliError
from infoscreen.cli.nats_access import connected
from infoscreen.cli.parameters import DEFAULT_DATA_DIR, SystemOption
from infoscreen.cli.servers_access import of_environment, of_running_system
from infoscreen.common.errors import UnavailableError
from infoscreen.common.events import MalformedEventError, NewerEventError, decode
from infoscreen.common.messaging.stream_reader import StoredMessage, StreamReader
from infoscreen.common.settings import NatsSettings

_SKIP = """
    INSERT INTO poison_events (sequence, subject, headers, data, error, stored_at)
    VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (sequence) DO NOTHING
"""


def skip(
    sequence: Annotated[int, typer.Argument(min=1, help="The event's stream sequence, as the catalog's log says.")],
    data_dir: SystemOption = DEFAULT_DATA_DIR,
) -> None:
    """Pass an event that only a newer release understands. It has no effect until a rebuild by that release."""
    access = of_environment() if "NATS_URL" in os.environ else of_running_system(DataDir(data_dir.absolute()))
    asyncio.run(skip_event(access.nats, access.database_url, sequence))
    typer.echo(f"The catalog passes event {sequence} within half a minute.")


async def skip_event(nats: NatsSettings, database_url: str, sequence: int) -> None:
    """Record that an event is to be passed.

    Raises:
        CliError: there is no such event, the catalog knows its type and version, or a server is away.
    """
    try:
        async with connected(nats, "skip") as connection:
            message = await StreamReader(connection).at(sequence)
        if message is None:
            raise CliError(f"The stream has no event {sequence}.")
        await _record(database_url, message, _reason_to_skip(message))
    except (UnavailableError, asyncpg.PostgresError, OSError) as error:
        raise CliError(f"{error}") from error


def _reason_to_skip(message: StoredMessage) -> str:
    try:
        decode(message.headers, message.data)
    except NewerEventError as error:
        return f"skipped by an operator: {error}"
    except MalformedEventError:
        pass
    raise CliError(f"The catalog does not wait for event {message.sequence}: there is nothing to skip.")


async def _record(database_url: str, message: StoredMessage, error: str) -> None:
    connection = await asyncpg.connect(database_url)
    try:
        headers = json.dumps(dict(message.headers))
        values = (message.sequence, message.subject, headers, message.data, error, message.stored_at)
        await connection.execute(_SKIP, *values)
    finally:
        await connection.close()
