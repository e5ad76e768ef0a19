import pytest

from infoscreen.common.document_types import DOCUMENT_TYPES, Family
from infoscreen.converter.engines.import_filters import export_filter, import_filter

CONVERTIBLE = [known for known in DOCUMENT_TYPES.values() if known.convertible]


@pytest.mark.parametrize("document_type", CONVERTIBLE, ids=lambda known: known.extension)
def test_every_convertible_type_has_an_import_and_an_export_filter(document_type):
    assert import_filter(document_type)
    assert export_filter(document_type).endswith("_pdf_Export")


def test_only_documents_are_convertible():
    assert {known.family for known in CONVERTIBLE} == {Family.PRESENTATION, Family.TEXT, Family.SPREADSHEET}
