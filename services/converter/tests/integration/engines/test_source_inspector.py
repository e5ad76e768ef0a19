"""Documents are inspected in a process of its own; what harms it harms neither the service nor the next document."""

import asyncio
import os
import signal

import pytest
from support.until import until

from infoscreen.common.errors import FailureReason, PermanentError
from infoscreen.converter import source_inspector as module
from infoscreen.converter.source_inspector import SourceInspector


@pytest.fixture
async def inspector(tmp_path):
    inspector = SourceInspector(tmp_path)
    await inspector.start()
    yield inspector
    await inspector.close()


@pytest.fixture
def source(tmp_path):
    return tmp_path / "source"


async def refusal(inspector, source, content, filename="deck.pptx") -> PermanentError:
    source.write_bytes(content)
    with pytest.raises(PermanentError) as caught:
        await inspector.inspect(source, filename)
    return caught.value


async def test_a_sound_document_is_told_what_it_is(inspector, source, documents):
    source.write_bytes(documents.pptx("Hello"))
    assert (await inspector.inspect(source, "whatever.ppt")).document_type.extension == "pptx"


async def test_pages_that_a_deck_does_not_have_are_an_empty_result_at_the_first_try(inspector, source, documents):
    source.write_bytes(documents.pptx("One", "hidden", "Two"))
    await inspector.inspect(source, "deck.pptx", "2")
    with pytest.raises(PermanentError) as caught:
        await inspector.inspect(source, "deck.pptx", "3-4")
    assert (caught.value.reason, caught.value.attempts_allowed) == (FailureReason.EMPTY_RESULT, 1)
    assert caught.value.message == "The deck shows 2 slides, and there are no such pages. Ask for pages up to 2."


async def test_a_document_is_refused_with_its_reason_and_what_was_seen(inspector, source, documents):
    assert (await refusal(inspector, source, b"text")).reason is FailureReason.UNSUPPORTED_TYPE
    assert (await refusal(inspector, source, b"PK\x03\x04")).reason is FailureReason.CORRUPT
    bomb = await refusal(inspector, source, documents.with_part(documents.pptx("x"), "a.xml", bytes(40_000_000)))
    assert (bomb.reason, bomb.attempts_allowed) == (FailureReason.TOO_LARGE, 1)
    assert "times its size" in bomb.detail


async def test_markup_that_fills_the_memory_of_the_process_is_corrupt_and_the_next_document_passes(
    inspector, source, documents
):
    nested = documents.with_part(documents.pptx("x"), "ppt/slides/slide1.xml", b"<a>" * 9_000_000)
    assert (await refusal(inspector, source, nested)).reason is FailureReason.CORRUPT
    source.write_bytes(documents.pptx("Next"))
    assert (await inspector.inspect(source, "")).document_type.extension == "pptx"


async def test_a_process_that_hangs_is_replaced_and_the_document_tried_once_more(
    inspector, source, documents, monkeypatch
):
    [worker] = inspector._pool._idle
    os.kill(worker.pid, signal.SIGSTOP)
    monkeypatch.setattr(module, "_DEADLINE_SECONDS", 0.1)
    refused = await refusal(inspector, source, documents.pptx("x"))
    assert (refused.reason, refused.attempts_allowed) == (FailureReason.TIMEOUT, 2)
    monkeypatch.setattr(module, "_DEADLINE_SECONDS", 60)
    assert (await inspector.inspect(source, "")).document_type.extension == "pptx"


async def test_a_process_that_dies_is_replaced_and_the_document_tried_once_more(inspector, source, documents):
    [worker] = inspector._pool._idle
    os.kill(worker.pid, signal.SIGSTOP)
    source.write_bytes(documents.pptx("x"))
    inspecting = asyncio.create_task(inspector.inspect(source, ""))
    await until(lambda: inspector._pool._busy, "it is being inspected")
    os.kill(worker.pid, signal.SIGKILL)
    with pytest.raises(PermanentError) as caught:
        await inspecting
    assert (caught.value.reason, caught.value.attempts_allowed) == (FailureReason.CORRUPT, 2)
    assert (await inspector.inspect(source, "")).document_type.extension == "pptx"


async def test_each_document_in_hand_has_a_process_of_its_own(inspector):
    """The engine slots alone limit how many documents are in hand; the pool makes none of them wait."""
    async with asyncio.timeout(60), inspector._pool.worker() as first, inspector._pool.worker() as second:
        assert first.pid != second.pid
