"""The `infoscreen` command: composes the subcommands, and turns errors into one sentence and an exit code."""

import logging
import sys
from enum import StrEnum
from typing import Annotated

import structlog
import typer
from pydantic import ValidationError
from rich.console import Console

from infoscreen.cli import control, dead_letters, topology
from infoscreen.cli.backup import backup, restore
from infoscreen.cli.converters import MOST_CONVERTERS, usual_converters
from infoscreen.cli.datadir import DataDir
from infoscreen.cli.doctor.command import doctor
from infoscreen.cli.errors import CliError
from infoscreen.cli.parameters import DEFAULT_DATA_DIR, DataDirOption
from infoscreen.cli.sample import announce, show_sample
from infoscreen.cli.skip import skip
from infoscreen.cli.status import status as print_status
from infoscreen.cli.system import EngineChoice, Options
from infoscreen.cli.terminal import Terminal
from infoscreen.cli.up import up as run_up
from infoscreen.common.version import VERSION

app = typer.Typer(
    help="Infoscreen: the whole system on this machine, and the operator's commands.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)

app.add_typer(topology.app, name="topology")
app.add_typer(dead_letters.app, name="dead-letters")
app.command()(backup)
app.command()(restore)
app.command()(doctor)
app.command()(skip)


def _print_version(asked: bool) -> None:
    if asked:
        typer.echo(f"infoscreen {VERSION}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Infoscreen: the whole system on this machine, and the operator's commands."""


class Scalable(StrEnum):
    """The processes whose number `scale` can change."""

    CONVERTER = "converter"


@app.command()
def up(  # noqa: PLR0917 - typer calls it by name
    data_dir: DataDirOption = DEFAULT_DATA_DIR,
    host: Annotated[str, typer.Option(help="Where the edge listens; 0.0.0.0 opens it to the network.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(envvar="INFOSCREEN_PORT", min=1, max=65535, help="The edge's port.")] = 8080,
    public_url: Annotated[str | None, typer.Option(help="The edge's address as browsers and players reach it.")] = None,
    converters: Annotated[
        int | None,
        typer.Option(
            envvar="INFOSCREEN_CONVERTERS",
            min=0,
            max=MOST_CONVERTERS,
            help="By default one a core, and one for a Gotenberg, which converts one document at a time.",
        ),
    ] = None,
    engine: Annotated[
        EngineChoice, typer.Option(envvar="INFOSCREEN_ENGINE", help="What converts documents.")
    ] = EngineChoice.LIBREOFFICE,
    gotenberg_url: Annotated[
        str | None, typer.Option(envvar=["INFOSCREEN_GOTENBERG_URL", "GOTENBERG_URL"], help="For --engine gotenberg.")
    ] = None,
    sample: Annotated[bool, typer.Option("--sample", help="Convert the bundled sample deck once ready.")] = False,
) -> None:
    """Run the whole system on this machine until Ctrl-C."""
    options = Options(
        data_dir=data_dir,
        host=host,
        port=port,
        public_url=public_url,
        converters=usual_converters(engine) if converters is None else converters,
        engine=engine,
        gotenberg_url=gotenberg_url,
    )
    run_up(options, Terminal(), show_sample if sample else announce)


@app.command()
def status(data_dir: DataDirOption = DEFAULT_DATA_DIR) -> None:
    """Print the running processes and the queues. Exit code 1 if something is not ready."""
    if not print_status(data_dir, Console(soft_wrap=True)):
        raise typer.Exit(1)


@app.command()
def scale(
    what: Scalable,
    count: Annotated[int, typer.Argument(min=0, max=MOST_CONVERTERS)],
    data_dir: DataDirOption = DEFAULT_DATA_DIR,
) -> None:
    """Change the number of converters of a running system."""
    typer.echo(control.ask(DataDir(data_dir.absolute()).control_socket, {"scale": {what.value: count}}))


def main() -> None:
    """Runs the command line. An error that the operator can correct is one sentence; library logs are off."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    try:
        app()
    except CliError as error:
        sys.stderr.write(f"infoscreen: {error}\n")
        sys.exit(1)
    except ValidationError as error:
        problems = "; ".join(f"{error.title}.{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
        sys.stderr.write(f"infoscreen: check the settings in the environment: {problems}\n")
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(130)  # before `up` handles signals itself; nothing runs yet


if __name__ == "__main__":
    main()
