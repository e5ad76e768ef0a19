"""Connects one operator command to NATS for the length of a block; a failure is one sentence with its cause."""

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
    """An open connection. Unlike a service, a command gives up after CONNECT_SECONDS.

    Raises:
        CliError: NATS does not answer in time, or refuses the credentials or a request of the block.
    """
    connection = Connection()
    try:
        await open_in_time(connection, settings, name)
        yield connection
    except (TimeoutError, nats.errors.Error) as error:
        raise CliError(f"NATS at {_addresses(settings)} did not complete a request: {error}.") from error
    finally:
        await connection.close()


async def open_in_time(connection: Connection, settings: NatsSettings, name: str) -> None:
    """Opens the connection within CONNECT_SECONDS.

    Raises:
        CliError: NATS does not answer in time, or refuses the credentials.
    """
    try:
        async with asyncio.timeout(CONNECT_SECONDS):
            await connection.open(settings, name)
    except (OSError, TimeoutError, nats.errors.Error) as error:
        reason = connection.client.last_error or error
        raise CliError(
            f"NATS at {_addresses(settings)} cannot be reached ({reason}): start it, or correct NATS_URL."
        ) from error


def _addresses(settings: NatsSettings) -> str:
    """The servers' addresses without credentials."""
    return ", ".join(urlsplit(url).netloc.rpartition("@")[2] for url in settings.servers)
