"""The notifier's HTTP API: channels, for operators."""

from dataclasses import dataclass
from uuid import UUID

from fastapi import FastAPI, Response

from infoscreen.common.auth import Authenticator, require
from infoscreen.common.http_api import api_router, create_api
from infoscreen.common.problem import BODY, problems
from infoscreen.common.rate_limit import RateLimit, limited
from infoscreen.common.roles import Role
from infoscreen.notifier import schemas
from infoscreen.notifier.channels import Channels, Row
from infoscreen.notifier.schemas import ChannelChanges, ChannelCreated, ChannelDetail, ChannelSettings, Kind

_LARGEST_BODY_BYTES = 64 * 1024


@dataclass(frozen=True)
class Dependencies:
    """What the routes need."""

    channels: Channels
    authenticate: Authenticator
    rate_limit: RateLimit


def create_app(deps: Dependencies) -> FastAPI:
    """The public API of the notifier."""
    routes = api_router(limited(require(deps.authenticate, Role.OPERATOR), deps.rate_limit), prefix="/channels")

    @routes.post("", status_code=201, responses=problems(*BODY, 409))
    async def create_channel(body: ChannelSettings) -> ChannelCreated:
        """Add a channel. The answer has the secret that a webhook's messages are signed with, this once."""
        row = await deps.channels.create(body)
        return ChannelCreated(**_fields(row), secret=row["secret"] if body.kind is Kind.WEBHOOK else None)

    @routes.get("", responses=problems())
    async def list_channels() -> schemas.Channels:
        """Every channel by name, each with how its last delivery went."""
        return schemas.Channels(items=[_detail(row) for row in await deps.channels.list_all()])

    @routes.get("/{channel_id}", responses=problems(404, 422))
    async def get_channel(channel_id: UUID) -> ChannelDetail:
        """One channel."""
        return _detail(await deps.channels.get(channel_id))

    @routes.put("/{channel_id}", responses=problems(*BODY, 404, 409))
    async def replace_channel(channel_id: UUID, body: ChannelSettings) -> ChannelDetail:
        """Change all of a channel but its secret."""
        return _detail(await deps.channels.change(channel_id, body))

    @routes.patch("/{channel_id}", responses=problems(*BODY, 404, 409))
    async def change_channel(channel_id: UUID, body: ChannelChanges) -> ChannelDetail:
        """Change what is given of a channel."""
        return _detail(await deps.channels.change(channel_id, body))

    @routes.delete("/{channel_id}", status_code=204, response_class=Response, responses=problems(404, 422))
    async def delete_channel(channel_id: UUID) -> None:
        """Delete a channel, with what is on its way to it."""
        await deps.channels.delete(channel_id)

    @routes.post("/{channel_id}/test", responses=problems(404, 422))
    async def test_channel(channel_id: UUID) -> schemas.TestResult:
        """Send a test message now, once, and say whether it arrived."""
        error = await deps.channels.test(channel_id)
        return schemas.TestResult(delivered=error is None, error=error)

    return create_api("Infoscreen notifier", routes, max_body_bytes=_LARGEST_BODY_BYTES)


def _detail(row: Row) -> ChannelDetail:
    return ChannelDetail(**_fields(row))


def _fields(row: Row) -> Row:
    names = ChannelDetail.model_fields.keys() - {"channel_id"}
    return {"channel_id": row["id"], **{name: row[name] for name in names}}
