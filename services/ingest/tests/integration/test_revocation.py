"""A session that ends while its upload runs: the upload ends with it, however long its client is silent."""

import base64

import httpx
import pytest
from support.access import revoke, session_of
from support.until import until
from support.wire import connected

from infoscreen.common.roles import Role


@pytest.fixture(scope="module")
def ingest(start_ingest, session_nats_url, s3):
    """An ingest whose patience with a silent client outlasts the test."""
    return start_ingest(session_nats_url, s3, INGEST_BODY_IDLE_SECONDS="3600")


@pytest.fixture
async def session(client, stream):
    """The token of an uploader's session, which ingest knows."""
    token = await session_of(stream.connection, Role.UPLOADER)

    async def known() -> bool:
        headers = {"Authorization": f"Bearer {token}"}
        return (await client.options("/api/uploads", headers=headers)).status_code == httpx.codes.NO_CONTENT

    await until(known, "ingest knows the session")
    return token


async def test_a_session_that_is_revoked_ends_its_upload_and_leaves_nothing(
    *, ingest, stream, bucket, session, unfinished, make_deck
):
    async with connected(ingest.url) as wire:
        content = make_deck(padding_bytes=6 * 1024**2)
        await wire.send_head(f"Content-Length: {len(content)}", token=session)
        await wire.send(content[:-1000])
        await unfinished(1)
        await revoke(stream.connection, session)
        assert (await wire.answer())[0] == httpx.codes.UNAUTHORIZED
    await unfinished(0)
    assert await bucket.list("") == []
    assert await stream.events() == []


async def test_a_session_that_is_revoked_ends_a_part_of_its_resumable_upload(*, ingest, client, stream, session, deck):
    name = base64.b64encode(b"menu.pptx").decode()
    about = {"Tus-Resumable": "1.0.0", "Upload-Length": str(len(deck)), "Upload-Metadata": f"filename {name}"}
    begun = await client.post("/api/uploads", headers=about | {"Authorization": f"Bearer {session}"})
    async with connected(ingest.url) as wire:
        await wire.send_head(
            "Tus-Resumable: 1.0.0",
            "Upload-Offset: 0",
            "Content-Type: application/offset+octet-stream",
            f"Content-Length: {len(deck)}",
            token=session,
            request=f"PATCH {begun.headers['Location']}",
        )
        await wire.send(deck[:10])
        await revoke(stream.connection, session)
        assert (await wire.answer())[0] == httpx.codes.UNAUTHORIZED
    assert await stream.events() == []
