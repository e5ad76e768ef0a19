"""NATS for one verb of an operator: connected for as long as a block lasts, or one sentence that says why not."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

import nats

from infoscreen.cli.errors import CliError
from infoscreen.common.messaging.connection import Connection
from infoscreen.common.settings import NatsSettings

CONNECT_SECONDS = 5.0


@asynccontextmanager
async def connected(settings: NatsSettings, name: str) -> AsyncIterator[Connection]:
    """A connection; services wait for NATS without end, a person does not.

    Raises:
        CliError: NATS does not answer in time, or refuses the credentials, or what the block asks for.
    """
    connection = Connection()
    try:
        await _open(connection, settings, name)
        yield connection
    except (TimeoutError, nats.errors.Error) as error:
        raise CliError(f"NATS at {_addresses(settings)} did not do what it was asked for: {error}.") from error
    finally:
        await connection.close()


async def _open(connection: Connection, settings: NatsSettings, name: str) -> None:
    try:
        async with asyncio.timeout(CONNECT_SECONDS):
            await connection.open(settings, name)
    except (OSError, TimeoutError, nats.errors.Error) as error:
        reason = connection.client.last_error or error
        raise CliError(
            f"NATS at {_addresses(settings)} cannot be reached ({reason}): start it, or mend NATS_URL."
        ) from error


def _addresses(settings: NatsSettings) -> str:
    """Without the credentials."""
    return ", ".join(urlsplit(url).netloc.rpartition("@")[2] for url in settings.servers)
