"""The body of a deck report."""

from typing import Annotated, Self
from uuid import UUID

from pydantic import Field

from infoscreen.catalog.models import Conversion
from infoscreen.common.deck_report import DeckReport, Finding, advice_on


class AdvisedFinding(Finding):
    """One thing that the PDF lost, and what to do about it."""

    advice: Annotated[str, Field(description="What the author can do, in English; empty for a kind of a newer version")]

    @classmethod
    def of(cls, finding: Finding) -> Self:
        """A finding with its advice."""
        return cls(**dict(finding), advice=advice_on(finding))


class MediaReport(DeckReport):
    """What the PDF of a medium lost of its document."""

    media_id: UUID
    generation: int
    findings: Annotated[tuple[AdvisedFinding, ...], Field(description="The worst first, at most 500")]

    @classmethod
    def about(cls, media_id: UUID, conversion: Conversion, report: DeckReport) -> Self:
        """A report as people see it."""
        findings = tuple(map(AdvisedFinding.of, report.findings))
        return cls(**dict(report) | {"media_id": media_id, "generation": conversion.generation, "findings": findings})
