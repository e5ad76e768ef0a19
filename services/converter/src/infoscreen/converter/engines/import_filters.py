"""Which of LibreOffice's import filters reads which type, and which export filter writes its PDF.

The filter is passed explicitly on load: left to itself LibreOffice guesses, and opens random bytes as text and HTML
renamed ``.docx`` as a page that it then fetches pictures for.
"""

from infoscreen.common.document_types import DocumentType, Family

_IMPORT_FILTERS = {
    "ppt": "MS PowerPoint 97",
    "pps": "MS PowerPoint 97 AutoPlay",
    "pot": "MS PowerPoint 97 Vorlage",
    "pptx": "Impress MS PowerPoint 2007 XML",
    "ppsx": "Impress MS PowerPoint 2007 XML AutoPlay",
    "potx": "Impress MS PowerPoint 2007 XML Template",
    "pptm": "Impress MS PowerPoint 2007 XML VBA",
    "ppsm": "Impress MS PowerPoint 2007 XML AutoPlay",
    "potm": "Impress MS PowerPoint 2007 XML Template",
    "odp": "impress8",
    "otp": "impress8_template",
    "fodp": "OpenDocument Presentation Flat XML",
    "doc": "MS Word 97",
    "dot": "MS Word 97 Vorlage",
    "docx": "MS Word 2007 XML",
    "dotx": "MS Word 2007 XML Template",
    "docm": "MS Word 2007 XML VBA",
    "dotm": "MS Word 2007 XML Template",
    "odt": "writer8",
    "ott": "writer8_template",
    "fodt": "OpenDocument Text Flat XML",
    "rtf": "Rich Text Format",
    "xls": "MS Excel 97",
    "xlt": "MS Excel 97 Vorlage/Template",
    "xlsx": "Calc MS Excel 2007 XML",
    "xltx": "Calc MS Excel 2007 XML Template",
    "xlsm": "Calc MS Excel 2007 VBA XML",
    "xltm": "Calc MS Excel 2007 XML Template",
    "ods": "calc8",
    "ots": "calc8_template",
    "fods": "OpenDocument Spreadsheet Flat XML",
}
_OLDER_FILTERS = {
    "doc": ("MS Word 95", "MS WinWord 6.0"),
    "dot": ("MS Word 95 Vorlage", "MS WinWord 6.0"),
}
"""What reads the versions before, of which the usual filter makes no document. That of Excel 97 reads Excel 2 to 95."""
_EXPORT_FILTERS = {
    Family.PRESENTATION: "impress_pdf_Export",
    Family.TEXT: "writer_pdf_Export",
    Family.SPREADSHEET: "calc_pdf_Export",
}
REQUIRED_FILTERS = (
    *_IMPORT_FILTERS.values(),
    *(name for names in _OLDER_FILTERS.values() for name in names),
    *_EXPORT_FILTERS.values(),
)
"""What an installation must have, or sound documents would look corrupt."""


def import_filters(document_type: DocumentType) -> tuple[str, ...]:
    """LibreOffice's names of the filters that read `document_type`, which is a document's: one after the other."""
    extension = document_type.extension
    return (_IMPORT_FILTERS[extension], *_OLDER_FILTERS.get(extension, ()))


def export_filter(document_type: DocumentType) -> str:
    """LibreOffice's name of the filter that writes the PDF of a document's `document_type`."""
    return _EXPORT_FILTERS[document_type.family]
