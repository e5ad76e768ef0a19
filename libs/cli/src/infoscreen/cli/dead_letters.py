"""`infoscreen dead-letters`: lists the messages that no consumer could process, and retries or drops them.

The commands work on a system on this machine (by its data directory), or on any other (by NATS_URL).
"""

import asyncio
import os
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, TypeVar

import typer
from pydantic import SecretStr
from rich.console import Console
from rich.table import Table

from infoscreen.cli import endpoints
from infoscreen.cli.datadir import DataDir
from infoscreen.cli.errors import CliError
from infoscreen.cli.nats_access import connected
from infoscreen.cli.parameters import DEFAULT_DATA_DIR, SystemOption
from infoscreen.common.errors import InfoscreenError
from infoscreen.common.messaging.dead_letter import DeadLetter, DeadLetters
from infoscreen.common.messaging.publisher import Publisher
from infoscreen.common.settings import NatsSettings

Result = TypeVar("Result")

app = typer.Typer(help="Messages that no consumer could process.", no_args_is_help=True)
_PAGE = 100

Sequence = Annotated[int, typer.Argument(min=1, help="As `list` shows it.")]


@app.command("list")
def list_letters(data_dir: SystemOption = DEFAULT_DATA_DIR) -> None:
    """Print all dead letters."""
    letters = _run(data_dir, _all)
    table = Table("sequence", "since", "durable", "subject", "reason", "detail")
    for letter in letters:
        since = letter.died_at.isoformat(timespec="seconds") if letter.died_at else ""
        table.add_row(str(letter.sequence), since, letter.durable, letter.subject, letter.reason, letter.detail)
    Console(soft_wrap=True).print(table if letters else "There are no dead letters.")


@app.command()
def show(sequence: Sequence, data_dir: SystemOption = DEFAULT_DATA_DIR) -> None:
    """Print one dead letter with its headers and data."""
    letter = _run(data_dir, lambda letters: letters.get(sequence))
    for name in ("sequence", "subject", "original_sequence", "durable", "deliveries", "reason", "detail"):
        typer.echo(f"{name}: {getattr(letter, name)}")
    for name, value in letter.headers.items():
        typer.echo(f"header {name}: {value}")
    typer.echo(letter.data.decode(errors="replace"))


@app.command()
def retry(sequence: Sequence, data_dir: SystemOption = DEFAULT_DATA_DIR) -> None:
    """Request the work again and remove the dead letter."""
    _run(data_dir, lambda letters: letters.retry(sequence))
    typer.echo(f"Dead letter {sequence} is in the queue again.")


@app.command()
def drop(sequence: Sequence, data_dir: SystemOption = DEFAULT_DATA_DIR) -> None:
    """Remove a dead letter."""
    _run(data_dir, lambda letters: letters.drop(sequence))
    typer.echo(f"Dead letter {sequence} is gone.")


async def _all(letters: DeadLetters) -> list[DeadLetter]:
    found: list[DeadLetter] = []
    while page := await letters.list(found[-1].sequence if found else 0, _PAGE):
        found += page
    return found


def _run(data_dir: Path, action: Callable[[DeadLetters], Awaitable[Result]]) -> Result:
    url = os.environ.get("NATS_URL") or endpoints.read(DataDir(data_dir.absolute()).endpoints).nats
    with _as_cli_error():
        return asyncio.run(_connected(url, action))


async def _connected(url: str, action: Callable[[DeadLetters], Awaitable[Result]]) -> Result:
    async with connected(NatsSettings(url=SecretStr(url)), "dead-letters") as connection:
        return await action(DeadLetters(connection, Publisher(connection, "infoscreen/cli")))


@contextmanager
def _as_cli_error() -> Iterator[None]:
    try:
        yield
    except InfoscreenError as error:
        raise CliError(str(error)) from error
