"""No document reads a file of this machine, or calls a server, by any reference in any format (fault 16).

The preparation is on trial alone: around the office is no fence, and in it are LibreOffice's own defaults, under which
it follows all that it finds.
"""

import pytest
import pytest_asyncio
from support.canaries import SECRET, waiting
from support.outward import Targets, opendocument, openxml, rtf, writings

from infoscreen.converter.engines import office_profile
from infoscreen.converter.engines.libreoffice import LibreOfficeConverter, RecyclePolicy
from infoscreen.converter.engines.office_process import OfficeSettings
from infoscreen.converter.fences import ALL_FENCES
from infoscreen.converter.preparation.preparer import DocumentPreparer

pytestmark = pytest.mark.asyncio(loop_scope="module")

ALWAYS_FOLLOW = (
    ("/org.openoffice.Office.Writer/Content/Update", "Link", "2"),
    ("/org.openoffice.Office.Calc/Content/Update", "Link", "0"),
    ("/org.openoffice.Office.Common/Misc", "FirstRun", "false"),
)
BINARY = {
    "doc": ("MS Word 97", ("fodt", "docx", "rtf")),
    "xls": ("MS Excel 97", ("fods", "xlsx")),
    "ppt": ("MS PowerPoint 97", ("fodp", "pptx")),
}
FORMATS = ("fodp", "odp", "pptx", "fodt", "odt", "docx", "rtf", "fods", "ods", "xlsx", "ppt", "doc", "xls")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def desk(desk_for, tmp_path_factory):
    """An office that nothing holds back."""
    folder = tmp_path_factory.mktemp("desk")
    office = OfficeSettings(offered_fences=frozenset(), accept_missing_fences=ALL_FENCES)
    kept = RecyclePolicy(resident_bytes=8 * 1024**3)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(office_profile, "_SETTINGS", ALWAYS_FOLLOW)
        engine = LibreOfficeConverter(1, folder, office=office, recycle=kept)
        await engine.start()
        yield desk_for(engine, folder)
        await engine.close()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def preparer(desk):
    preparer = DocumentPreparer(desk.folder)
    await preparer.start()
    yield preparer
    await preparer.close()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def canaries(tmp_path_factory, documents):
    secrets = {
        "fodt": documents.fodt(SECRET),
        "fodp": documents.fodp(SECRET),
        "fods": documents.fods(SECRET),
    }
    async with waiting(tmp_path_factory.mktemp("files") / "canaries", secrets) as canaries:
        yield canaries


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def made(desk, documents, canaries):
    """Makes a document of a format that refers to the canaries in every way."""

    def targets(extension: str) -> list[str]:
        return writings(canaries.path(extension), canaries.address)

    def plain_targets(extension: str) -> list[str]:
        return [canaries.path(extension).as_uri(), f"http://{canaries.address}/{extension}"]

    def with_one_film(source: str) -> Targets:
        """This office waits 20 s for each; of the old formats, only that of presentations keeps any."""
        films = [canaries.path("mp4").as_uri()] if source == "fodp" else []
        return lambda extension: films if extension == "mp4" else plain_targets(extension)

    def text(extension: str, targets: Targets) -> bytes:
        families = {"p": "presentation", "t": "text", "s": "spreadsheet"}
        if extension.startswith("fod"):
            return opendocument.flat(families[extension[-1]], targets)
        if extension.startswith("od"):
            return opendocument.zipped(families[extension[-1]], targets)
        if extension == "pptx":
            return openxml.pptx(targets, documents.pptx("Page"))
        return {"docx": openxml.docx, "xlsx": openxml.xlsx, "rtf": rtf.rtf}[extension](targets)

    async def make(extension: str) -> list[bytes]:
        if extension not in BINARY:
            return [text(extension, targets)]
        export_filter, sources = BINARY[extension]
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("infoscreen.converter.engines.import_filters.export_filter", lambda _: export_filter)
            made = [await desk.convert(text(source, with_one_film(source)), source, name=source) for source in sources]
            return [path.read_bytes() for path in made]

    return make


async def test_the_canaries_notice_a_reader_and_a_caller(desk, documents, canaries):
    """And this office follows what it finds, so that its silence below means something.

    LibreOffice 7.4 also shows what it read; 25.2 reads it and shows nothing.
    """
    shape = (
        '<draw:frame svg:width="9cm" svg:height="5cm"><draw:object xlink:href="{}" xlink:type="simple"/></draw:frame>'
    )
    slides = [shape.format(canaries.path("fodt").as_uri()), documents.picture_link(f"http://{canaries.address}/x.png")]
    await desk.convert(documents.fodp(*slides), "fodp")
    assert canaries.read_since() == {"canary.fodt"}
    assert canaries.callers
    canaries.callers = 0


@pytest.mark.parametrize("extension", FORMATS)
async def test_a_document_reads_and_calls_nothing_by_any_reference(  # noqa: PLR0917 - fixtures, passed by name
    desk, preparer, canaries, made, extension, pdf_texts
):
    documents = await made(extension)
    canaries.read_since()
    canaries.callers = 0
    for content in documents:
        source = desk.folder / "uploaded"
        source.write_bytes(content)
        prepared = await preparer.prepare(source)
        assert prepared != source
        pdf = await desk.convert(prepared.read_bytes(), extension)
        assert canaries.read_since() == set()
        assert canaries.callers == 0
        if extension not in BINARY:  # these were made by an office that had read the secret
            assert SECRET not in "".join(pdf_texts(pdf))
