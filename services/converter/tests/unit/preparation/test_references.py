from pathlib import Path

import pytest
from support.outward import writings

from infoscreen.converter.preparation.references import Members, formula_leads_out, leads_out

WRITINGS = writings(Path("/srv/canary/secret.png"), "127.0.0.1:80")
MEMBERS = Members(
    ["content.xml", "Pictures/a.png", "Object 1/content.xml", "file:/x", "../x", "a\\b", "%2e%2e/x", "/etc/y"]
)


@pytest.mark.parametrize("reference", WRITINGS)
def test_no_way_to_write_a_path_is_taken_for_a_member(reference):
    assert not MEMBERS.contain(reference)
    assert not MEMBERS.contain(reference, "Object 1/")


@pytest.mark.parametrize(
    "name", ["file:/x", "../x", "a\\b", "%2e%2e/x", "/etc/y", "etc/y/..", "Pictures/../content.xml", ""]
)
def test_a_member_with_an_odd_name_is_not_referred_to(name):
    assert not MEMBERS.contain(name)


@pytest.mark.parametrize("name", ["Pictures/a.png", "./Pictures/a.png", "Object 1", "./Object%201", "Object 1/"])
def test_a_member_is_referred_to_plainly_or_encoded(name):
    assert MEMBERS.contain(name)


def test_a_reference_is_relative_to_the_folder_of_its_file():
    members = Members(["Object 1/content.xml", "Object 1/Pictures/b.png"])
    assert members.contain("Pictures/b.png", "Object 1/")
    assert not members.contain("Pictures/b.png")


@pytest.mark.parametrize("reference", [writing for writing in WRITINGS if not writing.startswith("Pictures/")])
def test_every_way_to_write_a_path_leads_out_of_an_attribute(reference):
    assert leads_out(reference)


@pytest.mark.parametrize(
    "value", ["1.5cm", "HH:MM", "Object 1", "#Slide 2", "ooo:com.sun.star.TextField", "a.b", "/", "16/9", ""]
)
def test_what_attributes_usually_say_stays_inside(value):
    assert not leads_out(value)


@pytest.mark.parametrize(
    "formula",
    [
        'of:=WEBSERVICE("x")',
        "of:=WebService  (A1)",
        'of:=DDE("soffice";"x";"y")',
        "of:=['file:///x.ods'#$Sheet1.A1]",
        "of:=['../x.ods'#$Sheet1.A1]",
        "of:=['x.ods' #$Sheet1.A1]",
        "'/tmp/[x.xlsx]Sheet1'!A1",
        "[x.xlsx]Sheet1!A1",
        '_xlfn.WEBSERVICE("http://x")',
    ],
)
def test_formulas_that_take_values_from_outside_lead_out(formula):
    assert formula_leads_out(formula)


@pytest.mark.parametrize(
    "formula",
    [
        "of:=SUM([.A1:.A9])/[.B1]",
        'HYPERLINK("https://example.org/x","there")',
        "'My Sheet'!A1+[1]Other!B2",
        'SUBSTITUTE(A1,"a","b")',
        "Table1[[#This Row],[Price]]*2",
    ],
)
def test_other_formulas_stay(formula):
    assert not formula_leads_out(formula)
