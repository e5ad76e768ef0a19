"""The verb: examines, prints what was found, and says what is the first thing to mend."""

import asyncio
from pathlib import Path
from typing import Annotated

import nats.errors
import typer
from rich.console import Console
from rich.table import Table

from infoscreen.cli.doctor import patient
from infoscreen.cli.doctor.finding import Finding, Verdict, first_broken
from infoscreen.cli.doctor.patient import Patient
from infoscreen.cli.doctor.surroundings import SERVER_SECONDS, Surroundings
from infoscreen.cli.doctor.trip import Trip
from infoscreen.common.messaging.connection import Connection
from infoscreen.common.object_store import ObjectStore

DataDirOption = Annotated[
    Path, typer.Option("--data-dir", envvar="INFOSCREEN_DATA_DIR", help="Of the system; NATS_URL goes before it.")
]
DEFAULT_DATA_DIR = Path(".infoscreen")
_STYLES = {Verdict.FINE: "green", Verdict.WARNING: "yellow", Verdict.BROKEN: "bold red"}


def doctor(
    data_dir: DataDirOption = DEFAULT_DATA_DIR,
    wait: Annotated[float, typer.Option(min=1, help="Seconds that a converter may take for the deck.")] = 60,
) -> None:
    """Send a deck through every hop, and name the first broken one. Exit code 1 if something is broken."""
    findings = asyncio.run(_examine(patient.find(data_dir), wait))
    console = Console(soft_wrap=True, highlight=False, markup=False)
    console.print(_table(findings))
    if broken := first_broken(findings):
        console.print(f"\nThe first broken hop is {broken.hop} ({broken.what}): {broken.seen}\n{broken.mend}")
        raise typer.Exit(1)
    console.print("\nA deck passes every hop.")


async def _examine(subject: Patient, wait_seconds: float) -> list[Finding]:
    store, connection = ObjectStore(subject.access.s3), Connection()
    try:
        to_nats = connection if await _opened(connection, subject) else None
        findings = await Surroundings(subject, to_nats, store).examine()
        trip = Trip(subject, to_nats, store, wait_seconds)
        await trip.make()
        return findings + trip.findings
    finally:
        await connection.close()
        store.close()


async def _opened(connection: Connection, subject: Patient) -> bool:
    try:
        async with asyncio.timeout(SERVER_SECONDS):
            await connection.open(subject.access.nats, "doctor")
    except (OSError, TimeoutError, nats.errors.Error):
        return False
    return True


def _table(findings: list[Finding]) -> Table:
    table = Table("hop", "what", "", "seen", box=None)
    for finding in sorted(findings, key=lambda finding: finding.hop):
        table.add_row(str(finding.hop), finding.what, finding.verdict, finding.seen, style=_STYLES[finding.verdict])
    return table
