"""A document that a converter can never hold is refused at once, with the number, before a byte of it is fetched."""

from support.small_disks import on_small_disk

from infoscreen.common.errors import FailureReason
from infoscreen.common.events import ConversionFailed

MIB = 1024**2


async def test_a_document_beyond_the_limit_is_too_large_and_its_uploader_is_told_the_number(world, start_converter):
    await start_converter(max_source_bytes=3 * MIB)
    uploaded, _ = await world.upload(b"", stored=False, size_bytes=4 * MIB)
    result = await world.result(uploaded.media_id)
    assert isinstance(result, ConversionFailed)
    assert (result.reason, result.attempts, result.retryable) == (FailureReason.TOO_LARGE, 1, False)
    assert result.message.startswith("The file has 4.0 MiB; documents may have up to 3.0 MiB. ")
    assert await world.events_of(uploaded.media_id) == ["media.uploaded", "conversion.failed"]


async def test_a_document_that_is_larger_than_the_whole_disk_is_not_handed_back_for_ever(
    world, start_process, tmp_path, documents
):
    await start_process(before=on_small_disk(tmp_path / "process", 158 * MIB))
    large, _ = await world.upload(b"", stored=False, size_bytes=11 * MIB)
    result = await world.result(large.media_id)
    assert (result.reason, result.attempts) == (FailureReason.TOO_LARGE, 1)
    assert "may have up to 10.0 MiB" in result.message
    small, _ = await world.upload(documents.fodp("Fits"))
    assert (await world.result(small.media_id)).type == "conversion.succeeded"
