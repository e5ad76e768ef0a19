"""What fuzzing found stays mended, and some more of the same is tried each time: `make fuzz` tries millions."""

import asyncio

import pytest
import pytest_asyncio
from hypothesis import HealthCheck, given, settings

from fuzz.regressions import REGRESSIONS
from fuzz.strategies import documents
from fuzz.subjects import inspection, recognition
from infoscreen.common.document_types import RefusedFileError
from infoscreen.common.errors import PermanentError
from infoscreen.common.formats.ranged_file import RandomAccess
from infoscreen.common.recognition.recogniser import Recogniser
from infoscreen.converter.source_inspector import SourceInspector

_BRIEFLY = settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def recogniser():
    recogniser = Recogniser()
    yield recogniser
    await recogniser.close()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def sources(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sources")
    sources = SourceInspector(folder)
    yield sources, folder / "source"
    await sources.close()


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("name", REGRESSIONS)
async def test_what_once_went_wrong_is_told_within_the_limits_of_its_process(recogniser, name):
    content = REGRESSIONS[name]()

    async def read(offset: int, length: int) -> bytes:
        return content[offset : offset + length]

    try:
        told = (await recogniser.identify(RandomAccess(len(content), read), "deck.ppt")).extension
    except RefusedFileError as error:
        told = str(error)
    assert "too long or too much" not in told


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("name", REGRESSIONS)
async def test_what_once_went_wrong_is_inspected_within_the_limits_of_its_process(sources, name):
    inspector, source = sources
    await asyncio.to_thread(source.write_bytes, REGRESSIONS[name]())
    try:
        attempts = (await inspector.inspect(source, "deck.ppt")) and 1
    except PermanentError as error:
        attempts = error.attempts_allowed
    assert attempts == 1, "the process was killed"


@_BRIEFLY
@given(documents)
def test_no_document_of_any_structure_makes_recognition_fail_in_another_way(content):
    recognition(content)


@_BRIEFLY
@given(documents)
def test_no_document_of_any_structure_makes_inspection_fail_in_another_way(content):
    inspection(content)
