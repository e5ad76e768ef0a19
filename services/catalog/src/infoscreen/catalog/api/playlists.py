"""Playlists: creating, renaming, filling and deleting them."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path

from infoscreen.catalog.api.dependencies import (
    Dependencies,
    IfMatch,
    Person,
    author_of,
    etags,
    guard,
    wait_for_media,
)
from infoscreen.catalog.api.schemas.playlists import ItemsToShow, PlaylistDetail, PlaylistName, Playlists
from infoscreen.catalog.programme import own_lists, playlists
from infoscreen.common.http_api import api_router
from infoscreen.common.problem import BODY, problems
from infoscreen.common.roles import EDITORS

PlaylistId = Annotated[UUID, Path(description="The playlist")]


def router(deps: Dependencies) -> APIRouter:
    """The routes of playlists."""
    routes, author = api_router(guard(deps, *EDITORS)), author_of(deps)

    @routes.post("/playlists", status_code=201, responses=problems(*BODY))
    async def create_playlist(body: PlaylistName, person: Person) -> PlaylistDetail:
        """Create an empty playlist."""
        async with deps.database.write() as session:
            return PlaylistDetail.of(await playlists.create(session, body.name, author(person)))

    @routes.get("/playlists", responses=problems())
    async def list_playlists() -> Playlists:
        """Every shared playlist by name; the own list of a screen is found by its id."""
        async with deps.database.read() as session:
            return Playlists(items=[PlaylistDetail.of(listed) for listed in await playlists.list_shared(session)])

    @routes.get("/playlists/{playlist_id}", responses=problems(404, 422))
    async def get_playlist(playlist_id: PlaylistId) -> PlaylistDetail:
        """One playlist."""
        async with deps.database.read() as session:
            return PlaylistDetail.of(await playlists.get(session, playlist_id))

    @routes.patch("/playlists/{playlist_id}", responses=problems(404, 409, *BODY))
    async def rename_playlist(playlist_id: PlaylistId, body: PlaylistName, person: Person) -> PlaylistDetail:
        """Give a playlist another name."""
        async with deps.database.write() as session:
            return PlaylistDetail.of(await playlists.rename(session, playlist_id, body.name, author(person)))

    @routes.put("/playlists/{playlist_id}/items", responses=problems(404, 409, 412, *BODY))
    async def replace_items(
        playlist_id: PlaylistId, body: ItemsToShow, person: Person, if_match: IfMatch = None
    ) -> PlaylistDetail:
        """Set the items of a playlist, in this order. An item whose medium stays keeps its id."""
        items, known = [wanted.item() for wanted in body.items], etags(if_match)
        await wait_for_media(deps, [item.media_id for item in items])
        async with deps.database.write() as session:
            listed = await playlists.replace_items(session, playlist_id, items, author(person), known)
            await own_lists.mirror(session, listed)
        return PlaylistDetail.of(listed)

    @routes.delete("/playlists/{playlist_id}", status_code=204, responses=problems(404, 409, 422))
    async def delete_playlist(playlist_id: PlaylistId, person: Person) -> None:
        """Delete a playlist that nothing uses; a 409 says where it is used."""
        async with deps.database.write() as session:
            await playlists.delete(session, playlist_id, author(person))

    return routes
