"""Each alert fires from what a real, broken system exports, and nothing fires while it is well.

What is broken: the real services and servers of `infoscreen up`, watched by Prometheus's own exporters with the
committed configuration. What is not real: the hours that alerts wait for pass in promtool's time (timeline.py), a row
is made older where a deck must have waited long, and a disk that is nearly full cannot be had, so the figure of a real
one is lowered.
"""

import asyncio
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from minio import Minio
from support.paused import paused
from support.until import until
from urllib3 import PoolManager

from alerts.installation import LEAF, Installation, installation
from alerts.scrape import EXPRESSIONS, Series
from alerts.timeline import expect_alert
from infoscreen.catalog.projection.projector import PROJECTOR_LOCK
from infoscreen.cli.background import running
from infoscreen.cli.child import ChildSpec
from infoscreen.cli.ports import LOOPBACK
from infoscreen.cli.probes import http_answers
from infoscreen.cli.requirements import repository_root
from infoscreen.common.clock import utc_now
from infoscreen.common.events import Envelope, MediaDeleted, new_media_id, to_body, to_headers
from infoscreen.common.messaging import topology

SAMPLE = (repository_root() / "samples" / "welcome.fodp").read_bytes()
APPEARS_SECONDS = 60
pytestmark = pytest.mark.timeout(300)


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Iterator[Installation]:
    often = {
        "ACCOUNTS_SYNC_INTERVAL_SECONDS": "1",
        "CATALOG_CLEANUP_INTERVAL_SECONDS": "2",
        "CATALOG_FIGURES_INTERVAL_SECONDS": "1",
    }
    with installation(tmp_path_factory.mktemp("alerts"), **often) as found:
        yield found


def values(scraped: Series, metric: str, **labels: str) -> list[float]:
    """Of the series of a metric that have these labels."""
    wanted = [f'{name}="{value}"' for name, value in labels.items()]
    return [v for name, v in scraped.items() if name.startswith(f"{metric}{{") and all(w in name for w in wanted)]


async def once(site: Installation, condition: Callable[[Series], bool], **others: str) -> Series:
    """The metrics, as soon as they say what is expected."""

    async def told() -> Series | None:
        scraped = await asyncio.to_thread(site.metrics, **others)
        return scraped if condition(scraped) else None

    return await until(told, "the metrics tell it", APPEARS_SECONDS, poll_seconds=0.2)


async def upload(site: Installation, content: bytes, expect: int = 201) -> str:
    async with site.client() as people:
        answer = await people.post("/api/media", params={"filename": "deck.fodp"}, content=content)
    assert answer.status_code == expect, answer.text
    return str(answer.json()["media_id"])


async def shown(site: Installation, media_id: str) -> dict:
    """What a player is told, once the medium is ready."""
    async with site.client() as people:
        headers = {"Accept": "application/json"}
        answer = await people.get(f"/api/media/{media_id}/display", params={"wait": 25}, headers=headers)
    assert answer.json()["status"] == "ready", answer.text
    return dict(answer.json())


def deck() -> bytes:
    """The sample, unlike any before."""
    return SAMPLE + f"<!-- {uuid4()} -->".encode()


async def publish_deletions(site: Installation, count: int) -> None:
    """Facts that give work to the projection alone: deletions of media that never were."""
    async with site.jetstream() as js:
        for _ in range(count):
            gone = MediaDeleted(media_id=new_media_id(), deleted_by="test")
            envelope = Envelope(str(uuid4()), "infoscreen/test", utc_now(), gone)
            await js.publish(f"{gone.type}.{gone.media_id}", to_body(gone), headers=to_headers(envelope))


def above(metric: str, limit: float) -> Callable[[Series], bool]:
    """True where a metric is greater than this."""
    return lambda scraped: any(value > limit for value in values(scraped, metric))


def unhealthy(check: str) -> Callable[[Series], bool]:
    """True where a service says that it misses something."""
    return lambda scraped: 0 in values(scraped, "infoscreen_check_ok", check=check)


