"""The Gotenberg client against a server that answers as Gotenberg does; the conformance suite meets a real one."""

import asyncio

import pytest
from support.until import until

from infoscreen.common.conversion_options import ConversionOptions, Profile
from infoscreen.common.document_types import DOCUMENT_TYPES
from infoscreen.common.errors import FailureReason, PermanentError, TransientError
from infoscreen.common.tracing import traced
from infoscreen.converter.engines.gotenberg import GotenbergConverter

DECK = b"PK\x03\x04" + bytes(range(256)) * 4000


@pytest.fixture
def server(gotenberg_stub):
    return gotenberg_stub()


@pytest.fixture
async def convert(server, tmp_path):
    engine = GotenbergConverter(server.url, 2)
    (tmp_path / "source").write_bytes(DECK)

    async def run(answer=(200, b"%PDF-1.7 ..."), *, options=None, deadline_seconds=30.0):
        server.answers.append(answer)
        arguments = (DOCUMENT_TYPES["pptx"], options or ConversionOptions(), deadline_seconds)
        await engine.convert(tmp_path / "source", tmp_path / "result.pdf", *arguments)
        return tmp_path / "result.pdf"

    yield run
    await engine.close()


async def test_the_document_goes_out_whole_and_the_pdf_comes_back_whole(convert, server):
    pdf = b"%PDF-1.7 " + bytes(1_000_000)
    assert (await convert((200, pdf))).read_bytes() == pdf
    [(path, headers, body)] = server.requests
    assert path == "/forms/libreoffice/convert"
    assert DECK in body
    assert b'filename="document.pptx"' in body
    assert headers["Content-Type"].startswith("multipart/form-data; boundary=")


async def test_the_trace_is_passed_on(convert, server):
    trace_id = "0af7651916cd43dd8448eb211c80319c"
    with traced("conversion", {"traceparent": f"00-{trace_id}-b7ad6b7169203331-01"}):
        await convert()
    headers = server.requests[0][1]
    assert headers["traceparent"].startswith(f"00-{trace_id}-")
    assert headers["Gotenberg-Trace"] == trace_id


async def test_options_become_form_fields(convert, server):
    await convert(options=ConversionOptions(Profile.PDFA, "2-3", 55))
    body = server.requests[0][2]
    for name, value in (("pdfa", "PDF/A-2b"), ("nativePageRanges", "2-3"), ("quality", "55")):
        assert f'name="{name}"\r\n\r\n{value}\r\n'.encode() in body
    assert b'name="exportHiddenSlides"\r\n\r\nfalse\r\n' in body


@pytest.mark.parametrize(
    ("status", "text", "reason", "attempts"),
    [
        (400, "LibreOffice could not read the document 'document.pptx'.", FailureReason.CORRUPT, 1),
        (400, "The document 'document.pptx' is password-protected.", FailureReason.PASSWORD_PROTECTED, 1),
        (400, "Check the 'nativePageRanges' form field", FailureReason.EMPTY_RESULT, 1),
        (413, "Request Entity Too Large", FailureReason.TOO_LARGE, 1),
        (500, "LibreOffice failed to convert the document 'document.pptx'.", FailureReason.CORRUPT, 2),
        (500, "Internal Server Error", FailureReason.ENGINE_CRASHED, 2),
        (503, "The request exceeded the time limit.", FailureReason.TIMEOUT, 2),
    ],
)
async def test_what_an_answer_says_of_the_document(  # noqa: PLR0917 - fixtures, passed by name
    convert, tmp_path, status, text, reason, attempts
):
    with pytest.raises(PermanentError) as caught:
        await convert((status, text.encode()))
    assert (caught.value.reason, caught.value.attempts_allowed) == (reason, attempts)
    assert not (tmp_path / "result.pdf").exists()


@pytest.mark.parametrize("status", [401, 404, 429, 502])
async def test_what_is_not_the_documents_fault_is_tried_again(convert, status):
    with pytest.raises(TransientError):
        await convert((status, b"later"))


async def test_an_answer_cut_short_is_tried_again_and_leaves_nothing(convert, tmp_path):
    with pytest.raises(TransientError):
        await convert((200, b"%PDF-1.7 half", 1000))
    assert not (tmp_path / "result.pdf").exists()


async def test_a_gotenberg_that_is_away_is_not_the_documents_fault(tmp_path, unused_port):
    engine = GotenbergConverter(f"http://127.0.0.1:{unused_port}", 1)
    (tmp_path / "source").write_bytes(DECK)
    with pytest.raises(TransientError):
        await engine.convert(
            tmp_path / "source", tmp_path / "result.pdf", DOCUMENT_TYPES["pptx"], ConversionOptions(), 30
        )
    trouble = await engine.check()
    assert trouble is not None
    assert "does not answer" in trouble
    await engine.close()


async def test_no_answer_within_the_deadline_is_a_timeout(convert, server, monkeypatch):
    monkeypatch.setattr("infoscreen.converter.engines.gotenberg._ANSWER_GRACE_SECONDS", 0.0)
    server.hangs = True
    with pytest.raises(PermanentError) as caught:
        await convert(deadline_seconds=0.2)
    assert (caught.value.reason, caught.value.attempts_allowed) == (FailureReason.TIMEOUT, 2)


async def test_cancelling_ends_the_request_at_once(convert, server):
    server.hangs = True
    job = asyncio.create_task(convert())
    await until(lambda: server.requests, "the request arrives")
    job.cancel()
    with pytest.raises(asyncio.CancelledError):
        await job


@pytest.mark.parametrize(("status", "healthy"), [(200, True), (503, False)])
async def test_health_is_what_its_health_endpoint_says(server, status, healthy):
    engine = GotenbergConverter(server.url, 1)
    server.answers.append((status, b'{"status":"down"}'))
    assert (await engine.check() is None) is healthy
    assert server.requests[0][0] == "/health"
    await engine.close()
