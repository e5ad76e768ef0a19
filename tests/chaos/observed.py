"""Everything the checker looks at, collected once from a healed system through its own front and back doors."""

import asyncio
import hashlib
import io
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import nats
import pikepdf
import urllib3
from minio import Minio
from minio.error import S3Error
from nats.js import JetStreamContext
from pydantic import SecretStr

from chaos.arena import Arena
from chaos.jobs import run_job
from chaos.programme import Rules, Screen, Shown, last_shown, read_rules
from chaos.stack import Stack
from infoscreen.common.events import Event, MalformedEventError, decode, subjects
from infoscreen.common.messaging import topology
from infoscreen.common.messaging.connection import Connection
from infoscreen.common.messaging.stream_reader import StreamReader
from infoscreen.common.settings import NatsSettings

_TABLES = {
    "media_files": "SELECT * FROM media_files",
    "conversions": "SELECT * FROM conversions",
    "media_events": "SELECT * FROM media_events",
}
_BATCH = 500
_NO_GRACE = "0.001"
_MOST_DESCRIPTORS = 150
_STORE_TROUBLE = (500, 502, 503, 504)
_PATIENCE = urllib3.Retry(10, backoff_factor=0.2, backoff_max=10, status_forcelist=_STORE_TROUBLE)
"""Some 40 s: on a busy machine the parts of SeaweedFS lose each other for seconds, and answer 500 until then."""


@dataclass
class Observed:
    """Facts about a system at rest.

    Attributes:
        events: the stream, in order: (sequence, event). malformed: the sequences of what is no event of ours.
        poison: the sequences that the catalog recorded as such.
        last_sequence: of the stream. offset: of the projection.
        media: rows of media_files by id. conversions: rows of conversions.
        objects: every object's key with its size. collected: the keys that are left after a clean-up.
        pdfs: what each referenced PDF really is: key to (sha256, pages); pages is 0 where it does not open.
        pictured: the keys of PDFs with pictures in them.
        unsettled: how much each durable still has waiting or in hand.
        tables: the projection's rows as text, and the same after a rebuild; empty where none was asked for.
        strays: processes, folders and descriptors that should not be there.
        canary: requests that reached the listener, of which there should be none.
        admitted: how many revoked tokens still open a door.
        rules: the programme in the tables. shown: what each screen shows in the end.
    """

    events: list[tuple[int, Event]] = field(default_factory=list)
    malformed: set[int] = field(default_factory=set)
    poison: set[int] = field(default_factory=set)
    last_sequence: int = 0
    offset: int = 0
    media: dict[str, dict[str, Any]] = field(default_factory=dict)
    conversions: list[dict[str, Any]] = field(default_factory=list)
    objects: dict[str, int] = field(default_factory=dict)
    collected: set[str] = field(default_factory=set)
    pdfs: dict[str, tuple[str, int]] = field(default_factory=dict)
    pictured: set[str] = field(default_factory=set)
    unsettled: dict[str, int] = field(default_factory=dict)
    tables: dict[str, list[str]] = field(default_factory=dict)
    rebuilt: dict[str, list[str]] = field(default_factory=dict)
    strays: list[str] = field(default_factory=list)
    canary: list[str] = field(default_factory=list)
    admitted: int = 0
    rules: Rules = field(default_factory=Rules)
    shown: dict[str, Shown] = field(default_factory=dict)


async def settle(stack: Stack, seconds: float) -> None:
    """Wait until a healed system has nothing left to do: all projected, nothing in hand, no request open."""
    async with asyncio.timeout(seconds):
        while True:
            try:
                if await _at_rest(stack):
                    return
            except (OSError, asyncpg.PostgresError, TimeoutError, nats.errors.Error, KeyError, ValueError):
                pass
            await asyncio.sleep(0.5)


