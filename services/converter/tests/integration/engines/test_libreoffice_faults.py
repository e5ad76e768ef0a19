"""What a document, or the machine, can do to an office, and what it costs (faults 9, 11, 14 and 16)."""

import asyncio
import contextlib
import itertools
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
import pytest_asyncio
from support.until import until

from infoscreen.common.conversion_options import ConversionOptions
from infoscreen.common.errors import FailureReason, PermanentError
from infoscreen.converter.document import EngineUnavailableError
from infoscreen.converter.engines.libreoffice import LibreOfficeConverter, RecyclePolicy
from infoscreen.converter.engines.office_process import OfficeSettings


@pytest_asyncio.fixture
async def start_desk(desk_for, tmp_path):
    """Starts pools in this test's folder and closes them after it."""
    async with contextlib.AsyncExitStack() as engines:

        async def start(slots: int = 1, **arguments):
            engine = LibreOfficeConverter(slots, tmp_path, **arguments)
            engines.push_async_callback(engine.close)
            await engine.start()
            return desk_for(engine, tmp_path)

        yield start


def conversions_in_hand(folder: Path) -> int:
    """How many documents lie in an office's home."""
    return len(list(folder.glob("office-*/source")))


async def test_a_hanging_office_costs_its_own_slot_the_deadline_and_no_other_slot_anything(
    start_desk, documents, offices_of, pdf_texts
):
    desk = await start_desk(slots=2)
    hung = offices_of(desk.folder).pop()
    os.kill(hung, signal.SIGSTOP)
    outcomes = await asyncio.gather(
        *(desk.convert(documents.fodp(f"{n}"), "fodp", deadline_seconds=4, name=f"{n}") for n in range(6)),
        return_exceptions=True,
    )
    errors = [outcome for outcome in outcomes if isinstance(outcome, BaseException)]
    assert [(error.reason, error.attempts_allowed) for error in errors] == [(FailureReason.TIMEOUT, 2)]
    assert sorted(pdf_texts(pdf)[0] for pdf in outcomes if isinstance(pdf, Path)) == sorted(
        f"{n}" for n, outcome in enumerate(outcomes) if isinstance(outcome, Path)
    )
    await until(lambda: len(offices_of(desk.folder)) == 2, "two offices again")
    assert hung not in offices_of(desk.folder)


async def test_an_office_killed_mid_conversion_is_a_crash_and_the_next_job_is_fine(
    start_desk, documents, offices_of, pdf_texts
):
    desk = await start_desk()
    [office] = offices_of(desk.folder)
    os.kill(office, signal.SIGSTOP)
    job = asyncio.create_task(desk.convert(documents.fodp("Killed"), "fodp"))
    await until(lambda: conversions_in_hand(desk.folder), "a conversion in hand")
    os.kill(office, signal.SIGKILL)
    with pytest.raises(PermanentError) as caught:
        await job
    assert (caught.value.reason, caught.value.attempts_allowed) == (FailureReason.ENGINE_CRASHED, 3)
    assert pdf_texts(await desk.convert(documents.fodp("Next"), "fodp")) == ["Next"]


async def test_an_office_killed_between_jobs_is_replaced_and_no_document_is_blamed(
    start_desk, documents, offices_of, pdf_texts
):
    desk = await start_desk()
    [office] = offices_of(desk.folder)
    os.kill(office, signal.SIGKILL)
    await until(lambda: offices_of(desk.folder) - {office}, "another office")
    assert pdf_texts(await desk.convert(documents.fodp("Innocent"), "fodp")) == ["Innocent"]
    assert await desk.engine.check() is None


async def test_a_cancelled_conversion_leaves_no_process_of_its_own(start_desk, documents, offices_of, pdf_texts):
    desk = await start_desk()
    [office] = offices_of(desk.folder)
    os.kill(office, signal.SIGSTOP)
    job = asyncio.create_task(desk.convert(documents.fodp("Obsolete"), "fodp"))
    await until(lambda: conversions_in_hand(desk.folder), "a conversion in hand")
    job.cancel()
    with pytest.raises(asyncio.CancelledError):
        await job
    assert office not in offices_of(desk.folder)
    assert not desk.folder.joinpath("source.pdf").exists()
    assert pdf_texts(await desk.convert(documents.fodp("Next"), "fodp")) == ["Next"]


@pytest.mark.parametrize("recycle", [RecyclePolicy(resident_bytes=1), RecyclePolicy(conversions=1)])
async def test_an_office_past_its_share_works_until_its_spare_is_warm(
    start_desk, documents, offices_of, pdf_texts, recycle
):
    desk = await start_desk(recycle=recycle)
    [first] = offices_of(desk.folder)
    await desk.convert(documents.fodp("One"), "fodp")
    assert pdf_texts(await desk.convert(documents.fodp("Two"), "fodp")) == ["Two"]
    await until(lambda: first not in offices_of(desk.folder), "the first office is gone")
    assert pdf_texts(await desk.convert(documents.fodp("Three"), "fodp")) == ["Three"]


@pytest.mark.parametrize(("slides", "page_range"), [(["hidden one", "hidden two"], None), (["One", "hidden"], "2-9")])
async def test_a_deck_that_shows_nothing_costs_no_office(start_desk, documents, offices_of, slides, page_range):
    desk = await start_desk()
    before = offices_of(desk.folder)
    with pytest.raises(PermanentError, match=r"^empty_result:") as refused:
        await desk.convert(documents.pptx(*slides), "pptx", options=ConversionOptions(page_range=page_range))
    assert refused.value.attempts_allowed == 1
    assert offices_of(desk.folder) == before
    await desk.convert(documents.pptx("Next"), "pptx")
    assert desk.engine._idle[0].alive