async def test_conversions_failing(site, tmp_path):
    def failed(scraped: Series) -> float:
        return sum(values(scraped, "infoscreen_events_published_total", type="conversion.failed"))

    healthy = await site.healthy()
    for _ in range(5):
        await upload(site, deck().replace(b"</office:document>", b""))
    broken = await once(site, lambda scraped: failed(scraped) >= failed(healthy) + 5)
    expect_alert("ConversionsFailing", healthy, broken, tmp_path)


async def test_oldest_pending_too_old(site, tmp_path):
    healthy = await site.healthy()
    with paused(site.endpoints, "converter-1"):
        media_id = await upload(site, deck())
        await make_older(site, media_id)
        broken = await once(site, above("infoscreen_conversions_oldest_pending_seconds", 3000))
    expect_alert("OldestPendingTooOld", healthy, broken, tmp_path)
    await shown(site, media_id)


async def make_older(site: Installation, media_id: str) -> None:
    """Its conversion was asked for an hour ago."""
    aged = "UPDATE conversions SET requested_at = requested_at - interval '1 hour' WHERE source_file_id = $1"
    async with site.database() as database:

        async def done() -> bool:
            return await database.execute(aged, media_id) != "UPDATE 0"

        await until(done, "a conversion to make older", APPEARS_SECONDS)


async def test_converter_engine_down(site, tmp_path):
    healthy = await site.healthy()
    with a_converter_without_its_gotenberg(site, tmp_path) as ops:
        broken = await once(site, unhealthy("engine"), converter=ops)
    expect_alert("ConverterEngineDown", healthy, broken, tmp_path)


@contextmanager
def a_converter_without_its_gotenberg(site: Installation, tmp_path, **others: str) -> Iterator[str]:
    """One more converter, by its ops URL."""
    work, ops_port = tmp_path / "work", site.ports.port("converter-ops")
    work.mkdir()
    settings = {
        "CONVERTER_NAME": "converter-2",
        "CONVERTER_OPS_PORT": str(ops_port),
        "CONVERTER_ENGINE": "gotenberg",
        "CONVERTER_GOTENBERG_URL": f"http://{LOOPBACK}:{site.ports.port('gotenberg')}",
        "CONVERTER_WORK_DIR": str(work),
        **others,
    }
    ops = f"http://{LOOPBACK}:{ops_port}"
    converter = ChildSpec(
        name="converter-2",
        argv=(sys.executable, "-m", "infoscreen.converter"),
        env=site.environment_of("converter-1") | settings,
        probe=http_answers(f"{ops}/livez"),
        grace_seconds=40,
    )
    with running(converter, tmp_path / "converter-2.log"):
        yield ops


async def test_dead_letters(site, tmp_path):
    healthy = await site.healthy()
    async with site.jetstream() as js:
        await js.publish(f"media.uploaded.{uuid4()}", b"no event")
    broken = await once(site, lambda scraped: any(values(scraped, "infoscreen_messages_total", outcome="deadletter")))
    expect_alert("DeadLetters", healthy, broken, tmp_path)


async def test_consumption_paused(site, tmp_path):
    async def until_paused(ops: str) -> Series:
        for _ in range(15):  # converter-1, which gets some of them, pauses at 20
            async with site.jetstream() as js:
                await js.publish(f"media.uploaded.{uuid4()}", b"no event")
            await asyncio.sleep(1)
            scraped = await asyncio.to_thread(site.metrics, converter=ops)
            if above("infoscreen_consumption_paused", 0)(scraped):
                return scraped
        pytest.fail("no consumer pauses")

    healthy = await site.healthy()
    with a_converter_without_its_gotenberg(site, tmp_path, DEAD_LETTER_MESSAGES="1") as ops:
        broken = await until_paused(ops)
    expect_alert("ConsumptionPaused", healthy, broken, tmp_path)


async def test_poison_events(site, tmp_path):
    def poisoned(scraped: Series) -> float:
        return sum(values(scraped, "infoscreen_projection_poison_events_total"))

    healthy = await site.healthy()
    async with site.jetstream() as js:
        await js.publish(f"conversion.started.{uuid4()}", b"no event")
    broken = await once(site, lambda scraped: poisoned(scraped) > poisoned(healthy))
    expect_alert("PoisonEvents", healthy, broken, tmp_path)


