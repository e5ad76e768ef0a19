"""A finished PDF, and the key under which there is one for each (sha256, target format, profile)."""

from pydantic import BaseModel, ConfigDict

from infoscreen.common.deck_report import Finding


class Rendition(BaseModel):
    """Where a finished PDF is, what it is, and what it lost of its document."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    pdf_key: str
    pdf_sha256: str
    pdf_size_bytes: int
    pages: int
    thumbnail_key: str | None
    duration_seconds: float
    report_key: str | None = None
    findings: tuple[Finding, ...] = ()
    finding_counts: dict[str, int] = {}

    @property
    def object_keys(self) -> tuple[str, ...]:
        """Every object that it is made of."""
        return tuple(key for key in (self.pdf_key, self.thumbnail_key, self.report_key) if key)


def rendition_key(file_hash: str, target_format: str, profile: str) -> str:
    """The key of a rendition in the registry."""
    return f"{file_hash}.{target_format}.{profile}"
