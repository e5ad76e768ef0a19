"""A Gotenberg that is away, resets, is full, fails or is slow (fault 13): delays, and then the document is ready."""

import pytest

from infoscreen.common.errors import FailureReason
from infoscreen.common.events import ConversionFailed, ConversionSucceeded
from infoscreen.converter.engines.gotenberg import GotenbergConverter

SOON = 0.02
CUT_SHORT = (200, b"%PDF-1.7 half", 100_000)
QUEUE_FULL = (429, b"The request queue is full.")
BROKEN = (500, b"Internal Server Error")
TOO_SLOW = (503, b"The request exceeded the time limit.")


@pytest.fixture
def ready(pdf_bytes):
    return (200, pdf_bytes)


@pytest.fixture
async def converted_by(world, start_converter, documents):
    """Uploads a document to a converter with this Gotenberg, and gives the result."""

    async def run(url: str):
        await start_converter(GotenbergConverter(url, 1, retry_seconds=SOON))
        uploaded, _ = await world.upload(documents.fodp("Hello"))
        return await world.result(uploaded.media_id)

    return run


@pytest.mark.parametrize(
    ("troubles", "resets"),
    [
        pytest.param([QUEUE_FULL, QUEUE_FULL, QUEUE_FULL, QUEUE_FULL], False, id="429"),
        pytest.param([CUT_SHORT, CUT_SHORT], False, id="cut short"),
        pytest.param([CUT_SHORT, CUT_SHORT], True, id="reset mid-body"),
        pytest.param([(502, b"Bad Gateway"), (404, b"Not Found")], False, id="a proxy without Gotenberg"),
    ],
)
async def test_trouble_that_is_not_the_documents_delays_it_uncounted(
    converted_by, gotenberg_stub, ready, troubles, resets
):
    stub = gotenberg_stub()
    stub.answers.extend([*troubles, ready])
    stub.resets = resets
    result = await converted_by(stub.url)
    assert isinstance(result, ConversionSucceeded)
    assert (result.attempt, len(stub.requests)) == (1, len(troubles) + 1)


async def test_a_gotenberg_that_is_away_is_waited_for(  # noqa: PLR0917 - fixtures, passed by name
    world, start_converter, documents, gotenberg_stub, ready, unused_port
):
    await start_converter(GotenbergConverter(f"http://127.0.0.1:{unused_port}", 1, retry_seconds=SOON))
    uploaded, _ = await world.upload(documents.fodp("Hello"))
    await world.started(uploaded.media_id)
    gotenberg_stub(unused_port).answers.append(ready)
    result = await world.result(uploaded.media_id)
    assert isinstance(result, ConversionSucceeded)
    assert result.attempt == 1


@pytest.mark.parametrize("trouble", [BROKEN, TOO_SLOW], ids=["500", "503"])
async def test_what_may_be_the_documents_fault_is_tried_twice(converted_by, gotenberg_stub, ready, trouble):
    stub = gotenberg_stub()
    stub.answers.extend([trouble, ready])
    result = await converted_by(stub.url)
    assert isinstance(result, ConversionSucceeded)
    assert result.attempt == 2


@pytest.mark.parametrize(
    ("trouble", "reason"),
    [
        pytest.param(BROKEN, FailureReason.ENGINE_CRASHED, id="500"),
        pytest.param(TOO_SLOW, FailureReason.TIMEOUT, id="503"),
    ],
)
async def test_what_fails_twice_is_failed(converted_by, gotenberg_stub, trouble, reason):
    stub = gotenberg_stub()
    stub.answers.extend([trouble, trouble])
    result = await converted_by(stub.url)
    assert isinstance(result, ConversionFailed)
    assert (result.reason, result.attempts, len(stub.requests)) == (reason, 2, 2)
