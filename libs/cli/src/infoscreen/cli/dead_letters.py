"""`infoscreen dead-letters`: what no converter could handle, and what an operator does about it.

It works on a system on this machine (through its data directory), or on any other through NATS_URL.
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
from infoscreen.common.errors import InfoscreenError
from infoscreen.common.messaging.dead_letter import DeadLetter, DeadLetters
from infoscreen.common.messaging.publisher import Publisher
from infoscreen.common.settings import NatsSettings

Result = TypeVar("Result")

app = typer.Typer(help="Messages that nobody could handle.", no_args_is_help=True)
_PAGE = 100

Sequence = Annotated[int, typer.Argument(min=1, help="As `list` shows it.")]
DataDirOption = Annotated[
    Path, typer.Option("--data-dir", envvar="INFOSCREEN_DATA_DIR", help="Of the system; NATS_URL goes before it.")
]
DEFAULT_DATA_DIR = Path(".infoscreen")


@app.command("list")
def list_letters(data_dir: DataDirOption = DEFAULT_DATA_DIR) -> None:
    """Print all dead letters."""
    letters = _run(data_dir, _all)
    table = Table("sequence", "since", "durable", "subject", "reason", "detail")
    for letter in letters:
        since = letter.died_at.isoformat(timespec="seconds") if letter.died_at else ""
        table.add_row(str(letter.sequence), since, letter.durable, letter.subject, letter.reason, letter.detail)
    Console(soft_wrap=True).print(table if letters else "There are no dead letters.")


@app.command()
def show(sequence: Sequence, data_dir: DataDirOption = DEFAULT_DATA_DIR) -> None:
    """Print one dead letter whole."""
    letter = _run(data_dir, lambda letters: letters.get(sequence))
    for name in ("sequence", "subject", "original_sequence", "durable", "deliveries", "reason", "detail"):
        typer.echo(f"{name}: {getattr(letter, name)}")
    for name, value in letter.headers.items():
        typer.echo(f"header {name}: {value}")
    typer.echo(letter.data.decode(errors="replace"))


@app.command()
def retry(sequence: Sequence, data_dir: DataDirOption = DEFAULT_DATA_DIR) -> None:
    """Ask for the work anew and forget the dead letter."""
    _run(data_dir, lambda letters: letters.retry(sequence))
    typer.echo(f"Dead letter {sequence} is in the queue again.")


@app.command()
def drop(sequence: Sequence, data_dir: DataDirOption = DEFAULT_DATA_DIR) -> None:
    """Forget a dead letter."""
    _run(data_dir, lambda letters: letters.drop(sequence))
    typer.echo(f"Dead letter {sequence} is gone.")


async def _all(letters: DeadLetters) -> list[DeadLetter]:
    found: list[DeadLetter] = []
    while page := await letters.list(found[-1].sequence if found else 0, _PAGE):
        found += page
    return found


def _run(data_dir: Path, work: Callable[[DeadLetters], Awaitable[Result]]) -> Result:
    url = os.environ.get("NATS_URL") or endpoints.read(DataDir(data_dir.absolute()).endpoints).nats
    with _sentences():
        return asyncio.run(_connected(url, work))


async def _connected(url: str, work: Callable[[DeadLetters], Awaitable[Result]]) -> Result:
    async with connected(NatsSettings(url=SecretStr(url)), "dead-letters") as connection:
        return await work(DeadLetters(connection, Publisher(connection, "infoscreen/cli")))


@contextmanager
def _sentences() -> Iterator[None]:
    try:
        yield
    except InfoscreenError as error:
        raise CliError(str(error)) from error