async def _at_rest(stack: Stack) -> bool:
    endpoints = stack.endpoints
    connection = await nats.connect(endpoints["nats"], allow_reconnect=False)
    database = await asyncpg.connect(endpoints["postgres"])
    try:
        unsettled = await _unsettled(connection.jetstream())
        info = await connection.jetstream().stream_info(topology.STREAM)
        offset = await database.fetchval("SELECT sequence FROM projection_offset")
        open_count = await database.fetchval(
            "SELECT count(*) FROM conversions WHERE status IN ('pending', 'processing')"
        )
        parked = list(_store(endpoints).list_objects("infoscreen", "outbox/", recursive=True))
        return offset == info.state.last_seq and not any(unsettled.values()) and not open_count and not parked
    finally:
        await database.close()
        await connection.close()


async def observe(arena: Arena, screens: list[Screen]) -> Observed:
    """Collect everything from a system at rest, with what screens show; then clean up, and make the tables anew."""
    stack, seen = arena.stack, Observed()
    endpoints = stack.endpoints
    connection = Connection()
    await connection.open(NatsSettings(url=SecretStr(endpoints["nats"])), "chaos")
    database = await asyncpg.connect(endpoints["postgres"])
    try:
        await _observe_stream(connection, seen)
        seen.unsettled = await _unsettled(connection.js)
        await _observe_tables(database, seen)
        await asyncio.to_thread(_observe_objects, endpoints, seen)
        seen.admitted = await _admitted(arena)
        seen.rules = await read_rules(arena)
        seen.shown = await last_shown(screens, seen.rules)
        await run_job(stack, "catalog", "cleanup", CATALOG_ORPHAN_GRACE_SECONDS=_NO_GRACE, CATALOG_VERSIONS="0")
        await run_job(stack, "ingest", "collect", INGEST_ORPHAN_GRACE_SECONDS=_NO_GRACE)
        seen.collected = set(await asyncio.to_thread(_objects, endpoints, _referenced(seen)))
        seen.tables = await _dump(database)
        await run_job(stack, "catalog", "rebuild")
        seen.rebuilt = await _dump(database)
    finally:
        await database.close()
        await connection.close()
    seen.strays = strays(stack) + overgrown(stack)
    seen.canary = list(arena.canary.heard)
    return seen


async def _observe_tables(database: asyncpg.Connection, seen: Observed) -> None:
    seen.offset = await database.fetchval("SELECT sequence FROM projection_offset")
    seen.media = {str(r["id"]): dict(r) for r in await database.fetch("SELECT * FROM media_files")}
    seen.conversions = [dict(r) for r in await database.fetch("SELECT * FROM conversions")]
    seen.poison = {int(r["sequence"]) for r in await database.fetch("SELECT sequence FROM poison_events")}


async def _admitted(arena: Arena) -> int:
    admitted = 0
    async with arena.client(None) as player:
        for token in arena.history.revoked:
            answer = await player.get("/api/player/manifest", headers={"Authorization": f"Bearer {token}"})
            admitted += answer.status_code != httpx.codes.UNAUTHORIZED
    return admitted


async def _observe_stream(connection: Connection, seen: Observed) -> None:
    reader = StreamReader(connection)
    seen.last_sequence = await reader.last_sequence()
    first = 1
    while batch := await reader.read_batch(first, _BATCH):
        for message in batch:
            try:
                seen.events.append((message.sequence, decode(message.headers, message.data).event))
            except MalformedEventError:
                seen.malformed.add(message.sequence)
        first = batch[-1].sequence + 1


async def _unsettled(js: JetStreamContext) -> dict[str, int]:
    infos = [await js.consumer_info(topology.STREAM, lane.durable) for lane in subjects.LANES]
    return {str(info.name): (info.num_pending or 0) + (info.num_ack_pending or 0) for info in infos}


def _store(endpoints: dict[str, Any]) -> Minio:
    s3 = endpoints["s3"]
    host = s3["endpoint"].removeprefix("http://")
    keys = {"access_key": s3["access_key"], "secret_key": s3["secret_key"]}
    return Minio(host, **keys, secure=False, region=s3["region"], http_client=urllib3.PoolManager(retries=_PATIENCE))