@pytest.mark.exhaustive
async def test_newer_events(site, tmp_path):
    def refused(scraped: Series) -> float:
        return sum(values(scraped, "infoscreen_projection_newer_events_total"))

    healthy = await site.healthy()
    event = MediaDeleted(media_id=new_media_id(), deleted_by="test")
    headers = to_headers(Envelope(str(uuid4()), "test", utc_now(), event))
    headers |= {"ce-type": "media.sung", "ce-dataschema": "urn:infoscreen:media.sung:v1"}
    async with site.jetstream() as js:
        sequence = (await js.publish(f"media.sung.{event.media_id}", b"{}", headers=headers)).seq
    broken = await once(site, lambda scraped: refused(scraped) > refused(healthy))
    expect_alert("NewerEvents", healthy, broken, tmp_path)
    skip = ("-m", "infoscreen.cli", "skip", str(sequence), "--data-dir", str(site.data_dir))
    assert await (await asyncio.create_subprocess_exec(sys.executable, *skip)).wait() == 0
    await site.healthy()


async def test_projection_lag(site, tmp_path):
    healthy = await site.healthy()
    async with site.database() as hog, hog.transaction():
        await hog.execute("SELECT sequence FROM projection_offset FOR UPDATE")
        await publish_deletions(site, 510)
        broken = await once(site, above("infoscreen_projection_lag_events", 500))
    expect_alert("ProjectionLag", healthy, broken, tmp_path)


@pytest.mark.exhaustive
async def test_no_active_projector(site, tmp_path):
    healthy = await site.healthy()
    async with site.database() as thief, site.database() as superior:
        stealing = asyncio.create_task(thief.execute("SELECT pg_advisory_lock($1)", PROJECTOR_LOCK))
        evict = (
            "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND granted AND classid = $1"
            " AND EXISTS (SELECT FROM pg_locks AS waiting WHERE waiting.locktype = 'advisory' AND NOT waiting.granted)"
        )

        async def stolen() -> bool:
            if not stealing.done():
                await superior.execute(evict, PROJECTOR_LOCK >> 32)
            return stealing.done()

        await until(stolen, "the projector's lock is taken", APPEARS_SECONDS)
        broken = await once(site, lambda scraped: values(scraped, "infoscreen_projection_active") == [0])
    expect_alert("NoActiveProjector", healthy, broken, tmp_path)


@pytest.mark.exhaustive
async def test_service_down(site, tmp_path):
    jobs = ("ingest", "catalog", "player-gateway", "converter")
    healthy = await site.healthy()
    with paused(site.endpoints, "ingest", "catalog", "player-gateway", "converter-1"):
        broken = await once(site, lambda scraped: all(values(scraped, "up", job=job) == [0] for job in jobs))
    expect_alert("ServiceDown", healthy, broken, tmp_path, times=len(jobs))


@pytest.mark.exhaustive
async def test_nats_away_and_outbox_growing(site, tmp_path):
    healthy = await site.healthy()
    with paused(site.endpoints, "nats"):
        media_id = await upload(site, deck(), expect=202)
        broken = await once(site, lambda scraped: any(values(scraped, "infoscreen_outbox_events")))
    assert values(broken, "probe_success", job="nats") == [0]
    assert unhealthy("nats")(broken)
    expect_alert("NatsAway", healthy, broken, tmp_path)
    expect_alert("OutboxGrowing", healthy, broken, tmp_path)
    await shown(site, media_id)


async def test_access_not_written(site, tmp_path):
    healthy = await site.healthy()
    async with site.jetstream() as js:
        config = (await js.stream_info(f"KV_{topology.ACCESS}")).config
        await js.update_stream(replace(config, max_msg_size=1))
        broken = await once(site, unhealthy("access"))
        await js.update_stream(config)
    assert not unhealthy("nats")(broken)
    expect_alert("AccessNotWritten", healthy, broken, tmp_path)
    await site.healthy()


async def test_nats_refuses(site, tmp_path):
    healthy = await site.healthy()
    gateways = site.environment_of("player-gateway")["NATS_URL"]
    with a_converter_without_its_gotenberg(site, tmp_path, NATS_URL=gateways) as ops:
        broken = await once(site, above("infoscreen_nats_refusals_total", 0), converter=ops)
    expect_alert("NatsRefuses", healthy, broken, tmp_path)


