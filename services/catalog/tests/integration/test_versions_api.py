"""/api/media/{id}/versions: what it lists, and for whom there is none."""

import pytest

from infoscreen.common.object_store import ObjectStore
from infoscreen.common.settings import S3Settings


@pytest.fixture
async def store(s3):
    """The session's object store."""
    settings = S3Settings(
        endpoint=s3.endpoint,
        public_endpoint=s3.endpoint,
        access_key=s3.access_key,
        secret_key=s3.secret_key,
        region=s3.region,
        bucket=s3.bucket,
    )
    store = ObjectStore(settings, max_threads=2)
    yield store
    store.close()


@pytest.fixture
async def operator(*, migrated_url, database, connection, tokens_file, store, start):
    running = start(migrated_url, database, connection, tokens_file, store=store)
    async with running as catalog, catalog.client() as client:
        yield client


async def test_versions_are_those_whose_original_is_there_with_the_current_one_first(operator, stream, store):
    first = await stream.upload(content="first")
    gone = await stream.upload(first.id, "gone")
    again = await stream.upload(first.id, "first", restores=first.generation)
    for kept in (first, again):
        await store.put(kept.event.object_key, b"original", "application/octet-stream")
    found = (await operator.get(f"/api/media/{first.id}/versions")).json()
    seen = [(version["generation"], version["current"], version["restores"]) for version in found["versions"]]
    assert seen == [(again.generation, True, first.generation), (first.generation, False, None)]
    assert gone.generation not in {version["generation"] for version in found["versions"]}
    assert found["size_bytes"] == first.event.size_bytes + again.event.size_bytes


async def test_what_is_in_the_trash_has_no_versions_to_show(operator, stream):
    deck = await stream.upload()
    await stream.trash(deck)
    assert (await operator.get(f"/api/media/{deck.id}/versions")).status_code == 404