def _observe_objects(endpoints: dict[str, Any], seen: Observed) -> None:
    store, bucket = _store(endpoints), endpoints["s3"]["bucket"]
    seen.objects = _objects(endpoints, _referenced(seen))
    for key in {c["pdf_key"] for c in seen.conversions if c["pdf_key"] in seen.objects}:
        try:
            content = store.get_object(bucket, key).read()
        except urllib3.exceptions.HTTPError:
            content = b""  # a PDF that cannot be read is none
        pages, pictured = _pages(content)
        seen.pdfs[key] = (hashlib.sha256(content).hexdigest(), pages)
        if pictured:
            seen.pictured.add(key)


def _referenced(seen: Observed) -> set[str]:
    """What the catalog refers to."""
    originals = {media["object_key"] for media in seen.media.values() if media["deleted_at"] is None}
    made = (row for row in seen.conversions if row["status"] == "ready")
    return originals | {row[name] for row in made for name in ("pdf_key", "thumbnail_key", "report_key") if row[name]}


def _objects(endpoints: dict[str, Any], referenced: set[str]) -> dict[str, int]:
    """What is listed; and of what is referred to, also what is only stored: SeaweedFS may list less than it has."""
    store, bucket = _store(endpoints), endpoints["s3"]["bucket"]
    found = {str(item.object_name): int(item.size or 0) for item in store.list_objects(bucket, recursive=True)}
    for key in referenced - found.keys():
        try:
            found[key] = int(store.stat_object(bucket, key).size or 0)
        except S3Error as error:
            if error.code != "NoSuchKey":
                raise
    return found


def _pages(content: bytes) -> tuple[int, bool]:
    """How many pages a PDF has, and whether there is a picture in it."""
    try:
        with pikepdf.open(io.BytesIO(content)) as pdf:
            streams = (item for item in pdf.objects if isinstance(item, pikepdf.Stream))
            return len(pdf.pages), any(stream.get("/Subtype") == "/Image" for stream in streams)
    except pikepdf.PdfError:
        return 0, False


async def _dump(database: asyncpg.Connection) -> dict[str, list[str]]:
    return {
        table: sorted(json.dumps(dict(row), default=str, sort_keys=True) for row in await database.fetch(query))
        for table, query in _TABLES.items()
    }


async def _job(stack: Stack, service: str, job: str, **settings: str) -> None:
    if await run_job(stack, service, job, **settings) != 0:
        raise RuntimeError(f"infoscreen.{service} {job} failed, see {stack.data_dir / 'jobs.log'}")


def strays(stack: Stack) -> list[str]:
    """Offices without a living converter above them, and folders of jobs that have ended."""
    converters = {pid for name, pid in stack.endpoints["pids"].items() if name.startswith("converter-")}
    processes = [entry for entry in Path("/proc").iterdir() if entry.name.isdecimal()]
    offices = [f"soffice {p.name}" for p in processes if _is_stray(p, str(stack.data_dir), converters)]
    return offices + [str(folder) for folder in stack.data_dir.glob("work/*/job-*")]


def overgrown(stack: Stack) -> list[str]:
    """Services that hold far more descriptors than one at rest needs (20 to 35, seen)."""
    names = [name for name in stack.endpoints["ops"] if stack.pid(name)]
    held = {name: len(list(Path(f"/proc/{stack.pid(name)}/fd").iterdir())) for name in names}
    return [f"{count} descriptors of {name}" for name, count in held.items() if count > _MOST_DESCRIPTORS]


def _is_stray(process: Path, data_dir: str, converters: set[int]) -> bool:
    try:
        command = (process / "cmdline").read_bytes().decode(errors="replace")
        if "soffice.bin" not in command or data_dir not in command:
            return False
        return not (_ancestors(int(process.name)) & converters)
    except OSError:
        return False


def _ancestors(pid: int) -> set[int]:
    found: set[int] = set()
    while pid > 1:
        found.add(pid)
        pid = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    return found