@pytest.mark.exhaustive
@pytest.mark.parametrize(
    ("server", "check", "alert"), [("s3", "s3", "ObjectStoreAway"), ("postgres", "database", "DatabaseAway")]
)
async def test_object_store_and_database_away(site, tmp_path, server, check, alert):
    healthy = await site.healthy()
    with paused(site.endpoints, server):
        broken = await once(site, unhealthy(check))
    expect_alert(alert, healthy, broken, tmp_path)


@pytest.mark.exhaustive
async def test_edge_down(site, tmp_path):
    healthy = await site.healthy()
    with paused(site.endpoints, "edge"):
        broken = await once(site, lambda scraped: values(scraped, "probe_success", job="edge") == [0])
    expect_alert("EdgeDown", healthy, broken, tmp_path)


async def test_certificate_expiring(site, tmp_path):
    healthy = await site.healthy()
    soon = await asyncio.to_thread(site.probe, "edge", f"https://{LEAF}:{site.ports.port('https')}/")
    assert values(soon, "probe_success") == [1]
    expect_alert("CertificateExpiring", healthy, healthy | soon, tmp_path)


async def test_disk_filling_up(site, tmp_path):
    healthy, disks = await site.healthy(), await asyncio.to_thread(site.nodes)
    # One disk of this machine, whatever file system it has and however many others there are.
    series, size = next((name, v) for name, v in disks.items() if name.startswith("node_filesystem_size_bytes{"))
    assert series.replace("_size_", "_avail_") in disks
    disk = re.sub(r'fstype="[^"]*"', 'fstype="ext4"', series)
    roomy, full = ({disk: size, disk.replace("_size_", "_avail_"): share * size} for share in (0.5, 0.1))
    expect_alert("DiskFillingUp", healthy | roomy, healthy | full, tmp_path)


async def test_stream_filling_up(site, tmp_path):
    await shown(site, await upload(site, deck()))
    healthy = await site.healthy()
    async with site.jetstream() as js:
        info = await js.stream_info(topology.STREAM)
        await js.update_stream(info.config, max_bytes=info.state.bytes * 10 // 9)
        broken = await once(site, lambda scraped: fullness(scraped) > 0.8)
        await js.update_stream(info.config)
    expect_alert("StreamFillingUp", healthy, broken, tmp_path)


def fullness(scraped: Series) -> float:
    """Of the stream, by what the leading catalog says."""
    [used] = values(scraped, "infoscreen_stream_bytes") or [0]
    [limit] = values(scraped, "infoscreen_stream_max_bytes") or [1]
    return used / limit


async def test_players_gone(site, tmp_path):
    healthy = await site.healthy()
    async with site.client() as people:
        player = (await people.post("/api/players", json={"name": "Lobby"})).json()["player_id"]
    async with site.database() as database:
        await database.execute("UPDATE players SET last_seen_at = now() - interval '1 day' WHERE id = $1", player)
    broken = await once(site, lambda scraped: any(values(scraped, "infoscreen_players", state="gone")))
    expect_alert("PlayersGone", healthy, broken, tmp_path)
    async with site.client() as people:
        assert (await people.delete(f"/api/players/{player}")).is_success


async def test_objects_missing(site, tmp_path):
    media_id = await upload(site, deck())
    pdf = urlsplit((await shown(site, media_id))["url"]).path.removeprefix("/infoscreen/")
    healthy = await site.healthy()
    access = site.endpoints["s3"]
    pool = PoolManager()
    store = Minio(
        urlsplit(access["endpoint"]).netloc,
        access_key=access["access_key"],
        secret_key=access["secret_key"],
        region=access["region"],
        secure=False,
        http_client=pool,
    )
    await asyncio.to_thread(store.remove_object, access["bucket"], pdf)
    pool.clear()
    broken = await once(site, lambda scraped: any(values(scraped, "infoscreen_objects_missing_total")))
    expect_alert("ObjectsMissing", healthy, broken, tmp_path)


def test_every_alert_has_its_test_here():
    here = Path(__file__).read_text()
    assert [alert for alert in EXPRESSIONS if f'"{alert}"' not in here] == []
