"""Faults of the stream and its durables, and messages that no service publishes."""

import asyncio
import contextlib
import random
from uuid import uuid4

from nats.js.errors import APIError
from pydantic import SecretStr

from chaos.arena import Arena, MissedError, persistently
from chaos.stack import KEY_WINDOW_SECONDS
from infoscreen.common.clock import utc_now
from infoscreen.common.events import Envelope, MediaDeleted, new_media_id, subjects, to_headers
from infoscreen.common.messaging import topology
from infoscreen.common.settings import NatsSettings

_RESTORE_SECONDS = 60
_RECENT = 300


async def restore_topology(arena: Arena) -> None:
    """What an operator does who finds a durable gone or a stream too small."""

    async def apply() -> None:
        async with arena.nats() as connection:
            settings = NatsSettings(
                url=SecretStr(arena.stack.endpoints["nats"]), stream_duplicate_window_seconds=KEY_WINDOW_SECONDS
            )
            await topology.apply(connection.jetstream(), settings)

    await persistently(apply, _RESTORE_SECONDS)


async def lose_durable(arena: Arena, chance: random.Random) -> None:
    """Row 12: a durable is gone until the topology is applied again."""
    async with arena.nats() as connection:
        await connection.jetstream().delete_consumer(topology.STREAM, chance.choice(subjects.LANES).durable)
    await asyncio.sleep(chance.uniform(1, 4))
    await restore_topology(arena)


async def fill_stream(arena: Arena, chance: random.Random) -> None:
    """Row 7: a stream without room refuses; uploads are parked until there is room."""
    async with arena.nats() as connection:
        js = connection.jetstream()
        info = await js.stream_info(topology.STREAM)
        info.config.max_bytes = max(1, info.state.bytes)
        await js.update_stream(info.config)
    await asyncio.sleep(chance.uniform(3, 6))
    await restore_topology(arena)


async def repeat_old_events(arena: Arena, chance: random.Random) -> None:
    """Row 19: facts stored again, late and out of order; and published again as a publisher repeats them."""
    async with arena.nats() as connection:
        js = connection.jetstream()
        last = (await js.stream_info(topology.STREAM)).state.last_seq
        if not last:
            raise MissedError("the stream is empty")
        for _ in range(8):
            old = await js.get_msg(topology.STREAM, seq=chance.randint(max(1, last - _RECENT), last))
            headers = dict(old.headers or {})
            # An upload that is stored a second time is a new generation, not a repetition: its id or the condition that
            # it was stored under keep the server from that.
            if (old.subject or "").startswith("media.uploaded"):
                with contextlib.suppress(APIError):
                    await js.publish(old.subject or "", old.data or b"", headers=headers)
            else:
                headers = {name: value for name, value in headers.items() if not name.startswith("Nats-")}
                await js.publish(old.subject or "", old.data or b"", headers=headers)


async def publish_poison(arena: Arena, chance: random.Random) -> None:
    """Row 19: an event that lacks what it must say, and what is no event at all."""
    async with arena.nats() as connection:
        js = connection.jetstream()
        stranger = MediaDeleted(media_id=new_media_id(), deleted_by="nemesis")
        headers = to_headers(Envelope(str(uuid4()), "nemesis", utc_now(), stranger))
        await js.publish(subjects.subject_of(stranger), b"{}", headers=headers)
        await js.publish(subjects.uploads_of(new_media_id()), chance.randbytes(100))
