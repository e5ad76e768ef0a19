"""Every stream, bucket and durable consumer, declared in one place and applied by one deploy job.

Services check that it is there and wait; they never create anything as a side effect. The values and the
reasons for them are in docs/adr/0002-jetstream.md.
"""

from dataclasses import replace

from nats.js import JetStreamContext
from nats.js.api import (
    AckPolicy,
    ConsumerConfig,
    DeliverPolicy,
    DiscardPolicy,
    RetentionPolicy,
    StorageType,
    StreamConfig,
)
from nats.js.errors import NotFoundError

from infoscreen.common.events.subjects import DEATHS, FACTS, LANES, NOTICES, Lane
from infoscreen.common.settings import NatsSettings

STREAM = "INFOSCREEN"
DEAD_LETTERS = "DEAD_LETTERS"
ADVISORIES = "ADVISORIES"
RENDITIONS = "renditions"
ACCESS = "access"

MAX_MESSAGE_BYTES = 64 * 1024
ACK_WAIT_SECONDS = 60.0
MAX_DELIVER = 10
MAX_ACK_PENDING = 256


DEAD_LETTER_SUBJECT = "dead.{durable}"


def _streams(settings: NatsSettings) -> list[StreamConfig]:
    facts = StreamConfig(
        name=STREAM,
        description="The ordered log of facts",
        subjects=list(FACTS),
        storage=StorageType.FILE,
        retention=RetentionPolicy.LIMITS,
        discard=DiscardPolicy.NEW,
        max_msg_size=MAX_MESSAGE_BYTES,
        max_bytes=settings.stream_max_bytes,
        max_age=settings.stream_max_age_seconds,
        duplicate_window=_duplicate_window_seconds(settings),
        deny_delete=True,
        deny_purge=False,  # the catalog forgets media that were deleted long ago
        allow_direct=True,
        num_replicas=settings.stream_replicas,
    )
    dead_letters = StreamConfig(
        name=DEAD_LETTERS,
        description="Messages that could not be handled, with why and their history",
        subjects=["dead.>"],
        storage=StorageType.FILE,
        retention=RetentionPolicy.LIMITS,
        discard=DiscardPolicy.NEW,
        max_msg_size=2 * MAX_MESSAGE_BYTES,
        max_bytes=256 * 1024**2,
        allow_direct=True,
        num_replicas=settings.stream_replicas,
    )
    advisories = StreamConfig(
        name=ADVISORIES,
        description="What the server says about deliveries it gave up",
        subjects=[f"$JS.EVENT.ADVISORY.CONSUMER.MAX_DELIVERIES.{STREAM}.>"],
        storage=StorageType.FILE,
        retention=RetentionPolicy.LIMITS,
        discard=DiscardPolicy.OLD,
        max_bytes=16 * 1024**2,
        max_age=30 * 24 * 3600.0,
        num_replicas=settings.stream_replicas,
    )
    renditions = _bucket(RENDITIONS, "The one PDF of each (sha256, target, profile)", settings)
    access = _bucket(ACCESS, "Who each session and personal token is, by the token's digest", settings)
    return [facts, dead_letters, advisories, renditions, access]


def _bucket(name: str, description: str, settings: NatsSettings) -> StreamConfig:
    """What NATS calls a key-value bucket (ADR-8), spelt out because nats-py can create one but not repair it."""
    return StreamConfig(
        name=f"KV_{name}",
        description=description,
        subjects=[f"$KV.{name}.>"],
        storage=StorageType.FILE,
        discard=DiscardPolicy.NEW,
        max_msgs_per_subject=1,
        duplicate_window=120.0,
        allow_rollup_hdrs=True,
        allow_msg_ttl=True,  # as clients make buckets; it cannot be turned off again
        deny_delete=True,
        allow_direct=True,
        num_replicas=settings.stream_replicas,
    )


def _duplicate_window_seconds(settings: NatsSettings) -> float:
    """The configured window, but at most the age limit of messages: the server refuses a longer one."""
    window, age = settings.stream_duplicate_window_seconds, settings.stream_max_age_seconds
    return min(window, age) if age else window


def _durable(lane: Lane) -> ConsumerConfig:
    return ConsumerConfig(
        durable_name=lane.durable,
        description=f"Conversions, {lane.priority}",
        filter_subjects=list(lane.subjects),
        deliver_policy=DeliverPolicy.ALL,
        ack_policy=AckPolicy.EXPLICIT,
        ack_wait=ACK_WAIT_SECONDS,
        max_deliver=MAX_DELIVER,
        max_ack_pending=MAX_ACK_PENDING,
    )


def _notices(lane: Lane) -> ConsumerConfig:
    """A durable that begins at what comes next: people are told nothing old by one that was made anew."""
    return replace(_durable(lane), description="What people are told of", deliver_policy=DeliverPolicy.NEW)


def _durables() -> list[tuple[str, ConsumerConfig]]:
    """Every durable with its stream."""
    work = [(STREAM, _durable(lane)) for lane in LANES]
    return [*work, (STREAM, _notices(NOTICES)), (DEAD_LETTERS, _notices(DEATHS))]


async def apply(js: JetStreamContext, settings: NatsSettings) -> None:
    """Create what is missing and update what differs. Safe to run again, at any time."""
    for config in _streams(settings):
        try:
            there = (await js.stream_info(str(config.name))).config
        except NotFoundError:
            await js.add_stream(config)
        else:  # the server never takes a denial back; streams of 1.0.0 have this one
            await js.update_stream(replace(config, deny_purge=config.deny_purge or there.deny_purge))
    await apply_durables(js)


async def apply_durables(js: JetStreamContext) -> None:
    """Create the durable consumers that are missing and update those that drifted."""
    for stream, durable in _durables():
        await js.add_consumer(stream, durable)


async def missing(js: JetStreamContext) -> list[str]:
    """The names of streams, buckets and durables that are declared here but not on the server."""
    absent = []
    for stream in (STREAM, DEAD_LETTERS, ADVISORIES, f"KV_{RENDITIONS}", f"KV_{ACCESS}"):
        try:
            await js.stream_info(stream)
        except NotFoundError:
            absent.append(stream)
    for stream, durable in _durables():
        name = str(durable.durable_name)
        try:
            if stream not in absent:
                await js.consumer_info(stream, name)
        except NotFoundError:
            absent.append(name)
    if STREAM in absent:
        absent += [lane.durable for lane in LANES]
    return absent


async def differences(js: JetStreamContext, settings: NatsSettings) -> list[str]:
    """One sentence for each difference: what is missing, and each value that was changed on the server."""
    found = [f"{name} is missing" for name in await missing(js)]
    for stream in _streams(settings):
        try:
            there = (await js.stream_info(str(stream.name))).config
        except NotFoundError:
            continue
        found += _drift(str(stream.name), stream, there)
    for name, durable in _durables():
        try:
            info = await js.consumer_info(name, str(durable.durable_name))
        except NotFoundError:
            continue
        found += _drift(str(durable.durable_name), durable, info.config)
    return found


def _drift(name: str, declared: StreamConfig | ConsumerConfig, there: StreamConfig | ConsumerConfig) -> list[str]:
    """The values that differ from the declared ones; a value left at the client's default is not compared."""
    undeclared = vars(type(declared)())
    return [
        f"{name} has {field} {getattr(there, field)} instead of {value}"
        for field, value in vars(declared).items()
        if value != undeclared[field] and (value or getattr(there, field)) and getattr(there, field) != value
    ]
