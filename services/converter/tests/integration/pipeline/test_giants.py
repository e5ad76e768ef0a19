"""Documents that take long, and the others behind them; the engine does as it is told."""

import asyncio

import pytest
from support.until import until

from infoscreen.common.events import ConversionProgressed, ConversionRequested, ConversionSucceeded, Priority
from infoscreen.converter import convert

QUICK_SECONDS = 0.2


class Giants:
    """Makes the first conversions last until they are told to end."""

    def __init__(self, converter, count: int) -> None:
        self.end = asyncio.Event()
        converter.engine.script.extend([self.end.wait] * count)


@pytest.fixture
def upload_decks(world, documents):
    async def upload(count: int) -> list:
        return [(await world.upload(documents.fodp(f"{number}")))[0].media_id for number in range(count)]

    return upload


async def test_small_documents_pass_a_giant_even_where_there_is_one_slot(
    world, start_converter, upload_decks, one_slot_and_a_spare
):
    giants = Giants(await start_converter(one_slot_and_a_spare, quick_seconds=QUICK_SECONDS), 1)
    [giant, *small] = await upload_decks(6)
    for media_id in small:
        assert isinstance(await world.result(media_id), ConversionSucceeded)
    assert await world.events_of(giant) == ["media.uploaded", "conversion.started"]
    giants.end.set()
    assert isinstance(await world.result(giant), ConversionSucceeded)


async def test_one_giant_too_many_makes_room_is_not_blamed_and_is_converted_later(
    world, start_converter, upload_decks, one_slot_and_a_spare
):
    giants = Giants(await start_converter(one_slot_and_a_spare, quick_seconds=QUICK_SECONDS), 2)
    [first, second, *small] = await upload_decks(6)
    for media_id in small:
        assert isinstance(await world.result(media_id), ConversionSucceeded)
    assert await world.events_of(first) == ["media.uploaded", "conversion.started"]
    [request] = [event for event in await world.events() if isinstance(event, ConversionRequested)]
    assert (request.media_id, request.priority) == (second, Priority.BULK)
    giants.end.set()
    for media_id in (first, second):
        result = await world.result(media_id)
        assert (result.type, result.attempt) == ("conversion.succeeded", 1)


async def test_two_converters_of_one_slot_are_not_filled_by_giants_either(
    world, start_converter, upload_decks, engines
):
    converters = [
        await start_converter(engines(1, 1), name=f"converter-{number}", quick_seconds=QUICK_SECONDS)
        for number in range(2)
    ]
    giants = [Giants(converter, 2) for converter in converters]
    uploads = await upload_decks(10)

    async def all_others_are_converted():
        return await world.count(ConversionSucceeded) >= len(uploads) - 4

    await until(all_others_are_converted, "every deck but the giants is converted")
    for giant in giants:
        giant.end.set()
    for media_id in uploads:
        assert isinstance(await world.result(media_id), ConversionSucceeded)


async def test_a_slow_conversion_says_how_far_it_is_and_a_quick_one_does_not(
    world, start_converter, upload_decks, one_slot_and_a_spare, monkeypatch
):
    monkeypatch.setattr(convert, "_FIRST_PROGRESS_SECONDS", 0.05)
    giants = Giants(await start_converter(one_slot_and_a_spare), 1)
    [giant] = await upload_decks(1)

    async def told() -> list:
        return [event for event in await world.events() if isinstance(event, ConversionProgressed)]

    await until(told, "the converter says how far it is")
    giants.end.set()
    assert isinstance(await world.result(giant), ConversionSucceeded)
    assert (await told())[0].model_dump(include={"media_id", "pages", "pages_done", "remaining_seconds"}) == {
        "media_id": giant,
        "pages": 1,
        "pages_done": 0,
        "remaining_seconds": None,
    }
