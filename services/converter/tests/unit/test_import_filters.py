import pytest

from infoscreen.common.document_types import DOCUMENT_FAMILIES, DOCUMENT_TYPES
from infoscreen.converter.engines.import_filters import export_filter, import_filters

DOCUMENTS = [known for known in DOCUMENT_TYPES.values() if known.family in DOCUMENT_FAMILIES]


@pytest.mark.parametrize("document_type", DOCUMENTS, ids=lambda known: known.extension)
def test_every_document_has_an_import_and_an_export_filter(document_type):
    assert import_filters(document_type)
    assert export_filter(document_type).endswith("_pdf_Export")


def test_every_document_is_convertible():
    assert all(known.convertible for known in DOCUMENTS)
