"""Reads a document, whatever its format, for what a PDF of it loses."""

from contextlib import suppress
from typing import BinaryIO
from xml.parsers import expat

from infoscreen.common.document_types import DocumentType
from infoscreen.common.formats.compound_file import MAGIC as COMPOUND_FILE_MAGIC
from infoscreen.common.formats.package import DamagedPackageError, Package
from infoscreen.converter.report.facts import Budget, OutOfBudgetError, SourceFacts
from infoscreen.converter.report.opendocument import read_flat, read_package
from infoscreen.converter.report.openxml import read_open_xml
from infoscreen.converter.report.powerpoint97 import read_compound

_CHUNK_BYTES = 256 * 1024
_MOST_XML_BYTES = 32 * 1024**2  # half a second of reading; conversions of such documents take minutes


def read_source(file: BinaryIO, document_type: DocumentType) -> SourceFacts:
    """Collect what a document says of itself; what cannot be read tells nothing.

    Args:
        file: of a document that `inspection` admitted, so its XML is bounded and declares no entities.
        document_type: its type.
    """
    facts, budget = SourceFacts(), Budget(_MOST_XML_BYTES)
    file.seek(0)
    magic = file.read(len(COMPOUND_FILE_MAGIC))
    file.seek(0)
    with suppress(OutOfBudgetError, DamagedPackageError, expat.ExpatError):
        if magic == COMPOUND_FILE_MAGIC:
            read_compound(file, facts)
        elif magic.startswith(b"PK"):
            package = Package(file)
            (read_package if package.find("content.xml") else read_open_xml)(package, facts, budget)
        elif document_type.media_type.endswith("-flat-xml"):
            read_flat(iter(lambda: file.read(_CHUNK_BYTES), b""), facts, budget)
    return facts
