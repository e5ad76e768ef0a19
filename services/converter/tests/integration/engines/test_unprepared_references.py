"""What the preparation leaves: links of formulas in an xls, and fields that a doc cuts into pieces (fault 16).

An office that may update links follows them. Ours may not, whether there are fences around it or its settings alone.
"""

import importlib.util
from pathlib import Path

import pytest
import pytest_asyncio
from support.canaries import SECRET, waiting
from support.outward import excel, word

from infoscreen.converter.engines import import_filters, office_profile
from infoscreen.converter.engines.libreoffice import LibreOfficeConverter
from infoscreen.converter.engines.office_process import OfficeSettings
from infoscreen.converter.fences import ALL_FENCES

pytestmark = pytest.mark.asyncio(loop_scope="module")

UNFENCED = {"offered_fences": frozenset(), "accept_missing_fences": ALL_FENCES}
FOLLOWED = ("xls file", "xls server", "xls dde", "doc picture", "doc server")
LEFT_ALONE = ("doc text", "doc dde")  # LibreOffice asks a person first, whatever its settings


def link_updating_python(folder: Path) -> str:
    """What runs a driver whose office updates the links of every document below `folder`."""
    source = Path(importlib.util.find_spec("infoscreen.converter.engines.uno_driver").origin).read_text()
    assert '"UpdateDocMode": 0' in source
    driver, program = folder / "driver.py", folder / "python"
    driver.write_text(source.replace('"UpdateDocMode": 0', '"UpdateDocMode": 3'))
    program.write_text(f'#!/bin/sh\nshift 2\nexec {OfficeSettings().python} {driver} "$@"\n')
    program.chmod(0o755)
    return str(program)


def link_updating_profile(folder: Path) -> tuple[tuple[str, str, str], ...]:
    return (
        ("/org.openoffice.Office.Common/Security/Scripting", "SecureURL", f"<it>{folder.as_uri()}</it>"),
        ("/org.openoffice.Office.Writer/Content/Update", "Link", "2"),
        ("/org.openoffice.Office.Calc/Content/Update", "Link", "0"),
        ("/org.openoffice.Office.Common/Misc", "FirstRun", "false"),
    )


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=["fenced", "settings only", "updates links"])
async def desk(request, desk_for, tmp_path_factory):
    folder = tmp_path_factory.mktemp("desk")
    with pytest.MonkeyPatch.context() as patch:
        office = OfficeSettings() if request.param == "fenced" else OfficeSettings(**UNFENCED)
        if request.param == "updates links":
            patch.setattr(office_profile, "_SETTINGS", link_updating_profile(folder))
            office = OfficeSettings(python=link_updating_python(folder), **UNFENCED)
        engine = LibreOfficeConverter(1, folder, office=office)
        await engine.start()
        desk = desk_for(engine, folder)
        desk.updates_links = request.param == "updates links"
        yield desk
        await engine.close()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def canaries(tmp_path_factory, documents):
    secrets = {"fods": documents.fods(SECRET), "fodt": documents.fodt(SECRET)}
    async with waiting(tmp_path_factory.mktemp("files") / "canaries", secrets) as canaries:
        yield canaries


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def made(desk, canaries):
    """The documents, by name: the file's extension and what it refers to."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(import_filters, "export_filter", lambda _: "MS Word 97")
        linked = (await desk.convert(word.hyperlink(200), "rtf")).read_bytes()
    sheet, picture = canaries.path("fods"), canaries.path("png")

    def cut(kind: int, instruction: str) -> bytes:
        return word.cut(linked, kind, f" {instruction} ", at=len(" INCLU"))

    return {
        "xls file": excel.file_link(sheet.as_uri()),
        "xls server": excel.file_link(f"http://{canaries.address}/x.fods"),
        "xls dde": excel.dde_link("soffice", str(sheet), "a.A1"),
        "doc picture": cut(word.INCLUDE_PICTURE, f'INCLUDEPICTURE "{picture}" \\d'),
        "doc server": cut(word.INCLUDE_PICTURE, f'INCLUDEPICTURE "http://{canaries.address}/x.png" \\d'),
        "doc text": cut(word.INCLUDE_TEXT, f'INCLUDETEXT "{canaries.path("txt")}"'),
        "doc dde": cut(word.DDE_AUTO, f'DDEAUTO soffice "{sheet}" "a.A1"'),
    }


@pytest.mark.parametrize("name", [*FOLLOWED, *LEFT_ALONE])
async def test_a_link_that_the_preparation_leaves_is_followed_only_by_an_office_that_updates_links(
    desk, canaries, made, name, pdf_texts
):
    canaries.read_since()
    canaries.callers = 0
    pdf = await desk.convert(made[name], name[:3])
    noticed = bool(canaries.read_since()) or canaries.callers > 0
    assert noticed == (desk.updates_links and name in FOLLOWED)
    if not desk.updates_links:
        assert SECRET not in "".join(pdf_texts(pdf))
