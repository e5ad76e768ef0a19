"""Types are told in processes that can be killed, and a file that kills one harms nothing else."""

import asyncio
import io
import os
import signal
import sys
import zipfile
from pathlib import Path

import pytest
from support.compound_files import compound_file
from support.until import until

from infoscreen.common.document_types import DamagedFileError, UnsupportedTypeError
from infoscreen.common.errors import UnavailableError
from infoscreen.common.formats.ranged_file import RandomAccess
from infoscreen.common.isolation.worker_pool import WorkerPool
from infoscreen.common.isolation.worker_process import WorkerDiedError, WorkerProcess, WorkerTimeoutError
from infoscreen.common.recognition import recogniser as module
from infoscreen.common.recognition.recogniser import Recogniser

MAIN = "application/vnd.openxmlformats-officedocument.presentationml.presentation.main+xml"
DAMAGED = pytest.raises(DamagedFileError, match="too long or too much")


def deck(padding_bytes: int = 0) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as package:
        package.writestr("[Content_Types].xml", f'<Types><Override ContentType="{MAIN}"/></Types>')
        package.writestr("ppt/media/film.bin", bytes(padding_bytes))
    return buffer.getvalue()


def access(data: bytes, each=lambda length: None) -> RandomAccess:
    async def read(offset: int, length: int) -> bytes:
        each(length)
        return data[offset : offset + length]

    return RandomAccess(len(data), read)


@pytest.fixture
async def recogniser():
    recogniser = Recogniser()
    await recogniser.start()
    yield recogniser
    await recogniser.close()


def signalling(recogniser, signum, *, times: int = 99) -> RandomAccess:
    """A file that sends a signal to the process that reads it."""
    left = [times]

    def strike(_):
        if left[0]:
            left[0] -= 1
            [worker] = recogniser._pool._busy
            os.kill(worker.pid, signum)

    return access(deck(), strike)


@pytest.mark.parametrize(
    ("data", "filename", "extension"),
    [
        (b"%PDF-1.7", "a.pdf", "pdf"),
        (deck(), "a.pptx", "pptx"),
        (compound_file({"PowerPoint Document": bytes(5000)}), "a.pps", "pps"),
    ],
)
async def test_the_type_is_told_from_another_process(recogniser, data, filename, extension):
    assert (await recogniser.identify(access(data), filename)).extension == extension


@pytest.mark.parametrize(
    ("data", "kind", "message"),
    [(b"<html>", UnsupportedTypeError, "web page"), (b"PK\x03\x04", DamagedFileError, "damaged or incomplete")],
)
async def test_a_refusal_keeps_its_message(recogniser, data, kind, message):
    with pytest.raises(kind, match=message) as caught:
        await recogniser.identify(access(data), "deck.pptx")
    assert type(caught.value) is kind


async def test_only_the_ranges_that_tell_the_type_are_read(recogniser):
    lengths = []
    assert (await recogniser.identify(access(deck(30_000_000), lengths.append), "")).extension == "pptx"
    assert sum(lengths) < 400_000


async def test_a_process_that_is_gone_is_replaced_unnoticed(recogniser):
    assert (await recogniser.identify(signalling(recogniser, signal.SIGKILL, times=1), "")).extension == "pptx"


async def test_a_file_that_kills_every_process_is_refused_as_damaged_and_the_next_one_is_told(recogniser):
    with DAMAGED:
        await recogniser.identify(signalling(recogniser, signal.SIGKILL), "")
    assert (await recogniser.identify(access(deck()), "")).extension == "pptx"


async def test_a_file_that_hangs_its_process_is_refused_as_damaged_while_others_are_told(recogniser, monkeypatch):
    hanging = asyncio.create_task(recogniser.identify(signalling(recogniser, signal.SIGSTOP), ""))
    await until(lambda: recogniser._pool._busy, "a busy process")
    [stopped] = recogniser._pool._busy
    assert (await recogniser.identify(access(deck()), "")).extension == "pptx"
    assert not hanging.done()
    monkeypatch.setattr(module, "_DEADLINE_SECONDS", 0.1)
    hanging.cancel()
    await asyncio.gather(hanging, return_exceptions=True)
    assert not stopped.alive
    with DAMAGED:
        await recogniser.identify(signalling(recogniser, signal.SIGSTOP), "")


async def test_an_error_of_reading_is_not_blamed_on_the_file(recogniser):
    async def fail(offset: int, length: int) -> bytes:
        raise UnavailableError("the store is away")

    with pytest.raises(UnavailableError, match="the store is away"):
        await recogniser.identify(RandomAccess(100, fail), "")
    assert (await recogniser.identify(access(deck()), "")).extension == "pptx"


@pytest.mark.parametrize(
    "asking",
    [
        pytest.param('{"read": [0, 100000]}', id="too much"),
        pytest.param('{"read": [5, 1]}', id="too often"),
    ],
)
async def test_a_process_that_asks_without_end_is_given_up(tmp_path, asking):
    program = f"import sys\nfor line in sys.stdin: print({asking!r}, flush=True)"
    worker = await WorkerProcess.spawn([sys.executable, "-c", program], environment={}, directory=tmp_path)
    with pytest.raises(WorkerTimeoutError, match="more of the file"):
        await module._converse(worker, access(bytes(100_000)), {})
    await worker.kill()


@pytest.mark.parametrize(
    "nonsense",
    [
        {"read": [-1, 5]},
        {"read": [10**9, 5]},
        {"read": ["a", 1]},
        {"read": [1]},
        {"extension": "exe"},
        {"extension": 1},
        {},
    ],
)
def test_a_nonsensical_answer_of_the_process_is_refused(nonsense):
    with pytest.raises(WorkerDiedError, match="nonsense"):
        module._outcome(nonsense)


async def test_the_process_has_no_credentials_and_is_bounded(recogniser):
    [worker] = recogniser._pool._idle
    environment = Path(f"/proc/{worker.pid}/environ").read_bytes()
    assert {line.partition(b"=")[0] for line in environment.split(b"\0") if line} <= {b"PATH", b"LANG", b"PYTHONPATH"}
    limits = Path(f"/proc/{worker.pid}/limits").read_text()
    bounds = {line[:26].strip(): line[26:].split()[0] for line in limits.splitlines()[1:]}
    assert bounds["Max address space"] == str(256 * 1024**2)
    assert bounds["Max file size"] == "0"


async def test_without_a_process_the_recogniser_is_unavailable_and_blames_no_file():
    recogniser = Recogniser()
    recogniser._pool = WorkerPool("infoscreen.common.no_such_module", 1)
    with pytest.raises(UnavailableError):
        await recogniser.start()
    with pytest.raises(UnavailableError, match="at the moment"):
        await recogniser.identify(access(deck()), "")
