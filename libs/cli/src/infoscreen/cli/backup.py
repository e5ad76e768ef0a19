"""`infoscreen backup` and `infoscreen restore`: copy the whole system to a directory, and back into empty servers.

A backup is consistent to one sequence of the stream while the system runs, because of its order:

1. objects, which take longest;
2. the database, so that its offset is not ahead of the stream, which follows;
3. the streams: events, then the renditions that resulted from them;
4. objects again: an object is stored before the event that refers to it, so it exists now, or the first pass has it if
   it was deleted since. Parked events are taken from this pass only: the earlier ones are in the stream by now.

The manifest is written last; a directory without one is no backup. After a restore, the catalog's reconciler deletes
objects that nothing refers to, and the projector applies the events that the database lacks.

A backup contains no credentials: keep the data directory's secrets.json (Compose's secrets, Kubernetes's Secret)
elsewhere.
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
from infoscreen.cli.nats_access import connected
from infoscreen.cli.object_copy import ObjectCopy
from infoscreen.cli.parameters import DEFAULT_DATA_DIR, SystemOption
from infoscreen.cli.servers_access import Access, of_environment, of_running_system, of_stopped_system
from infoscreen.common.errors import InfoscreenError
from infoscreen.common.messaging import topology
from infoscreen.common.object_keys import OUTBOX
from infoscreen.common.object_store import ObjectStore

_Result = TypeVar("_Result")

FORMAT = 1
MANIFEST = "manifest.json"
_ACCOUNTS = "tables/accounts"
STREAMS = (topology.STREAM, topology.DEAD_LETTERS, topology.ADVISORIES, f"KV_{topology.RENDITIONS}")
"""Events first: a rendition without its event is adopted, an event without its rendition would be converted again."""


def backup(
    directory: Annotated[Path, typer.Argument(help="The target; a second backup into it copies only new objects.")],
    data_dir: SystemOption = DEFAULT_DATA_DIR,
) -> None:
    """Copy a running system's streams, database and objects, without stopping it."""
    _prepare(directory)
    access = of_environment() if "NATS_URL" in os.environ else of_running_system(DataDir(data_dir.absolute()))
    manifest = asyncio.run(_as_cli_error(_backup(access, directory)))
    typer.echo(f"Backed up to sequence {manifest['sequence']}, with {manifest['objects']} objects, in {directory}.")


def restore(
    directory: Annotated[Path, typer.Argument(exists=True, file_okay=False, help="A directory that `backup` wrote.")],
    data_dir: SystemOption = DEFAULT_DATA_DIR,
) -> None:
    """Fill empty servers with a backup. Afterwards, start the system."""
    manifest = _read_manifest(directory)
    if "NATS_URL" in os.environ:
        asyncio.run(_as_cli_error(_restore(of_environment(), directory, manifest)))
    else:
        with of_stopped_system(DataDir(data_dir.absolute())) as access:
            asyncio.run(_as_cli_error(_restore(access, directory, manifest)))
    typer.echo(
        f"Restored to sequence {manifest['sequence']}, with {manifest['objects']} objects. Now start the system."
    )


def _prepare(directory: Path) -> None:
    """Creates the directory, private, and removes an old manifest: an unfinished backup is none."""
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        for part in ("streams", "tables", _ACCOUNTS):
            (directory / part).mkdir(exist_ok=True)
        (directory / MANIFEST).unlink(missing_ok=True)
    except OSError as error:
        raise CliError(f"{directory} cannot be written to ({error.strerror}): choose another.") from error


async def _backup(access: Access, directory: Path) -> dict[str, Any]:
    store = ObjectStore(access.s3)
    try:
        objects = ObjectCopy(store, directory)
        first = await objects.fetch()
        revision = await table_copy.save(access.database_url, directory / "tables")
        people = await table_copy.save(access.database_url, directory / _ACCOUNTS, table_copy.ACCOUNTS)
        async with connected(access.nats, "backup") as nats:
            sequences = {name: await stream_snapshot.save(nats, name, directory / "streams") for name in STREAMS}
        second = await objects.fetch()
        kept = second | {key for key in first if not key.startswith(OUTBOX)}
        manifest = {
            "format": FORMAT,
            "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
            "sequence": sequences[topology.STREAM],
            "streams": sequences,
            "schema_revision": revision,
            "accounts_revision": people,
            "objects": objects.keep_only(kept),
        }
    finally:
        store.close()
    write_private(directory / MANIFEST, json.dumps(manifest, indent=2) + "\n")
    return manifest


async def _restore(access: Access, directory: Path, manifest: dict[str, Any]) -> None:
    store = ObjectStore(access.s3)
    try:
        async with connected(access.nats, "restore") as nats:
            await stream_snapshot.make_room(nats, STREAMS)  # first, because it refuses servers that hold data
            await store.ensure_bucket()
            await ObjectCopy(store, directory).store()
            await table_copy.load(access.database_url, directory / "tables", manifest["schema_revision"])
            if people := manifest.get("accounts_revision"):  # a backup of 1.0.0 has none
                await table_copy.load(access.database_url, directory / _ACCOUNTS, people, table_copy.ACCOUNTS)
            for name in reversed(STREAMS):  # the events last: until they exist, the restore can be repeated
                await stream_snapshot.load(nats, name, directory / "streams", replicas=access.nats.stream_replicas)
            await topology.apply(nats.js, access.nats)
    finally:
        store.close()


async def _as_cli_error(work: Coroutine[Any, Any, _Result]) -> _Result:
    """Awaits the work; turns an error of a server or the disk into a CliError."""
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
