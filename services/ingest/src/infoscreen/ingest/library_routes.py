"""The routes by which people keep the library in order."""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query, Response
from fastapi.responses import JSONResponse

from infoscreen.common.auth import Principal
from infoscreen.common.http_api import principal
from infoscreen.common.problem import BODY, ProblemError, problems
from infoscreen.common.roles import EDITORS, Role
from infoscreen.ingest.actions import Act, act_on_all
from infoscreen.ingest.library import Library
from infoscreen.ingest.paths import ACTIONS, MEDIUM
from infoscreen.ingest.schemas import (
    PARKED,
    Action,
    ActionResults,
    ActionToDo,
    MediaAccepted,
    MediumChange,
    MediumInOrder,
    accepted,
)
from infoscreen.ingest.versions import Versions

Uploader = Annotated[Principal, Depends(principal)]
Permanently = Annotated[
    bool, Query(description="True deletes it for good, in the trash or not; for operators, and without a way back")
]
Generation = Annotated[int, Path(ge=1, lt=2**63, description="Of the version, as `GET …/versions` lists them")]


@dataclass(frozen=True)
class LibraryRoutes:
    """Makes the routes of the use cases."""

    library: Library
    versions: Versions

    def add(self, to: APIRouter) -> None:
        """Add the routes to a router with a guard and a limit of bodies."""
        library = self.library

        @to.patch(MEDIUM, responses=problems(404, *BODY))
        async def label_media(media_id: UUID, body: MediumChange, who: Uploader) -> MediumInOrder:
            """Give a medium a title, these tags in place of those that it has, or another owner; the rest stays."""
            tags = None if body.tags is None else frozenset(body.tags)
            if body.owner is not None:
                check_editor(who)
                await library.hand_over(media_id, body.owner, who.person)
            return MediumInOrder.of(await library.label(media_id, body.title, tags, who.person))

        @to.delete(MEDIUM, status_code=204, responses=problems(404, 409, 422))
        async def delete_media(media_id: UUID, who: Uploader, *, permanently: Permanently = False) -> Response:
            """Move a medium to the trash, with every generation of it; a replacement at the same moment stays (409)."""
            if permanently:
                check_operator(who)
                await library.delete(media_id, who.person)
            else:
                await library.trash(media_id, who.person)
            return Response(status_code=204)

        @to.post(f"{MEDIUM}/restore", responses=problems(404, 422))
        async def restore_media(media_id: UUID, who: Uploader) -> MediumInOrder:
            """Take a medium out of the trash; screens show it again where they did before."""
            return MediumInOrder.of(await library.restore(media_id, who.person))

        @to.post(ACTIONS, responses=problems(*BODY))
        async def act_on_media(body: ActionToDo, who: Uploader) -> ActionResults:
            """Do the same with up to 200 media; `results` has an answer for each."""
            if body.action is Action.DELETE:
                check_operator(who)
            add, remove = frozenset(body.add), frozenset(body.remove)
            acts: dict[Action, Act] = {
                Action.TRASH: lambda media_id: library.trash(media_id, who.person),
                Action.RESTORE: lambda media_id: library.restore(media_id, who.person),
                Action.TAG: lambda media_id: library.tag(media_id, add, remove, who.person),
                Action.DELETE: lambda media_id: library.delete(media_id, who.person),
            }
            return ActionResults.of(await act_on_all(body.media_ids, acts[body.action]))

        @to.post(
            f"{MEDIUM}/versions/{{generation}}/show",
            response_model=MediaAccepted,
            responses={202: PARKED, **problems(404, 409, 422)},
        )
        async def show_version(media_id: UUID, generation: Generation, who: Uploader) -> JSONResponse:
            """Show an earlier version again, as the newest one; the one that is shown now becomes an earlier one."""
            return accepted(await self.versions.show(media_id, generation, who.person), stored=HTTPStatus.OK)


def check_editor(who: Principal) -> None:
    """Refuse people who may not hand media over.

    Raises:
        ProblemError: 403.
    """
    if who.role not in EDITORS:
        detail = "Only editors hand a medium over to another person. Ask one of them; nothing was changed."
        raise ProblemError(HTTPStatus.FORBIDDEN, "forbidden", detail)


def check_operator(who: Principal) -> None:
    """Refuse people who may not delete for good.

    Raises:
        ProblemError: 403.
    """
    if who.role is not Role.OPERATOR:
        detail = "Only operators delete for good. Delete it without `permanently`: it goes to the trash."
        raise ProblemError(HTTPStatus.FORBIDDEN, "forbidden", detail)
