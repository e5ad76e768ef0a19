"""/api/audit: who changed what, with what it was before and after; entries are never changed or deleted."""

import csv
import io
import json
from uuid import uuid4

import asyncpg
import pytest

from infoscreen.catalog.maintenance.rebuild import rebuild
from infoscreen.catalog.programme.audit import Author, record
from infoscreen.common.clock import utc_now
from infoscreen.common.messaging.stream_reader import StreamReader


async def entries(client, **parameters):
    answer = await client.get("/api/audit", params=parameters)
    assert answer.status_code == 200, answer.text
    return answer.json()["items"]


def verbs(items):
    return [item["what"] for item in items]


async def test_each_change_of_a_screen_is_told_with_its_author_and_its_name(operator):
    player = (await operator.post("/api/players", json={"name": "Foyer"})).json()["player_id"]
    await operator.patch(f"/api/players/{player}", json={"name": "Hall"})
    await operator.post(f"/api/players/{player}/code")
    await operator.delete(f"/api/players/{player}")
    await operator.delete(f"/api/players/{player}")  # changes nothing
    told = await entries(operator, subject=player)
    assert verbs(told) == ["player.revoked", "player.code", "player.renamed", "player.created"]
    assert {(item["actor"], item["subject_name"]) for item in told} == {("operator", "Hall")}
    assert (told[2]["before"], told[2]["after"]) == ({"name": "Foyer"}, {"name": "Hall"})


async def test_a_refused_change_leaves_no_entry(operator):
    refused = await operator.post("/api/schedule", json={"playlist_id": str(uuid4())})
    assert refused.status_code == 409
    assert await entries(operator) == []


async def test_what_is_deleted_keeps_its_name(operator):
    playlist = (await operator.post("/api/playlists", json={"name": "Morning"})).json()["playlist_id"]
    entry = (await operator.post("/api/schedule", json={"playlist_id": playlist})).json()["entry_id"]
    await operator.delete(f"/api/schedule/{entry}")
    await operator.delete(f"/api/playlists/{playlist}")
    assert [item["subject_name"] for item in await entries(operator, subject=playlist)] == ["Morning", "Morning"]
    assert verbs(await entries(operator, subject=entry)) == ["entry.deleted", "entry.created"]


async def test_facts_about_a_deck_are_told_once_also_after_a_rebuild(stream, catalog, operator, connection, database):
    deck = await stream.upload()
    await stream.publish(stream.events.renamed(deck.event, "Open day"))
    again = await stream.upload(deck.id, "another")
    await stream.trash(again)
    await stream.restore(again)
    await catalog.projected(await stream.delete(again))
    told = await entries(operator, subject=str(deck.id))
    acts = ["deleted", "restored", "trashed", "replaced", "renamed", "uploaded"]
    assert verbs(told) == [f"media.{act}" for act in acts]
    assert {item["actor"] for item in told} == {"someone"}
    assert (told[-1]["before"], told[0]["after"]) == (None, None)
    assert [item["after"]["title"] for item in told[1:]] == ["Open day"] * 4 + [None]
    assert told[3]["before"]["sha256"] != told[3]["after"]["sha256"]
    await rebuild(database, StreamReader(connection), batch_events=7)
    assert await entries(operator, subject=str(deck.id)) == told


async def test_pages_follow_each_other_without_a_gap_newest_first(operator, database):
    subject = uuid4()
    async with database.write() as session:
        for number in range(5):
            await record(session, Author("operator", utc_now()), "group.changed", subject, after={"name": str(number)})
    names, cursor = [], None
    for _ in range(3):
        page = (await operator.get("/api/audit", params={"limit": 2} | ({"cursor": cursor} if cursor else {}))).json()
        names += [item["after"]["name"] for item in page["items"]]
        cursor = page["next_cursor"]
    assert (names, cursor) == (["4", "3", "2", "1", "0"], None)


async def test_entries_are_found_by_their_author(operator, database):
    async with database.write() as session:
        for name in ("ada", "grace"):
            await record(session, Author(name, utc_now()), "group.changed", uuid4())
    assert [item["actor"] for item in await entries(operator, actor="ada")] == ["ada"]


async def test_the_csv_has_every_entry_and_no_formula(operator):
    name = '=HYPERLINK("x")'
    playlist = (await operator.post("/api/playlists", json={"name": name})).json()["playlist_id"]
    await operator.post("/api/playlists", json={"name": "Other"})
    answer = await operator.get("/api/audit.csv", params={"subject": playlist})
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    [row] = csv.DictReader(io.StringIO(answer.text))
    assert (row["what"], row["actor"], row["subject"]) == ("playlist.created", "operator", playlist)
    assert (row["subject_name"], row["before"], json.loads(row["after"])) == (f"'{name}", "", {"name": name})


@pytest.mark.parametrize("path", ["/api/audit", "/api/audit.csv"])
@pytest.mark.parametrize(("role", "status"), [("uploader", 403), ("player", 403), (None, 401)])
async def test_only_operators_read_it(catalog, path, role, status):
    async with catalog.client(role) as client:
        assert (await client.get(path)).status_code == status


@pytest.mark.parametrize("statement", ["UPDATE audit SET actor = 'another'", "DELETE FROM audit", "TRUNCATE audit"])
async def test_the_catalog_itself_may_not_change_or_delete_an_entry(database, statement):
    async with database.connection() as connection:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute(statement)
