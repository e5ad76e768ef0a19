"""`infoscreen backup` and `infoscreen restore`: the whole system in one directory, and back into empty servers.

A backup is consistent to one sequence of the stream although nothing is stopped, by the order in which it is taken:

1. objects, the long part;
2. the database, whose offset is thereby not ahead of the stream that follows;
3. the streams: facts, then the renditions that they led to;
4. objects again: whatever a fact refers to was stored before the fact, so it is there now, or was in the first pass
   if it has been removed since. Parked events are taken from this pass only: the earlier ones are facts by now.

The manifest comes last; a directory without one is no backup. What a later restore finds to be too much (objects that
nothing refers to) the catalog's reconciler removes, and what the database lacks the projector applies.

Credentials are not in it: keep the data directory's secrets.json (Compose's secrets, Kubernetes's Secret) elsewhere.
"""

import asyncio
import json
import os
from collections.abc import Coroutine
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, TypeVar

import asyncpg
import typer

from infoscreen.cli import stream_snapshot, table_copy
from infoscreen.cli.datadir import DataDir
from infoscreen.cli.errors import CliError
from infoscreen.cli.files import write_private
from infoscreen.cli.object_copy import ObjectCopy
from infoscreen.cli.servers_access import Access, of_environment, of_running_system, of_stopped_system
from infoscreen.common.errors import InfoscreenError
from infoscreen.common.messaging import topology
from infoscreen.common.messaging.connection import Connection
from infoscreen.common.object_keys import OUTBOX
from infoscreen.common.object_store import ObjectStore

_Result = TypeVar("_Result")

FORMAT = 1
MANIFEST = "manifest.json"
STREAMS = (topology.STREAM, topology.DEAD_LETTERS, topology.ADVISORIES, f"KV_{topology.RENDITIONS}")
"""Facts first: a rendition without its fact is adopted, a fact without its rendition would be converted again."""

DataDirOption = Annotated[
    Path, typer.Option("--data-dir", envvar="INFOSCREEN_DATA_DIR", help="Of the system; NATS_URL goes before it.")
]
DEFAULT_DATA_DIR = Path(".infoscreen")


def backup(
    directory: Annotated[Path, typer.Argument(help="Where to; a second backup into it copies only what is new.")],
    data_dir: DataDirOption = DEFAULT_DATA_DIR,
) -> None:
    """Copy a running system's streams, database and objects, without stopping it."""
    _prepare(directory)
    access = of_environment() if "NATS_URL" in os.environ else of_running_system(DataDir(data_dir.absolute()))
    manifest = asyncio.run(_sentence(_backup(access, directory)))
    typer.echo(f"Backed up to sequence {manifest['sequence']}, with {manifest['objects']} objects, in {directory}.")


def restore(
    directory: Annotated[Path, typer.Argument(exists=True, file_okay=False, help="What `backup` wrote.")],
    data_dir: DataDirOption = DEFAULT_DATA_DIR,
) -> None:
    """Fill empty servers with a backup. Afterwards, start the system."""
    manifest = _read_manifest(directory)
    if "NATS_URL" in os.environ:
        asyncio.run(_sentence(_restore(of_environment(), directory, manifest)))
    else:
        with of_stopped_system(DataDir(data_dir.absolute())) as access:
            asyncio.run(_sentence(_restore(access, directory, manifest)))
    typer.echo(
        f"Restored to sequence {manifest['sequence']}, with {manifest['objects']} objects. Now start the system."
    )


def _prepare(directory: Path) -> None:
    """Makes the directory, private, and no backup until this one is finished."""
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        for part in ("streams", "tables"):
            (directory / part).mkdir(exist_ok=True)
        (directory / MANIFEST).unlink(missing_ok=True)
    except OSError as error:
        raise CliError(f"{directory} cannot be written to ({error.strerror}): choose another.") from error


async def _backup(access: Access, directory: Path) -> dict[str, Any]:
    store, connection = ObjectStore(access.s3), Connection()
    try:
        objects = ObjectCopy(store, directory)
        first = await objects.fetch()
        revision = await table_copy.save(access.database_url, directory / "tables")
        await connection.open(access.nats, "backup")
        sequences = {name: await stream_snapshot.save(connection, name, directory / "streams") for name in STREAMS}
        second = await objects.fetch()
        kept = second | {key for key in first if not key.startswith(OUTBOX)}
        manifest = {
            "format": FORMAT,
            "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
            "sequence": sequences[topology.STREAM],
            "streams": sequences,
            "schema_revision": revision,
            "objects": objects.keep_only(kept),
        }
    finally:
        await connection.close()
        store.close()
    write_private(directory / MANIFEST, json.dumps(manifest, indent=2) + "\n")
    return manifest


async def _restore(access: Access, directory: Path, manifest: dict[str, Any]) -> None:
    store, connection = ObjectStore(access.s3), Connection()
    try:
        await connection.open(access.nats, "restore")
        await stream_snapshot.make_room(connection, STREAMS)  # first of all: nothing that lives is written over
        await store.ensure_bucket()
        await ObjectCopy(store, directory).store()
        await table_copy.load(access.database_url, directory / "tables", manifest["schema_revision"])
        for name in reversed(STREAMS):  # the facts last: without them it can be done again
            await stream_snapshot.load(connection, name, directory / "streams", replicas=access.nats.stream_replicas)
        await topology.apply(connection.js, access.nats)
    finally:
        await connection.close()
        store.close()


async def _sentence(work: Coroutine[Any, Any, _Result]) -> _Result:
    """Awaits the work; whatever goes wrong with a server or the disk is one sentence."""
    try:
        return await work
    except (InfoscreenError, asyncpg.PostgresError, OSError) as error:
        raise CliError(f"{error}") from error


def _read_manifest(directory: Path) -> dict[str, Any]:
    try:
        manifest: dict[str, Any] = json.loads((directory / MANIFEST).read_text())
    except (OSError, ValueError):
        raise CliError(f"{directory} is no backup, or one that was not finished: it has no {MANIFEST}.") from None
    if manifest.get("format") != FORMAT:
        raise CliError(f"{directory} has format {manifest.get('format')}; this version reads format {FORMAT}.")
    return manifest