async def test_two_slots_convert_at_the_same_time(start_desk, documents, offices_of):
    desk = await start_desk(slots=2)
    stopped = offices_of(desk.folder)
    for office in stopped:
        os.kill(office, signal.SIGSTOP)
    jobs = [asyncio.create_task(desk.convert(documents.fodp("x"), "fodp", name=name)) for name in ("a", "b")]
    await until(lambda: conversions_in_hand(desk.folder) == 2, "two conversions in hand")
    for office in stopped:
        os.kill(office, signal.SIGCONT)
    assert all(pdf.exists() for pdf in await asyncio.gather(*jobs))


async def test_closing_ends_every_office_and_leaves_only_the_fonts_for_the_next(start_desk, documents, offices_of):
    desk = await start_desk(slots=2)
    assert not list(Path(tempfile.gettempdir()).glob(f"OSL_PIPE_*{next(desk.folder.glob('office-*')).name}"))
    await desk.engine.close()
    assert not offices_of(desk.folder)
    assert [left.name for left in desk.folder.iterdir()] == ["fonts"]


async def test_what_a_killed_predecessor_left_is_removed_on_start(start_desk, tmp_path):
    abandoned = tmp_path / "office-abandoned"
    abandoned.mkdir()
    await start_desk()
    assert not abandoned.exists()


SERVICE = """
import asyncio, sys
from pathlib import Path
from infoscreen.converter.engines.libreoffice import LibreOfficeConverter

async def main():
    await LibreOfficeConverter(1, Path(sys.argv[1])).start()
    print("ready", flush=True)
    await asyncio.Event().wait()

asyncio.run(main())
"""


@pytest.mark.parametrize("office_state", ["idle", "stopped"])
async def test_a_killed_service_takes_its_office_with_it(tmp_path, offices_of, office_state):
    with subprocess.Popen([sys.executable, "-c", SERVICE, str(tmp_path)], stdout=subprocess.PIPE) as service:
        assert service.stdout is not None
        assert service.stdout.readline() == b"ready\n"
        [office] = offices_of(tmp_path)
        if office_state == "stopped":
            os.kill(office, signal.SIGSTOP)
        service.kill()
    await until(lambda: not offices_of(tmp_path), "no office")


async def test_without_libreoffice_the_error_says_what_to_install(tmp_path):
    engine = LibreOfficeConverter(1, tmp_path, office=OfficeSettings(soffice_program="/nowhere/soffice.bin"))
    with pytest.raises(EngineUnavailableError, match=r"apt-get install libreoffice-impress .* python3-uno"):
        await engine.start()
    assert [left.name for left in tmp_path.iterdir()] == ["fonts"]


async def test_a_python_without_uno_says_what_to_install(tmp_path):
    engine = LibreOfficeConverter(1, tmp_path, office=OfficeSettings(python=sys.executable))
    with pytest.raises(EngineUnavailableError, match=r"No module named 'uno'.*apt-get install"):
        await engine.start()


async def test_what_is_no_document_is_corrupt_although_libreoffice_would_make_a_pdf_of_it(
    start_desk, documents, pdf_texts
):
    desk = await start_desk()
    contents = (b"just text " * 50, b"<html><body>a page</body></html>", b"PK\x03\x04 cut off" * 50)
    for extension, content in itertools.product(("pptx", "odp", "ppt", "docx", "xlsx"), contents):
        with pytest.raises(PermanentError) as caught:
            await desk.convert(content, extension, name="broken")
        assert (caught.value.reason, caught.value.attempts_allowed) == (FailureReason.CORRUPT, 1)
        assert not (desk.folder / "broken.pdf").exists()
    assert pdf_texts(await desk.convert(documents.fodp("Fine"), "fodp")) == ["Fine"]


async def test_a_spare_takes_over_at_once_when_a_document_costs_an_office(start_desk, documents, offices_of):
    desk = await start_desk(spares=1)
    await until(lambda: len(desk.engine._idle) == 2, "a warm spare")
    hung = offices_of(desk.folder)
    for office in hung:
        os.kill(office, signal.SIGSTOP)
    with pytest.raises(PermanentError):
        await desk.convert(documents.fodp("Hangs"), "fodp", deadline_seconds=0.2)
    [spare] = hung & offices_of(desk.folder)
    os.kill(spare, signal.SIGCONT)
    assert (await desk.convert(documents.fodp("Next"), "fodp")).exists()
    assert spare in offices_of(desk.folder)


async def test_an_office_is_bounded_in_what_it_can_take(start_desk, offices_of):
    desk = await start_desk(office=OfficeSettings(address_space_bytes=3 * 1024**3))
    [office] = offices_of(desk.folder)
    # prlimit(2) tells only the office's own user, which is not the one that started it where that was root.
    limits = {line[:26].strip(): line[26:].split()[:2] for line in limits_of(office).splitlines()}
    assert limits["Max address space"] == [str(3 * 1024**3)] * 2
    assert limits["Max core file size"] == ["0", "0"]
    assert "unlimited" not in limits["Max file size"]


def limits_of(process: int) -> str:
    return Path(f"/proc/{process}/limits").read_text()
