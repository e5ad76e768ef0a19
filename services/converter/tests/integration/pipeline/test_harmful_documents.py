"""Documents that hang, crash or bloat a real LibreOffice (fault 14), from upload to result, and what others pay."""

import os
import signal

import pytest
from support.until import until

from infoscreen.common.errors import FailureReason
from infoscreen.common.events import ConversionFailed, ConversionSucceeded, MediaDeleted, event_id
from infoscreen.converter.engines.libreoffice import LibreOfficeConverter
from infoscreen.converter.engines.office_process import OfficeSettings


@pytest.fixture
async def start_libreoffice(start_converter, tmp_path):
    """Starts a converter with a real LibreOffice of so many slots and spares."""

    async def start(slots: int, spares: int = 0, *, office: OfficeSettings | None = None, **options):
        engine = LibreOfficeConverter(slots, tmp_path / "converter-test", spares=spares, office=office)
        return await start_converter(engine, **options)

    return start


@pytest.fixture
def giant(documents) -> bytes:
    """A spreadsheet of less than a kilobyte with a million rows: LibreOffice is busy with it for minutes."""
    rows = b'<table:table-row table:number-rows-repeated="1000000">'
    return documents.fods("row").replace(b"<table:table-row>", rows)


@pytest.fixture
def kill_busy_office(tmp_path, offices_of):
    """Kills the only office as soon as it has the document; one that is still warming up is left alone."""

    def busy(size_bytes: int) -> list:
        return [staged for staged in tmp_path.glob("*/office-*/source") if staged.stat().st_size == size_bytes]

    async def kill(document: bytes) -> None:
        await until(lambda: busy(len(document)), "an office has the document")
        [staged] = busy(len(document))
        [office] = offices_of(staged.parent)
        os.kill(office, signal.SIGKILL)
        await until(lambda: not staged.exists(), "the document is taken from it")

    return kill


async def results(world) -> list[ConversionSucceeded | ConversionFailed]:
    """All results, in the order in which they came."""
    return [event for event in await world.events() if isinstance(event, ConversionSucceeded | ConversionFailed)]


async def upload_slides(world, documents, count: int) -> list:
    uploads = [await world.upload(documents.fodp(f"{number}")) for number in range(count)]
    return [uploaded.media_id for uploaded, _ in uploads]


async def test_a_document_that_hangs_costs_its_own_slot_the_deadline_and_no_other_slot_anything(
    world, start_libreoffice, documents, giant
):
    deadline = {"deadline_base_seconds": 4, "deadline_seconds_per_mib": 0}
    await start_libreoffice(slots=2, quick_seconds=100, **deadline)
    hanging, _ = await world.upload(giant, filename="giant.fods")
    await world.started(hanging.media_id)
    small = await upload_slides(world, documents, 6)
    await world.settled()
    *ready, failed = await results(world)
    assert (failed.media_id, failed.reason, failed.attempts) == (hanging.media_id, FailureReason.TIMEOUT, 2)
    assert [(result.type, result.attempt) for result in ready] == [("conversion.succeeded", 1)] * 6
    assert {result.media_id for result in ready} == set(small)
    after, _ = await world.upload(documents.fodp("After"))
    assert isinstance(await world.result(after.media_id), ConversionSucceeded)


async def test_a_document_whose_office_is_killed_every_time_fails_after_three_tries(
    world, start_libreoffice, giant, kill_busy_office
):
    await start_libreoffice(slots=1)
    uploaded, _ = await world.upload(giant, filename="giant.fods")
    for _ in range(3):
        await kill_busy_office(giant)
    failed = await world.result(uploaded.media_id)
    assert (failed.reason, failed.attempts) == (FailureReason.ENGINE_CRASHED, 3)


@pytest.mark.exhaustive
async def test_a_document_that_takes_all_memory_fails_after_its_tries_and_the_next_is_fine(
    world, start_libreoffice, documents
):
    await start_libreoffice(slots=1, office=OfficeSettings(address_space_bytes=900 * 1024**2))
    uploaded, _ = await world.upload(documents.fodt(*["many words " * 30] * 100_000), filename="novel.fodt")
    failed = await world.result(uploaded.media_id, 120)
    assert (failed.reason, failed.attempts) == (FailureReason.ENGINE_CRASHED, 3)
    after, _ = await world.upload(documents.fodp("After"))
    assert isinstance(await world.result(after.media_id), ConversionSucceeded)


async def test_small_documents_pass_a_giant_even_where_there_is_one_slot(world, start_libreoffice, documents, giant):
    converter = await start_libreoffice(slots=1, spares=1, quick_seconds=0.5)
    uploaded, _ = await world.upload(giant, filename="giant.fods")
    await world.started(uploaded.media_id)
    for number in range(2):
        small, _ = await world.upload(documents.fodp(f"{number}"))
        assert isinstance(await world.result(small.media_id), ConversionSucceeded)
    assert await world.events_of(uploaded.media_id) == ["media.uploaded", "conversion.started"]
    deletion = MediaDeleted(media_id=uploaded.media_id, deleted_by="tests")
    await world.publisher.publish(deletion, event_id(deletion.type, uploaded.media_id))
    await world.settled()
    assert not list(converter.work_dir.glob("job-*"))
