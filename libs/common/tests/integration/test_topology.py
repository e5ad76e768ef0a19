"""The deploy job makes the server what the code declares, however often it runs and whatever it finds."""

from dataclasses import replace

import pytest
from nats.js.api import ConsumerConfig, StreamConfig

from infoscreen.common.events import ConversionRequested, MediaDeleted, RequestReason, new_media_id, subjects
from infoscreen.common.messaging import topology

BUCKETS = [f"KV_{topology.RENDITIONS}", f"KV_{topology.ACCESS}"]
STREAMS = [topology.STREAM, topology.DEAD_LETTERS, topology.ADVISORIES, *BUCKETS]
DURABLES = [lane.durable for lane in subjects.LANES]


async def configurations(js):
    streams = {name: (await js.stream_info(name)).config for name in STREAMS}
    durables = {name: (await js.consumer_info(topology.STREAM, name)).config for name in DURABLES}
    return streams, durables


async def test_applying_twice_changes_nothing(connection, nats_settings):
    first = await configurations(connection.js)
    await topology.apply(connection.js, nats_settings)
    assert await configurations(connection.js) == first


async def test_a_setting_that_drifted_is_repaired(connection, nats_settings):
    js = connection.js
    declared = await configurations(js)
    streams, durables = declared
    await js.update_stream(replace(streams[topology.STREAM], max_msg_size=10, max_bytes=1024**2, duplicate_window=1))
    await js.update_stream(replace(streams[topology.DEAD_LETTERS], max_bytes=1024**2))
    await js.update_stream(replace(streams[f"KV_{topology.RENDITIONS}"], max_msgs_per_subject=5))
    drifted = replace(durables["converter"], max_deliver=2, ack_wait=1, filter_subjects=["media.uploaded.*"])
    await js.add_consumer(topology.STREAM, drifted)
    await topology.apply(js, nats_settings)
    assert await configurations(js) == declared


async def test_changed_settings_are_applied_to_existing_streams(connection, nats_settings):
    larger = nats_settings.model_copy(update={"stream_max_bytes": 9 * 1024**3, "stream_max_age_seconds": 3600})
    await topology.apply(connection.js, larger)
    config = (await connection.js.stream_info(topology.STREAM)).config
    # The server takes no duplicate window that is longer than messages live.
    assert (config.max_bytes, config.max_age, config.duplicate_window) == (9 * 1024**3, 3600, 3600)


async def test_a_stream_of_an_earlier_version_gets_the_longer_duplicate_window(connection, nats_settings):
    streams, _ = await configurations(connection.js)
    await connection.js.update_stream(replace(streams[topology.STREAM], duplicate_window=3600))
    await topology.apply(connection.js, nats_settings)
    assert (await connection.js.stream_info(topology.STREAM)).config.duplicate_window == 24 * 3600


async def test_everything_is_missing_before_it_is_applied(nats_settings, connection):
    for stream in STREAMS:
        await connection.js.delete_stream(stream)
    assert set(await topology.missing(connection.js)) == {*STREAMS, *DURABLES}


async def test_a_missing_durable_is_reported_and_made_again(connection):
    assert await topology.missing(connection.js) == []
    await connection.js.delete_consumer(topology.STREAM, "converter-bulk")
    assert await topology.missing(connection.js) == ["converter-bulk"]
    await topology.apply_durables(connection.js)
    assert await topology.missing(connection.js) == []


async def test_an_applied_topology_has_no_differences(connection, nats_settings):
    assert await topology.differences(connection.js, nats_settings) == []


async def test_differences_name_what_is_missing_or_changed(connection, nats_settings):
    js = connection.js
    streams, durables = await configurations(js)
    await js.update_stream(replace(streams[topology.STREAM], max_bytes=1024**2))
    await js.add_consumer(topology.STREAM, replace(durables["converter"], max_deliver=2))
    await js.delete_consumer(topology.STREAM, "converter-bulk")
    assert await topology.differences(js, nats_settings) == [
        "converter-bulk is missing",
        f"INFOSCREEN has max_bytes {1024**2} instead of {8 * 1024**3}",
        "converter has max_deliver 2 instead of 10",
    ]


async def test_facts_are_never_forgotten_to_make_room(connection):
    config = (await connection.js.stream_info(topology.STREAM)).config
    assert (config.retention, config.discard, config.storage) == ("limits", "new", "file")
    assert config.deny_delete
    assert not config.deny_purge
    assert config.duplicate_window == 24 * 3600
    assert config.max_msg_size == 64 * 1024


async def test_a_stream_of_the_first_release_is_kept_with_its_denial_of_purges(nats_settings, connection):
    await connection.js.delete_stream(topology.STREAM)
    [facts] = [config for config in topology._streams(nats_settings) if config.name == topology.STREAM]
    await connection.js.add_stream(replace(facts, deny_purge=True))
    await topology.apply(connection.js, nats_settings)
    assert (await connection.js.stream_info(topology.STREAM)).config.deny_purge
    assert await topology.differences(connection.js, nats_settings) == []


@pytest.mark.parametrize("durable", DURABLES)
async def test_work_is_acknowledged_one_by_one_and_redelivered_after_a_minute(connection, durable):
    config: ConsumerConfig = (await connection.js.consumer_info(topology.STREAM, durable)).config
    assert (config.ack_policy, config.ack_wait, config.max_deliver) == ("explicit", 60, 10)
    assert config.max_ack_pending == 256
    assert config.backoff is None
    assert config.inactive_threshold is None


@pytest.mark.parametrize(("priority", "durable"), [(lane.priority, lane.durable) for lane in subjects.LANES])
async def test_a_request_reaches_the_lane_of_its_priority_and_no_other(connection, priority, durable):
    event = ConversionRequested(media_id=new_media_id(), generation=1, priority=priority, reason=RequestReason.ENSURE)
    await connection.js.publish(subjects.subject_of(event), b"{}")
    waiting = {name: (await connection.js.consumer_info(topology.STREAM, name)).num_pending for name in DURABLES}
    assert waiting == {name: int(name == durable) for name in DURABLES}


async def test_a_deletion_is_no_work(connection):
    event = MediaDeleted(media_id=new_media_id(), deleted_by="ann")
    await connection.js.publish(subjects.subject_of(event), b"{}")
    for durable in DURABLES:
        assert (await connection.js.consumer_info(topology.STREAM, durable)).num_pending == 0


async def test_a_stream_of_the_same_subjects_is_not_taken_over(nats_settings, connection):
    """A server that another system uses already makes the job fail, rather than share or delete their data."""
    await connection.js.delete_stream(topology.STREAM)
    await connection.js.add_stream(StreamConfig(name="THEIRS", subjects=["media.>"]))
    with pytest.raises(Exception, match="overlap"):
        await topology.apply(connection.js, nats_settings)
