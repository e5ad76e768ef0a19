"""The real process killed, paused and told to stop at every interesting moment (faults 9, 10 and 11)."""

import asyncio
import os
import signal
from uuid import uuid4

import pytest
from support.until import until

from infoscreen.common.events import ConversionStarted, ConversionSucceeded


@pytest.fixture
def deck(documents) -> bytes:
    return documents.fodp("One", f"{uuid4()}")


@pytest.fixture
async def stuck_in_office(world, start_process, offices_of, deck):
    """A converter process with a document in its office, which stands still."""

    async def start(**settings: str):
        victim = await start_process(**settings)
        [office] = offices_of(victim.work_dir)
        os.kill(office, signal.SIGSTOP)
        uploaded, _ = await world.upload(deck)
        await until(victim.documents_in_office, "the document is in the office")
        await world.started(uploaded.media_id)
        return victim, office, uploaded

    return start


async def kinds(world, media_id) -> list[str]:
    return [kind.removeprefix("conversion.") for kind in (await world.events_of(media_id))[1:]]


async def assert_one_winning_pdf(world, uploaded) -> ConversionSucceeded:
    """Exactly one result, whose PDF is stored as the event says."""
    events = [event for event in await world.events() if isinstance(event, ConversionSucceeded)]
    assert len(events) == 1
    [result] = events
    assert result.media_id == uploaded.media_id
    assert (await world.store.stat(result.pdf_key)).size_bytes == result.pdf_size_bytes
    return result


async def test_killed_mid_conversion_it_leaves_no_process_and_another_one_makes_the_pdf(
    world, stuck_in_office, start_converter, processes_of
):
    victim, _, uploaded = await stuck_in_office()
    victim.signal(signal.SIGKILL)
    await until(lambda: not processes_of(victim.work_dir), "no process of the killed converter")
    await start_converter()
    async with world.short_leases():
        await world.settled()
    result = await assert_one_winning_pdf(world, uploaded)
    assert result.attempt == 2


@pytest.mark.parametrize(
    ("failpoint", "conversions_of_the_next"),
    [
        pytest.param("converter.stored", 1, id="after PUT"),
        pytest.param("converter.registered", 0, id="after registering"),
        pytest.param("converter.published", 0, id="after publishing, before ack"),
    ],
)
async def test_killed_between_two_effects_it_leaves_one_winning_pdf(  # noqa: PLR0917 - fixtures, passed by name
    world, start_process, start_converter, processes_of, deck, failpoint, conversions_of_the_next
):
    victim = await start_process(INFOSCREEN_FAILPOINTS=f"{failpoint}=kill")
    uploaded, _ = await world.upload(deck)
    assert await victim.ended() == -signal.SIGKILL
    await until(lambda: not processes_of(victim.work_dir), "no process of the killed converter")
    converter = await start_converter()
    async with world.short_leases():
        await world.settled()
    result = await assert_one_winning_pdf(world, uploaded)
    assert converter.engine.conversions == conversions_of_the_next
    winner = await world.renditions.find(f"{uploaded.sha256}.pdf.default")
    assert winner.pdf_key == result.pdf_key


async def test_paused_past_the_ack_wait_the_work_is_done_twice_to_one_effect(world, stuck_in_office, start_converter):
    # A pause of any length is to be seen here; by default, one that outlasts the watchdog ends the process.
    victim, office, uploaded = await stuck_in_office(PROCESS_HANG_SECONDS="600")
    victim.signal(signal.SIGSTOP)
    await start_converter()
    async with world.short_leases():
        await world.settled()
    victim.signal(signal.SIGCONT)
    os.kill(office, signal.SIGCONT)
    await until(lambda: b"message_handled" in victim.log.read_bytes(), "the paused converter is through with it")
    result = await assert_one_winning_pdf(world, uploaded)
    started = [event.worker for event in await world.events() if isinstance(event, ConversionStarted)]
    assert started == ["victim", "converter-test"]
    assert result.worker == "converter-test"
    assert await world.objects_beside(result) == []


async def test_told_to_stop_it_finishes_what_it_has_in_hand(world, stuck_in_office, processes_of):
    victim, office, uploaded = await stuck_in_office()
    victim.signal(signal.SIGTERM)
    with pytest.raises(asyncio.TimeoutError):
        await asyncio.wait_for(asyncio.shield(asyncio.create_task(world.settled())), 0.2)
    os.kill(office, signal.SIGCONT)
    assert await victim.ended() == 0
    await world.settled()
    assert await kinds(world, uploaded.media_id) == ["started", "succeeded"]
    assert not processes_of(victim.work_dir)
    assert {path.name for path in victim.work_dir.iterdir()} <= {"lock", "fonts"}


async def test_told_to_stop_it_hands_back_at_once_what_does_not_finish_within_the_grace(
    world, stuck_in_office, start_converter, processes_of
):
    victim, _, uploaded = await stuck_in_office(CONVERTER_SHUTDOWN_GRACE_SECONDS="0.5")
    victim.signal(signal.SIGTERM)
    assert await victim.ended() == 0
    assert not processes_of(victim.work_dir)
    await start_converter()
    await world.settled()  # no lease has to run out first
    await assert_one_winning_pdf(world, uploaded)


async def test_told_to_stop_while_it_starts_it_ends_well_and_leaves_nothing(world, start_process, processes_of):
    await world.connection.js.delete_consumer("INFOSCREEN", "converter")
    starting = await start_process(wait=False)
    await until(lambda: b"topology_missing" in starting.log.read_bytes(), "it waits for the topology")
    starting.signal(signal.SIGTERM)
    assert await starting.ended() == 0
    assert not processes_of(starting.work_dir)
