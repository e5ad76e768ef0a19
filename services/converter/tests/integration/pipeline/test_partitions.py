"""A converter cut off from NATS for longer than its lease (fault 8), through a TCP proxy that swallows what passes."""

import asyncio
import contextlib
from typing import Self
from urllib.parse import urlsplit

import pytest
from nats.js.api import ConsumerConfig
from support.until import until

from infoscreen.common.events import ConversionStarted, ConversionSucceeded, Priority, subjects
from infoscreen.common.messaging import topology

ACK_WAIT_SECONDS = 1.0
LANE = subjects.Lane("short", Priority.NORMAL, ("media.uploaded.*",))


class Proxy:
    """Forwards to a server while it is `whole`; what comes at other times stays in the network."""

    def __init__(self, host: str, port: int) -> None:
        self._server_address = (host, port)
        self._connections: set[asyncio.Task[None]] = set()
        self.whole = asyncio.Event()
        self.whole.set()

    async def __aenter__(self) -> Self:
        self._listener = await asyncio.start_server(self._connect, "127.0.0.1", 0)
        self.address = "{}:{}".format(*self._listener.sockets[0].getsockname())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._listener.close()
        for connection in self._connections:
            connection.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._connections.add(asyncio.current_task())
        with contextlib.suppress(OSError):
            upstream_reader, upstream_writer = await asyncio.open_connection(*self._server_address)
            async with asyncio.TaskGroup() as directions:
                directions.create_task(self._forward(reader, upstream_writer))
                directions.create_task(self._forward(upstream_reader, writer))

    async def _forward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await reader.read(65536):
                await self.whole.wait()
                writer.write(data)
                await writer.drain()
        except OSError:
            pass
        finally:
            writer.close()


@pytest.fixture
async def proxy(world):
    server = urlsplit(world.nats_url)
    async with Proxy(server.hostname, server.port) as proxy:
        yield proxy


@pytest.fixture
async def start_on_short_lane(world, start_converter, proxy):
    """Starts converters whose work is redelivered after a second, behind the proxy if they are to be cut off."""
    config = ConsumerConfig(
        durable_name=LANE.durable,
        filter_subjects=list(LANE.subjects),
        ack_wait=ACK_WAIT_SECONDS,
        ack_policy="explicit",
    )
    await world.connection.js.add_consumer(topology.STREAM, config)

    async def start(name: str, *, behind_proxy: bool, ack_wait_seconds: float = ACK_WAIT_SECONDS):
        url = world.nats_url.replace(urlsplit(world.nats_url).netloc.rpartition("@")[2], proxy.address)
        url = url if behind_proxy else world.nats_url
        return await start_converter(name=name, nats_url=url, lanes=[LANE], ack_wait_seconds=ack_wait_seconds)

    return start


async def test_another_one_does_the_work_and_the_one_cut_off_abandons_it(world, proxy, start_on_short_lane, documents):
    cut_off = await start_on_short_lane("cut-off", behind_proxy=True)
    cut_off.engine.script.append(asyncio.Event().wait)
    uploaded, _ = await world.upload(documents.fodp("Abandoned"))
    await until(lambda: cut_off.engine.conversions, "the first one converts")
    proxy.whole.clear()
    await start_on_short_lane("other", behind_proxy=False)
    result = await world.result(uploaded.media_id)
    await until(lambda: cut_off.engine.cancelled, "the one cut off gives up")
    proxy.whole.set()
    await world.settled(LANE.durable)
    assert (result.worker, result.attempt) == ("other", 2)
    assert (await world.events_of(uploaded.media_id)).count("conversion.succeeded") == 1


async def test_a_late_result_is_harmless(world, proxy, start_on_short_lane, documents):
    """Of a converter that does not know that its lease has run out."""
    finish = asyncio.Event()
    late = await start_on_short_lane("late", behind_proxy=True, ack_wait_seconds=60)
    late.engine.script.append(finish.wait)
    uploaded, _ = await world.upload(documents.fodp("Late"))
    await until(lambda: late.engine.conversions, "the first one converts")
    await world.started(uploaded.media_id)  # the engine does not wait for it, and a line that is cut would lose it
    proxy.whole.clear()
    await start_on_short_lane("other", behind_proxy=False)
    result = await world.result(uploaded.media_id)
    finish.set()
    proxy.whole.set()
    await until(lambda: late.outcomes, "the late one is through with it")

    events = [event for event in await world.events() if event.media_id == uploaded.media_id]
    assert [event.worker for event in events if isinstance(event, ConversionStarted)] == ["late", "other"]
    assert [event.worker for event in events if isinstance(event, ConversionSucceeded)] == ["other"]
    assert await world.objects_beside(result) == []
