"""Files that are no sound documents end failed with the right reason, in bounded memory, and never ready (fault 15)."""

import io
import os
import resource
import zipfile

import pytest
from support.workbooks import EXCEL_STANDARD_PASSWORD, locked_xls

from infoscreen.common.errors import FailureReason
from infoscreen.common.events import ConversionFailed
from infoscreen.converter.engines.libreoffice import LibreOfficeConverter

CORRUPT, LARGE, EMPTY = FailureReason.CORRUPT, FailureReason.TOO_LARGE, FailureReason.EMPTY_RESULT
PROTECTED, UNSUPPORTED = FailureReason.PASSWORD_PROTECTED, FailureReason.UNSUPPORTED_TYPE
# A slide whose namespaces are not those of slides: an engine draws an empty page, and says nothing.
UNKNOWN_SLIDE = '<p:sld xmlns:p="urn:of-nothing" xmlns:a="urn:of-nothing"><p:sp><a:t>Lost</a:t></p:sp></p:sld>'
MEMORY_BYTES = 200 * 1024**2


def bomb(documents) -> bytes:
    """A DOCX of less than a megabyte whose text unpacks to 300 MB."""
    package = io.BytesIO(documents.docx("Bomb"))
    archive = zipfile.ZipFile(package, "a", zipfile.ZIP_DEFLATED, compresslevel=9)
    with archive, archive.open("word/footnotes.xml", "w") as part:
        for _ in range(300):
            part.write(b" " * 1024**2)
    return package.getvalue()


@pytest.fixture
def files(documents) -> dict[str, tuple[bytes, FailureReason]]:
    pptx = documents.pptx("Hello")
    entity = '<!DOCTYPE d [<!ENTITY a "aaaa">]><p:sld>&a;</p:sld>'
    manifest = "<manifest:file-entry><manifest:encryption-data/></manifest:file-entry>"
    return {
        "empty.pptx": (b"", CORRUPT),
        "random.ppt": (os.urandom(50_000), UNSUPPORTED),
        "random-after-magic.pptx": (b"PK\x03\x04" + os.urandom(50_000), CORRUPT),
        "random-after-magic.ppt": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + os.urandom(50_000), CORRUPT),
        "truncated.pptx": (pptx[: len(pptx) // 2], CORRUPT),
        "truncated.odp": (documents.odp("Hello")[:600], CORRUPT),
        "truncated.fodp": (documents.fodp("Hello" * 100)[:-200], CORRUPT),
        "half-a-slide.pptx": (documents.with_part(pptx, "ppt/slides/slide1.xml", "<p:sld><p:cSld>"), CORRUPT),
        "protected.odp": (documents.with_part(documents.odp("x"), "META-INF/manifest.xml", manifest), PROTECTED),
        "protected.xls": (locked_xls("Locked", "secret"), PROTECTED),
        "html.docx": (b"<html><body>a page</body></html>", UNSUPPORTED),
        "program.pptx": (b"MZ" + os.urandom(20_000), UNSUPPORTED),
        "photos.pptx": (documents.zip({"1.jpeg": b"\xff\xd8\xff", "2.jpeg": b"\xff\xd8\xff"}), UNSUPPORTED),
        "bomb.docx": (bomb(documents), LARGE),
        "entries.pptx": (documents.zip({"[Content_Types].xml": _types(pptx), **_names(21_000)}), LARGE),
        "entities.pptx": (documents.with_part(pptx, "ppt/slides/slide1.xml", entity), CORRUPT),
        "traversal.pptx": (documents.with_part(pptx, "../../../tmp/climbed", "x"), CORRUPT),
        "blank.pptx": (documents.with_part(pptx, "ppt/slides/slide1.xml", UNKNOWN_SLIDE), CORRUPT),
        "all-hidden.pptx": (documents.pptx("hidden one", "hidden two"), EMPTY),
        "no-slides.fodp": (documents.fodp(), EMPTY),
        "huge-name.pptx": (documents.with_part(pptx, "n" * 60_000, "x"), CORRUPT),
    }


def _types(package: bytes) -> bytes:
    with zipfile.ZipFile(io.BytesIO(package)) as archive:
        return archive.read("[Content_Types].xml")


def _names(count: int) -> dict[str, str]:
    return {f"{number}.txt": "" for number in range(count)}


async def test_each_fails_with_its_reason_and_memory_stays_bounded(world, start_converter, tmp_path, files, documents):
    converter = await start_converter(LibreOfficeConverter(1, tmp_path / "converter-test"))
    uploads = {name: (await world.upload(content, filename=name))[0] for name, (content, _) in files.items()}
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    found = {}
    for name, uploaded in uploads.items():
        result = await world.result(uploaded.media_id)
        found[name] = result.reason if isinstance(result, ConversionFailed) else "ready"
    assert found == {name: reason for name, (_, reason) in files.items()}
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 - before < MEMORY_BYTES
    assert not list(converter.work_dir.glob("job-*"))
    assert await world.store.list("converted/") == []
    after, _ = await world.upload(documents.fodp("After"))
    assert (await world.result(after.media_id)).type == "conversion.succeeded"


async def test_a_workbook_that_excel_opens_without_asking_is_not_refused(world, start_converter):
    await start_converter()
    uploaded, _ = await world.upload(locked_xls("Canteen", EXCEL_STANDARD_PASSWORD), filename="menu.xls")
    assert (await world.result(uploaded.media_id)).type == "conversion.succeeded"


async def test_protected_decks_fail_as_such(world, start_converter, decks):
    await start_converter()
    for name in ("testPPT_protected_passtika.ppt", "testPPT_protected_passtika.pptx"):
        uploaded, _ = await world.upload((decks / name).read_bytes(), filename=name)
        assert (await world.result(uploaded.media_id)).reason == PROTECTED
