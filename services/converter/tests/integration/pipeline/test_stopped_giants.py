"""SIGTERM at each step of a document that takes longer than the grace (fault 32).

Handed back, nothing left, in time.
"""

import os
import signal
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from chaos.toxics import Proxy, Toxic
from support.until import until

from infoscreen.common.events import ConversionSucceeded
from infoscreen.common.grace import HAND_BACK_SECONDS, WIND_UP_SECONDS

GRACE_SECONDS = 0.5


@pytest.fixture
async def line_to_store(world):
    """The way from a converter to S3; it can be cut."""
    async with Proxy(urlsplit(world.s3.endpoint).port) as proxy:
        yield proxy


@pytest.fixture
def start_victim(start_process, line_to_store):
    async def start():
        return await start_process(
            S3_ENDPOINT=f"http://127.0.0.1:{line_to_store.port}", CONVERTER_SHUTDOWN_GRACE_SECONDS=str(GRACE_SECONDS)
        )

    return start


async def fetching(world, victim, line, deck, processes_of):
    """The original is on its way, and does not arrive."""
    line.poison(Toxic(blackhole=True))
    uploaded, _ = await world.upload(deck)
    await until(lambda: list(victim.work_dir.glob("job-*")), "the document is being fetched")
    return uploaded


async def converting(world, victim, line, deck, processes_of):
    """The office has it, and does not end."""
    return await into_office(world, victim, deck, processes_of)


async def inspecting(world, victim, line, deck, processes_of):
    """The PDF is looked at, without an end."""
    [inspector] = [pid for pid in processes_of(victim.work_dir, b"python") if b"pdf_worker" in command(pid)]
    os.kill(inspector, signal.SIGSTOP)
    uploaded, _ = await world.upload(deck)
    await until(lambda: list(victim.work_dir.glob("job-*/result.pdf")), "the PDF is made")
    return uploaded


async def storing(world, victim, line, deck, processes_of):
    """The PDF is on its way to the store, and does not arrive."""
    uploaded = await into_office(world, victim, deck, processes_of)
    line.poison(Toxic(blackhole=True))
    for office in processes_of(victim.work_dir, b"soffice.bin"):
        os.kill(office, signal.SIGCONT)
    await until(lambda: list(victim.work_dir.glob("job-*/page1.webp")), "the PDF is being stored")
    return uploaded


async def into_office(world, victim, deck, processes_of):
    for office in processes_of(victim.work_dir, b"soffice.bin"):
        os.kill(office, signal.SIGSTOP)
    uploaded, _ = await world.upload(deck)
    await until(victim.documents_in_office, "the document is in the office")
    return uploaded


def command(pid: int) -> bytes:
    with open(f"/proc/{pid}/cmdline", "rb") as file:  # noqa: PTH123 - not a path of the file system's
        return file.read()


@pytest.mark.parametrize("step", [fetching, converting, inspecting, storing])
async def test_told_to_stop_it_hands_the_giant_back_and_leaves_nothing(  # noqa: PLR0917 - fixtures, passed by name
    world, start_victim, line_to_store, start_converter, processes_of, documents, step
):
    victim = await start_victim()
    uploaded = await step(world, victim, line_to_store, documents.fodp("One", f"{uuid4()}"), processes_of)
    victim.signal(signal.SIGTERM)
    # What a supervisor grants; a process that needs more is killed, and what it has in hand is lost for a minute.
    assert await victim.ended(GRACE_SECONDS + WIND_UP_SECONDS) == 0
    assert not processes_of(victim.work_dir)
    assert {path.name for path in victim.work_dir.iterdir()} <= {"lock", "fonts"}
    await start_converter()
    await world.settled()  # no lease has to run out first
    results = [event for event in await world.events() if isinstance(event, ConversionSucceeded)]
    assert [result.media_id for result in results] == [uploaded.media_id]


def test_what_is_cut_off_has_time_to_be_handed_back():
    assert HAND_BACK_SECONDS < WIND_UP_SECONDS
