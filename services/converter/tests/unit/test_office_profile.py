from xml.etree import ElementTree as ET

from infoscreen.converter.engines.office_profile import write_profile

OOR = "{http://openoffice.org/2001/registry}"


def settings(profile):
    root = ET.parse(profile / "user" / "registrymodifications.xcu").getroot()  # noqa: S314 - our own file
    return {
        f"{item.get(f'{OOR}path')}/{prop.get(f'{OOR}name')}": prop.findtext("value")
        for item in root
        for prop in item.iter("prop")
    }


def test_nothing_in_a_document_runs_and_nothing_is_fetched_for_it(tmp_path):
    write_profile(tmp_path / "profile", tmp_path)
    found = settings(tmp_path / "profile")
    security = "/org.openoffice.Office.Common/Security/Scripting"
    assert found[f"{security}/BlockUntrustedRefererLinks"] == "true"
    assert found[f"{security}/DisableMacrosExecution"] == "true"
    assert found["/org.openoffice.Office.Writer/Content/Update/Link"] == "0"
    assert found["/org.openoffice.Office.Calc/Content/Update/Link"] == "2"


def test_the_build_is_noted_so_that_the_first_start_is_not_done_twice(tmp_path):
    (tmp_path / "versionrc").write_text("[Version]\nbuildid=40(Build:2)\n")
    write_profile(tmp_path / "profile", tmp_path)
    assert (tmp_path / "profile/user/extensions/buildid").read_text() == "40(Build:2)"
