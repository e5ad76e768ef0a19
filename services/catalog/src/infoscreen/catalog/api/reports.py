"""The deck report of a medium: what its PDF lost of the document, and what to do about it."""

from uuid import UUID

import structlog
from fastapi import APIRouter
from pydantic import ValidationError

from infoscreen.catalog.api.dependencies import Dependencies, guard
from infoscreen.catalog.api.schemas.reports import MediaReport
from infoscreen.catalog.conversion_status import ConversionStatus
from infoscreen.catalog.media.queries import CurrentMedia, get_media
from infoscreen.common.deck_report import DeckReport
from infoscreen.common.errors import NotFoundError
from infoscreen.common.http_api import api_router
from infoscreen.common.problem import problems
from infoscreen.common.roles import PEOPLE

_log = structlog.get_logger(__name__)


def router(deps: Dependencies) -> APIRouter:
    """The route of reports."""
    routes = api_router(guard(deps, *PEOPLE))

    @routes.get("/media/{media_id}/report", responses=problems(404, 422))
    async def get_report(media_id: UUID) -> MediaReport:
        """What the PDF of a medium lost of the document, the worst first, with what to do."""
        await deps.catch_up.to_media(media_id)
        async with deps.database.read() as session:
            current = await get_media(session, media_id)
        conversion = current.conversion
        if conversion is None or conversion.report_key is None:
            raise NotFoundError(_why_not(current))
        try:
            report = DeckReport.model_validate_json(await deps.store.get(conversion.report_key))
        except (NotFoundError, ValidationError) as error:
            _log.error("report_unreadable", key=conversion.report_key, error=str(error))
            raise NotFoundError("The report is not stored any more. The next clean-up has it made again.") from error
        return MediaReport.about(media_id, conversion, report)

    return routes


def _why_not(current: CurrentMedia) -> str:
    """Why there is no report of a medium, and what to do about it."""
    if current.conversion is not None and current.conversion.status is ConversionStatus.FAILED:
        return "There is no report: the conversion failed. The file's page says why."
    if current.conversion is None or not current.media.convertible:
        return "There is no report: this file is shown as it is, so nothing of it is lost."
    if current.media.media_type.startswith(("image/", "video/")):
        return "There is no report: only documents have one."
    if current.conversion.status is ConversionStatus.READY:
        return (
            "There is no report: this file was converted before there were reports, or none could be made of it. "
            "Change the file, however little, and upload it again."
        )
    return "There is no report yet: the file is still being converted. Ask again when it is ready."
