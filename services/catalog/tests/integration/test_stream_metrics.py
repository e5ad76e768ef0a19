"""The metrics of the stream and of the lanes' consumers, which only the leading process exports."""

import asyncio

from prometheus_client import REGISTRY
from support.until import until

from infoscreen.catalog.operations.stream_metrics import StreamMetrics
from infoscreen.common.messaging import topology

STREAM = {"stream": topology.STREAM}
NORMAL = {"durable": "converter"}


def value(metric, **labels):
    return REGISTRY.get_sample_value(f"infoscreen_{metric}", labels)


async def test_the_room_in_the_stream_and_what_waits_in_a_lane_are_exported(connection, stream):
    await stream.upload()
    await stream.upload()
    subscription = await connection.js.pull_subscribe_bind("converter", topology.STREAM)
    await subscription.fetch(1, timeout=60)
    await StreamMetrics(connection, interval_seconds=3600).measure()
    info = await connection.js.stream_info(topology.STREAM)
    assert value("stream_bytes", **STREAM) == info.state.bytes > 0
    assert value("stream_max_bytes", **STREAM) == info.config.max_bytes > 0
    assert value("consumer_waiting_messages", **NORMAL) == 1
    assert value("consumer_unacknowledged_messages", **NORMAL) == 1


async def test_a_process_that_no_longer_leads_exports_no_stream_metrics(connection, stream):
    stop = asyncio.Event()
    running = asyncio.create_task(StreamMetrics(connection, interval_seconds=3600).run(stop))
    await until(lambda: value("stream_bytes", **STREAM) is not None, "the metrics are exported")
    stop.set()
    await running
    assert value("stream_bytes", **STREAM) is None
    assert value("consumer_waiting_messages", **NORMAL) is None
