"""The rebuild: it fills tables beside the live ones and swaps them under readers and a running projector."""

import asyncio
import json
from datetime import UTC, datetime

from infoscreen.catalog.maintenance.rebuild import rebuild
from infoscreen.catalog.projection.store import apply_batch
from infoscreen.common.events import Envelope, subjects, to_body, to_headers
from infoscreen.common.messaging.stream_reader import StreamReader

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


async def test_readers_and_the_projector_continue_during_a_rebuild(stream, catalog, operator, connection, database):
    decks = [await stream.upload() for _ in range(20)]
    for deck in decks[:10]:
        await stream.succeed(deck)
    rebuilding = asyncio.create_task(rebuild(database, StreamReader(connection), batch_events=7))
    answers = []
    while not rebuilding.done():
        answers.append((await operator.get(f"/api/media/{decks[0].id}")).status_code)
        decks.append(await stream.upload())
    await rebuilding
    last = await stream.succeed(decks[-1])
    await catalog.projected(last)
    assert set(answers) <= {200}
    counts = (await operator.get("/api/admin/conversions/status")).json()
    assert (counts["ready"], counts["pending"]) == (11, len(decks) - 11)


async def test_a_rebuild_leaves_the_programme_as_it_was(stream, catalog, operator, connection, database):
    deck = await stream.upload()
    await catalog.projected(deck.generation)
    playlist = (await operator.post("/api/playlists", json={"name": "Morning"})).json()["playlist_id"]
    items = {"items": [{"media_id": str(deck.id), "seconds": 5}]}
    before = (await operator.put(f"/api/playlists/{playlist}/items", json=items)).json()
    await operator.post("/api/schedule", json={"playlist_id": playlist})
    await rebuild(database, StreamReader(connection), batch_events=7)
    assert (await operator.get(f"/api/playlists/{playlist}")).json() == before
    assert [entry["playlist_id"] for entry in (await operator.get("/api/schedule")).json()["items"]] == [playlist]


async def test_a_rebuild_restores_tables_that_were_tampered_with(database, log, events):
    deck = events.uploaded()
    log.append(events.succeeded(deck, log.append(deck)))
    async with database.connection() as connection:
        await apply_batch(connection, log.messages)
        await connection.execute("UPDATE conversions SET pages = 99")
        assert await rebuild(database, log, batch_events=100) == 2
        assert await connection.fetchval("SELECT pages FROM conversions") == 3


async def test_a_rebuild_leaves_constraints_indexes_and_grants_as_they_were(database, log, migrated_url):
    query = """
        SELECT conrelid::regclass::text, conname::text, pg_get_constraintdef(oid) FROM pg_constraint
        WHERE connamespace = 'public'::regnamespace
        UNION ALL SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'
        UNION ALL SELECT table_name, grantee, privilege_type FROM information_schema.table_privileges
        WHERE table_schema = 'public' ORDER BY 1, 2, 3
    """
    async with database.connection() as connection:
        before = [tuple(row) for row in await connection.fetch(query)]
        await rebuild(database, log, batch_events=100)
        assert [tuple(row) for row in await connection.fetch(query)] == before
        leftovers = "SELECT count(*) FROM pg_namespace WHERE nspname IN ('rebuild', 'retired')"
        assert await connection.fetchval(leftovers) == 0


async def test_a_stream_of_the_first_version_gives_the_same_rows_as_then(database, log, events):
    """Its deletions name no generation, its uploads lack later fields, and an event's id was its message id.

    A key that was used again after its window gave a second upload the id of the first: it counts for nothing, as then.
    """
    deck, other, twice, back = (events.uploaded(content=name) for name in ("deck", "other", "twice", "back"))
    replacement = events.uploaded(deck.media_id, "replacement")
    returned = events.uploaded(back.media_id, "returned")

    def tell(event, identity):
        body = json.loads(to_body(event))
        for name in ("obsolete", "generation"):
            body.pop(name, None)
        headers = to_headers(Envelope(identity, "infoscreen/ingest", NOON, event))
        return log.append_raw(subjects.subject_of(event), json.dumps(body).encode(), headers)

    for number, event in enumerate((deck, replacement, back, events.deleted(back), returned)):
        tell(event, f"event-{number}")
    tell(twice, "key-1")
    tell(other, "key-1")
    tell(events.deleted(deck), "event-9")
    query = """
        SELECT m.id, m.generation, m.deleted_at IS NOT NULL, c.file_hash, c.status::text
        FROM media_files m JOIN conversions c ON c.source_file_id = m.id
    """
    expected = {
        (deck.media_id, 2, True, deck.sha256, "obsolete"),
        (deck.media_id, 2, True, replacement.sha256, "obsolete"),
        (back.media_id, 5, False, back.sha256, "obsolete"),
        (back.media_id, 5, False, returned.sha256, "pending"),
        (twice.media_id, 6, False, twice.sha256, "pending"),
    }
    async with database.connection() as connection:
        await apply_batch(connection, log.messages)
        assert {tuple(row) for row in await connection.fetch(query)} == expected
        await rebuild(database, log, batch_events=2)
        assert {tuple(row) for row in await connection.fetch(query)} == expected
