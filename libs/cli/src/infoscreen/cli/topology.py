"""`infoscreen topology apply`: the deploy job that creates or updates streams, durables and the bucket as declared.

The job runs before the services, which only check and wait. It is safe to repeat.
"""

import asyncio

import typer

from infoscreen.cli.errors import CliError
from infoscreen.cli.nats_access import connected
from infoscreen.common.errors import UnavailableError
from infoscreen.common.messaging import topology
from infoscreen.common.object_store import ObjectStore
from infoscreen.common.settings import NatsSettings, S3Settings

app = typer.Typer(help="The streams, durables and bucket that the services need.", no_args_is_help=True)


@app.callback()
def _topology() -> None:
    """Keeps `apply` a subcommand while it is the only one."""


@app.command()
def apply() -> None:
    """Create what is missing and update what differs (NATS_* and S3_* from the environment).

    If a server is away, the command prints one sentence and exits with code 1; it is safe to repeat.
    """
    asyncio.run(_apply())
    typer.echo("Streams, durables and bucket are as declared.")


async def _apply() -> None:
    nats, s3 = NatsSettings(), S3Settings()
    store = ObjectStore(s3)
    try:
        await store.ensure_bucket()
        async with connected(nats, "topology") as connection:
            await topology.apply(connection.js, nats)
    except UnavailableError as error:
        raise CliError(f"{error} S3 is expected at {s3.endpoint}.") from error
    finally:
        store.close()
