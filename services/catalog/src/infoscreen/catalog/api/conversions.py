"""Conversions: where one stands, ensuring one, and figures over all."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response
from sqlmodel.ext.asyncio.session import AsyncSession

from infoscreen.catalog.api.dependencies import Dependencies, guard
from infoscreen.catalog.api.schemas.conversions import ConversionState, ConversionStatistics, LaneDepth, PdfOptions
from infoscreen.catalog.api.schemas.media import MediaLinks
from infoscreen.catalog.media.conversion_requests import CurrentConversion, request_for
from infoscreen.catalog.media.queries import CurrentMedia, get_media
from infoscreen.catalog.operations import conversion_statistics
from infoscreen.common.auth import Principal
from infoscreen.common.events import ConversionRequested, Priority
from infoscreen.common.http_api import api_router
from infoscreen.common.problem import problems
from infoscreen.common.rendition import PDF_TARGET
from infoscreen.common.roles import PEOPLE, UPLOADERS, Role

_UNDER_WAY = {"pending", "processing"}


def router(deps: Dependencies) -> APIRouter:
    """The routes of conversions."""
    people, operators = [Depends(guard(deps, *PEOPLE))], [Depends(guard(deps, Role.OPERATOR))]
    routes = api_router()

    async def state_of(session: AsyncSession, media_id: UUID) -> ConversionState:
        return await _state(session, await get_media(session, media_id), deps)

    @routes.get("/conversions/{media_id}/status", dependencies=people, responses=problems(404, 422))
    async def get_conversion_status(media_id: UUID) -> ConversionState:
        """Where the conversion of a medium stands."""
        await deps.catch_up.to_media(media_id)
        async with deps.database.read() as session:
            return await state_of(session, media_id)

    @routes.post(
        "/conversions/{media_id}/pdf",
        responses={202: {"model": ConversionState, "description": "Queued, or under way"}, **problems(404, 422)},
    )
    async def ensure_pdf(
        media_id: UUID,
        response: Response,
        who: Annotated[Principal, Depends(guard(deps, *UPLOADERS))],
        wanted: Annotated[PdfOptions, Query()],
    ) -> ConversionState:
        """Make sure that there is, or will be, a PDF: one that failed, or was made with other options, is queued."""
        await deps.catch_up.to_media(media_id)
        async with deps.database.read() as session:
            current = await get_media(session, media_id)
        who.person.check(current.media.owner)
        if request := _request(current, wanted):
            sequence = await deps.publisher.publish(*request, deadline_seconds=deps.publish_deadline_seconds)
            await deps.catch_up.to_sequence(sequence)
        async with deps.database.read() as session:
            state = await state_of(session, media_id)
        response.status_code = 202 if state.status in _UNDER_WAY else 200
        return state

    @routes.get("/admin/conversions/status", dependencies=operators, responses=problems())
    async def get_conversion_figures() -> ConversionStatistics:
        """How many conversions there are, how long they take, and what waits in each lane."""
        async with deps.database.read() as session:
            counts = await conversion_statistics.lane_counts(session)
            durations = await conversion_statistics.durations(session)
        return _statistics(counts, durations, deps, await deps.catch_up.offset())

    return routes


def _request(current: CurrentMedia, wanted: PdfOptions) -> tuple[ConversionRequested, UUID] | None:
    """Return the request that brings the medium's conversion to what is wanted; None where it needs none."""
    conversion = current.conversion
    if conversion is None:
        return None
    present = CurrentConversion(
        media_id=current.media.id,
        generation=conversion.generation,
        status=conversion.status,
        priority=Priority(conversion.priority),
        requested_sequence=conversion.requested_sequence,
        profile=conversion.profile,
        target_format=conversion.target_format,
        shown_profile=conversion.shown_profile,
        pages=conversion.pages,
    )
    options = wanted.options if current.media.convertible else None  # an original has none
    return request_for(present, wanted.priority, options)


async def _state(session: AsyncSession, current: CurrentMedia, deps: Dependencies) -> ConversionState:
    media, conversion = current.media, current.conversion
    expected = await conversion_statistics.estimate(session, conversion, deps.clock()) if conversion else None
    known = conversion.model_dump() if conversion else dict.fromkeys(ConversionState.model_fields)
    return ConversionState.model_validate(
        known
        | {
            "media_id": media.id,
            "conversion_id": conversion.id if conversion else None,
            "status": current.status,
            "target_format": conversion.target_format if conversion else PDF_TARGET,
            "generation": media.generation,
            "priority": conversion.priority if conversion else media.priority,
            "attempts": conversion.attempts if conversion else 0,
            "queue_position": expected.queue_position if expected else None,
            "eta_seconds": expected.eta_seconds if expected else None,
            "links": MediaLinks.of(media.id),
        }
    )


def _statistics(
    counts: list[conversion_statistics.LaneCount],
    durations: conversion_statistics.Durations,
    deps: Dependencies,
    applied_sequence: int,
) -> ConversionStatistics:
    def total(status: str, lane: Priority | None = None) -> int:
        return sum(c.amount for c in counts if c.status == status and lane in (None, c.priority))

    oldest = min((c.oldest for c in counts if c.status == "pending"), default=None)
    return ConversionStatistics(
        pending=total("pending"),
        processing=total("processing"),
        ready=total("ready"),
        failed=total("failed"),
        avg_duration_seconds=durations.average,
        p50_duration_seconds=durations.p50,
        p95_duration_seconds=durations.p95,
        oldest_pending_seconds=max(0.0, (deps.clock() - oldest).total_seconds()) if oldest else None,
        lanes={
            lane: LaneDepth(pending=total("pending", lane), processing=total("processing", lane)) for lane in Priority
        },
        applied_sequence=applied_sequence,
    )
