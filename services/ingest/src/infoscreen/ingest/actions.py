"""One action on many media, with an answer for each: what is refused for one holds no other up."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from uuid import UUID

from infoscreen.common.errors import ConflictError, InfoscreenError, NotFoundError, UnavailableError
from infoscreen.common.ownership import NotOwnerError

Act = Callable[[UUID], Awaitable[object]]
_STATUSES: dict[type[InfoscreenError], HTTPStatus] = {
    NotOwnerError: HTTPStatus.FORBIDDEN,
    NotFoundError: HTTPStatus.NOT_FOUND,
    ConflictError: HTTPStatus.CONFLICT,
    UnavailableError: HTTPStatus.SERVICE_UNAVAILABLE,
}


@dataclass(frozen=True)
class Answer:
    """The answer to one of the media; ``detail`` is empty where the action was done."""

    media_id: UUID
    status: HTTPStatus
    detail: str = ""


async def act_on_all(media_ids: Sequence[UUID], act: Act) -> list[Answer]:
    """Act on media one after the other; once a server is away, the rest is not tried."""
    answers: list[Answer] = []
    away: Answer | None = None
    for media_id in dict.fromkeys(media_ids):
        answer = Answer(media_id, away.status, away.detail) if away else await _acted(media_id, act)
        away = answer if answer.status is HTTPStatus.SERVICE_UNAVAILABLE else None
        answers.append(answer)
    return answers


async def _acted(media_id: UUID, act: Act) -> Answer:
    try:
        await act(media_id)
    except tuple(_STATUSES) as error:
        status = next(status for kind, status in _STATUSES.items() if isinstance(error, kind))
        return Answer(media_id, status, str(error))
    return Answer(media_id, HTTPStatus.OK)
