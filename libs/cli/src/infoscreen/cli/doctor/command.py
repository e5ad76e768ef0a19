"""The `doctor` command: runs all checks, prints the findings, and names the first thing to repair."""

import asyncio
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from infoscreen.cli.doctor.finding import Finding, Verdict, first_broken
from infoscreen.cli.doctor.server_checks import ServerChecks
from infoscreen.cli.doctor.target import Target, find_target
from infoscreen.cli.errors import CliError
from infoscreen.cli.nats_access import open_in_time
from infoscreen.cli.parameters import DEFAULT_DATA_DIR, SystemOption
from infoscreen.common.messaging.connection import Connection
from infoscreen.common.object_store import ObjectStore

_STYLES = {Verdict.FINE: "green", Verdict.WARNING: "yellow", Verdict.BROKEN: "bold red"}


def doctor(
    data_dir: SystemOption = DEFAULT_DATA_DIR,
    wait: Annotated[float, typer.Option(min=1, help="Seconds that a converter may take for the deck.")] = 60,
) -> None:
    """Send a deck through every hop, and name the first broken one. Exit code 1 if something is broken."""
    findings = asyncio.run(_examine(find_target(data_dir), wait))
    console = Console(soft_wrap=True, highlight=False, markup=False)
    console.print(_table(findings))
    if broken := first_broken(findings):
        console.print(f"\nThe first broken hop is {broken.hop} ({broken.what}): {broken.seen}\n{broken.remedy}")
        raise typer.Exit(1)
    console.print("\nA deck passes every hop.")


async def _examine(system: Target, wait_seconds: float) -> list[Finding]:
    from infoscreen.cli.doctor.hop_checks import HopChecks  # noqa: PLC0415 - spares `up` what reads PDFs

    store, connection = ObjectStore(system.access.s3), Connection()
    try:
        to_nats = connection if await _opened(connection, system) else None
        findings = await ServerChecks(system, to_nats, store).run()
        hops = HopChecks(system, to_nats, store, wait_seconds)
        await hops.run()
        return findings + hops.findings
    finally:
        await connection.close()
        store.close()


async def _opened(connection: Connection, system: Target) -> bool:
    try:
        await open_in_time(connection, system.access.nats, "doctor")
    except CliError:
        return False
    return True


def _table(findings: list[Finding]) -> Table:
    table = Table("hop", "what", "", "seen", box=None)
    for finding in sorted(findings, key=lambda finding: finding.hop):
        table.add_row(str(finding.hop), finding.what, finding.verdict, finding.seen, style=_STYLES[finding.verdict])
    return table
