"""Uploads that no office opens: some become renditions like any other, originals are looked at, failures are told."""

import io

import pikepdf
import pytest
from PIL import Image

from infoscreen.common.errors import FailureReason
from infoscreen.common.events import ConversionFailed, ConversionSucceeded
from infoscreen.common.page_sheets import sheet_key


def picture(kind: str) -> bytes:
    content = io.BytesIO()
    Image.effect_noise((64, 48), 50).save(content, kind)
    return content.getvalue()


def pdf(pages: int = 1, **encryption: str) -> bytes:
    content = io.BytesIO()
    with pikepdf.new() as document:
        for _ in range(pages):
            document.add_blank_page()
        document.save(content, encryption=pikepdf.Encryption(**encryption) if encryption else False)
    return content.getvalue()


@pytest.fixture
async def converter(start_converter):
    return await start_converter()


async def test_a_picture_that_screens_cannot_show_becomes_a_rendition_without_an_office(world, converter):
    uploaded, _ = await world.upload(picture("TIFF"), filename="a.tiff", extension="tiff", media_type="image/tiff")
    result = await world.result(uploaded.media_id)
    assert isinstance(result, ConversionSucceeded)
    assert (result.target_format, result.engine, result.pages) == ("pdf", "media", 1)
    assert result.pdf_key.endswith(".png")
    assert (await world.store.get(result.pdf_key)).startswith(b"\x89PNG")
    assert converter.engine.conversions == 0


async def test_an_original_that_is_shown_as_it_is_is_looked_at_and_pictured(world, converter):
    uploaded, _ = await world.upload(
        pdf(), filename="a.pdf", extension="pdf", media_type="application/pdf", convertible=False, preview=True
    )
    result = await world.result(uploaded.media_id)
    assert isinstance(result, ConversionSucceeded)
    assert (result.target_format, result.pages) == ("preview", 1)
    assert result.pdf_key == result.thumbnail_key
    assert (await world.store.get(result.thumbnail_key)).startswith(b"RIFF")


@pytest.mark.parametrize(("pages", "pictured"), [(1, False), (2, True)])
async def test_the_pages_of_an_original_that_is_shown_as_it_is_are_pictured(world, converter, pages, pictured):
    uploaded, _ = await world.upload(
        pdf(pages), filename="a.pdf", extension="pdf", media_type="application/pdf", convertible=False, preview=True
    )
    result = await world.result(uploaded.media_id)
    await world.settled()
    assert (await world.store.stat(sheet_key(result.pdf_key, 0)) is not None) is pictured


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (pdf(owner="owner", user="secret"), FailureReason.PASSWORD_PROTECTED),
        (b"%PDF-1.7\n", FailureReason.CORRUPT),
        (picture("PNG")[:-60], FailureReason.CORRUPT),
    ],
    ids=["password", "header", "cut"],
)
async def test_an_original_that_cannot_be_shown_fails_with_its_reason(world, converter, content, reason):
    uploaded, _ = await world.upload(content, filename="a", extension="pdf", convertible=False, preview=True)
    result = await world.result(uploaded.media_id)
    assert isinstance(result, ConversionFailed)
    assert (result.target_format, result.reason, result.retryable) == ("preview", reason, False)


async def test_an_original_too_large_to_be_looked_at_is_shown_unseen(world, start_converter):
    await start_converter(max_source_bytes=1000)
    uploaded, _ = await world.upload(
        pdf() + bytes(1000), filename="a.pdf", extension="pdf", convertible=False, preview=True
    )
    result = await world.result(uploaded.media_id)
    assert isinstance(result, ConversionSucceeded)
    assert (await world.store.get(result.thumbnail_key)).startswith(b"RIFF")
