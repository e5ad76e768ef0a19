"""A finished rendition, and the key under which there is one for each (sha256, target format, profile)."""

from pathlib import PurePath
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from infoscreen.common.deck_report import Finding

PDF_TARGET = "pdf"
"""What is shown of a document, a picture or a film that screens cannot show as it is: a PDF, or a picture or film."""
PREVIEW_TARGET = "preview"
"""What is made of an original that is shown as it is: a picture of it, once it has been opened and found sound."""
MAX_TIMED_PAGES = 2000
"""What fits into an event; a deck of more slides has no timings."""

PageSeconds = Annotated[tuple[Annotated[float, Field(gt=0)] | None, ...], Field(max_length=MAX_TIMED_PAGES)]
"""How long each page stays before the next one, by the deck's own timings; None for a page without one."""

_MEDIA_TYPES = {
    ".pdf": "application/pdf",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".webp": "image/webp",
    ".mp4": "video/mp4",
}


class Rendition(BaseModel):
    """Where a finished rendition is, what it is, and what it lost of its document.

    Its names are those of the first kind there was: PDFs.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    pdf_key: str
    pdf_sha256: str
    pdf_size_bytes: int
    pages: int
    thumbnail_key: str | None
    duration_seconds: float
    length_seconds: float | None = None
    report_key: str | None = None
    findings: tuple[Finding, ...] = ()
    finding_counts: dict[str, int] = {}
    page_seconds: PageSeconds | None = None

    @property
    def object_keys(self) -> tuple[str, ...]:
        """Every object that it is made of."""
        return tuple(dict.fromkeys(key for key in (self.pdf_key, self.thumbnail_key, self.report_key) if key))


def rendition_key(file_hash: str, target_format: str, profile: str) -> str:
    """The key of a rendition in the registry."""
    return f"{file_hash}.{target_format}.{profile}"


def media_type_of(key: str) -> str:
    """The media type of an object of a rendition, which its key's suffix tells."""
    return _MEDIA_TYPES[PurePath(key).suffix]
