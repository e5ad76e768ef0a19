"""The versions of a medium."""

from uuid import UUID

from fastapi import APIRouter

from infoscreen.catalog.api.dependencies import Dependencies, guard
from infoscreen.catalog.api.schemas.versions import Version, Versions
from infoscreen.catalog.media import queries as media_queries
from infoscreen.common.http_api import api_router
from infoscreen.common.problem import problems
from infoscreen.common.roles import PEOPLE


def router(deps: Dependencies) -> APIRouter:
    """The route of versions."""
    routes = api_router(guard(deps, *PEOPLE))

    @routes.get("/media/{media_id}/versions", responses=problems(404, 422))
    async def list_versions(media_id: UUID) -> Versions:
        """The versions of a medium that are kept: `POST …/versions/{generation}/show` shows one of them again."""
        await deps.catch_up.to_media(media_id)
        async with deps.database.read() as session:
            current = (await media_queries.get_media(session, media_id)).media.generation
        kept = deps.versions.of(await deps.media_log.generations(media_id), deps.clock())
        there = [g for g in kept if g.number == current or await deps.store.stat(g.upload.object_key)]
        return Versions(
            media_id=media_id,
            versions=[Version.of(generation, current=generation.number == current) for generation in there],
            size_bytes=sum(generation.upload.size_bytes for generation in there),
        )

    return routes
