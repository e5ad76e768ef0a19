"""Where the kernel does not offer a fence, the converter refuses to start, unless it is told to do without."""

import os
import signal

import pikepdf
import pytest
from support.until import until

from infoscreen.common.errors import FailureReason, PermanentError
from infoscreen.common.isolation.sandbox import Fence
from infoscreen.converter.document import EngineUnavailableError
from infoscreen.converter.engines.libreoffice import LibreOfficeConverter
from infoscreen.converter.engines.office_process import OfficeSettings
from infoscreen.converter.fences import ALL_FENCES
from infoscreen.converter.preparation.preparer import DocumentPreparer


@pytest.fixture
async def office_with(tmp_path):
    """Starts an office on a kernel that offers these fences, and accepts the lack of those."""
    started = []

    async def start(offered, accepted=()) -> LibreOfficeConverter:
        settings = OfficeSettings(offered_fences=frozenset(offered), accept_missing_fences=frozenset(accepted))
        started.append(LibreOfficeConverter(1, tmp_path, office=settings))
        await started[-1].start()
        return started[-1]

    yield start
    for engine in started:
        await engine.close()


@pytest.mark.parametrize("missing", list(Fence))
async def test_an_office_without_a_fence_is_refused_with_the_setting_that_accepts_it(
    office_with, offices_of, tmp_path, missing
):
    with pytest.raises(EngineUnavailableError, match=rf"CONVERTER_ACCEPT_MISSING_FENCES={missing} accepts that$"):
        await office_with(ALL_FENCES - {missing})
    assert not offices_of(tmp_path)
    assert not list(tmp_path.glob("office-*"))


async def test_an_office_without_fences_that_may_be_missed_works(office_with, tmp_path, desk_for, documents, pdf_texts):
    engine = await office_with((), ALL_FENCES)
    assert pdf_texts(await desk_for(engine, tmp_path).convert(documents.fodp("Text"), "fodp")) == ["Text"]


async def test_the_process_that_prepares_documents_is_refused_alike(tmp_path, monkeypatch):
    preparer = DocumentPreparer(tmp_path)
    await preparer._pool.start()
    monkeypatch.setattr(preparer._pool, "missing_fences", frozenset({Fence.NETWORK, Fence.FILES}))
    with pytest.raises(EngineUnavailableError, match="CONVERTER_ACCEPT_MISSING_FENCES=files,network accepts that"):
        await preparer.start()
    accepting = DocumentPreparer(tmp_path, accept_missing_fences=ALL_FENCES)
    monkeypatch.setattr(accepting, "_pool", preparer._pool)
    await accepting.start()
    await accepting.close()


async def test_a_document_that_kills_its_preparation_does_not_harm_the_next_one(tmp_path, documents):
    preparer = DocumentPreparer(tmp_path)
    await preparer.start()
    source = tmp_path / "source"
    source.write_bytes(documents.fodp("Text"))
    workers = list(preparer._pool._idle)
    assert workers
    for worker in workers:
        os.kill(worker.pid, signal.SIGKILL)
    await until(lambda: not any(worker.alive for worker in workers), "the workers are gone")
    assert await preparer.prepare(source) == source
    await preparer.close()


async def test_a_document_that_cannot_be_prepared_is_corrupt(tmp_path):
    preparer = DocumentPreparer(tmp_path)
    (tmp_path / "source").write_bytes(b"{\\rtf1" + b"{" * 50_000)
    with pytest.raises(PermanentError) as caught:
        await preparer.prepare(tmp_path / "source")
    assert caught.value.reason is FailureReason.CORRUPT
    await preparer.close()


@pytest.mark.parametrize("extension", ["odp", "odt", "pptx"])
async def test_hyperlinks_reach_the_pdf(office_with, tmp_path, desk_for, documents, extension):
    """Beside a reference that does not, so that the document is rewritten."""
    source = tmp_path / "source"
    source.write_bytes(with_hyperlink(documents, extension))
    preparer = DocumentPreparer(tmp_path)
    prepared = await preparer.prepare(source)
    await preparer.close()
    assert prepared != source
    engine = await office_with(ALL_FENCES)
    pdf = await desk_for(engine, tmp_path).convert(prepared.read_bytes(), extension)
    with pikepdf.open(pdf) as document:
        links = [str(link.A.URI) for page in document.pages for link in page.get("/Annots", [])]
    assert links == ["https://example.org/there"]


def text_of(documents, package: bytes, name: str) -> str:
    return documents.part(package, name).decode()


def with_hyperlink(documents, extension: str) -> bytes:
    address, elsewhere = "https://example.org/there", "file:///srv/elsewhere.png"
    link = f'<text:a xlink:href="{address}" xlink:type="simple">there</text:a>'
    if extension == "odp":
        return documents.odp(documents.slide(link) + documents.picture_link(elsewhere))
    if extension == "odt":
        return documents.odt(f"<text:p>{link}</text:p><text:p>{documents.picture_link(elsewhere)}</text:p>")
    rels, part = "ppt/slides/_rels/slide1.xml.rels", "ppt/slides/slide1.xml"
    package = documents.pptx("Text")
    kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    rows = "".join(
        f'<Relationship Id="rId{number}" Type="{kind}/{name}" Target="{target}" TargetMode="External"/>'
        for number, name, target in ((7, "hyperlink", address), (8, "image", elsewhere))
    )
    package = documents.with_part(
        package, rels, text_of(documents, package, rels).replace("</Relationships>", f"{rows}</Relationships>")
    )
    used = '<a:r><a:rPr><a:hlinkClick r:id="rId7"/></a:rPr><a:t>'
    return documents.with_part(package, part, text_of(documents, package, part).replace("<a:r><a:t>", used))
