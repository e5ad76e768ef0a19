"""An action on many media, while a server goes away."""

from http import HTTPStatus

from infoscreen.common.errors import UnavailableError
from infoscreen.common.events import new_media_id
from infoscreen.ingest.actions import act_on_all


async def test_once_a_server_is_away_the_rest_is_answered_and_not_tried():
    media, tried = [new_media_id() for _ in range(4)], []

    async def act(media_id):
        tried.append(media_id)
        if media_id == media[1]:
            raise UnavailableError("NATS is away.")

    answers = await act_on_all(media, act)
    assert tried == media[:2]
    assert [answer.status for answer in answers] == [HTTPStatus.OK, *[HTTPStatus.SERVICE_UNAVAILABLE] * 3]
    assert {answer.detail for answer in answers[1:]} == {"NATS is away."}
