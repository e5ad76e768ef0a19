"""A finished PDF, and the key under which there is one for each (sha256, target format, profile)."""

from pydantic import BaseModel, ConfigDict


class Rendition(BaseModel):
    """The place, the hash and the size of a finished PDF."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    pdf_key: str
    pdf_sha256: str
    pdf_size_bytes: int
    pages: int
    thumbnail_key: str | None
    duration_seconds: float


def rendition_key(file_hash: str, target_format: str, profile: str) -> str:
    """The key of a rendition in the registry."""
    return f"{file_hash}.{target_format}.{profile}"
