"""GET /api/media and /api/media/{id}."""

from uuid import UUID, uuid4

import pytest
from sqlalchemy.dialects import postgresql

from infoscreen.catalog.media import queries


async def test_an_upload_is_listed_at_once(stream, operator):
    deck = await stream.upload()
    answer = await operator.get(f"/api/media/{deck.id}")
    assert answer.status_code == 200
    assert answer.json()["conversion_status"] == "pending"
    assert answer.json()["generation"] == deck.generation


async def test_a_replacement_and_a_deletion_are_visible_at_once(stream, operator):
    deck = await stream.upload()
    await stream.succeed(deck)
    replacement = await stream.upload(deck.id, content="new")
    detail = (await operator.get(f"/api/media/{deck.id}")).json()
    assert (detail["generation"], detail["conversion_status"]) == (replacement.generation, "pending")
    await stream.delete(replacement)
    assert (await operator.get(f"/api/media/{deck.id}")).status_code == 404


async def test_the_detail_has_every_conversion_and_the_history(stream, catalog, operator):
    old = await stream.upload(content="old")
    await stream.start(old)
    await stream.fail(old)
    new = await stream.upload(old.id, content="new")
    await catalog.projected(await stream.succeed(new, pages=12))
    detail = (await operator.get(f"/api/media/{old.id}")).json()
    assert [c["status"] for c in detail["conversions"]] == ["ready", "obsolete"]
    assert [h["status"] for h in detail["history"]] == ["pending", "processing", "failed", "pending", "ready"]
    assert (detail["pages"], detail["has_thumbnail"]) == (12, True)


async def test_the_list_is_newest_first_and_continues_at_the_cursor(stream, catalog, operator):
    decks = [await stream.upload(filename=f"{number}.pptx") for number in range(5)]
    await catalog.projected(decks[-1].generation)
    names, cursor = [], None
    for _ in range(3):
        page = (await operator.get("/api/media", params={"limit": 2} | ({"cursor": cursor} if cursor else {}))).json()
        names += [item["filename"] for item in page["items"]]
        cursor = page["next_cursor"]
    assert names == ["4.pptx", "3.pptx", "2.pptx", "1.pptx", "0.pptx"]
    assert cursor is None


@pytest.mark.parametrize(
    ("sort", "names"),
    [
        ("newest", ["c.odp", "B.odp", "ä.odp", "a.odp"]),
        ("oldest", ["a.odp", "ä.odp", "B.odp", "c.odp"]),
        ("name", ["a.odp", "ä.odp", "B.odp", "c.odp"]),
        ("-name", ["c.odp", "B.odp", "ä.odp", "a.odp"]),
        ("size", ["c.odp", "a.odp", "B.odp", "ä.odp"]),
        ("-size", ["ä.odp", "B.odp", "a.odp", "c.odp"]),
    ],
)
async def test_every_order_continues_at_the_cursor(stream, catalog, operator, sort, names):
    for name, size in (("a.odp", 22), ("ä.odp", 4444), ("B.odp", 22), ("c.odp", 1)):
        last = await stream.upload(filename=name, size_bytes=size)
    await catalog.projected(last.generation)
    listed, cursor = [], None
    while cursor is not None or not listed:
        query = {"sort": sort, "limit": 1} | ({"cursor": cursor} if cursor else {})
        page = (await operator.get("/api/media", params=query)).json()
        listed += [item["filename"] for item in page["items"]]
        cursor = page["next_cursor"]
    assert listed == names


async def test_the_list_omits_deleted_media(stream, catalog, operator):
    deck = await stream.upload()
    await catalog.projected(await stream.delete(deck))
    assert (await operator.get("/api/media")).json() == {"items": [], "next_cursor": None}


async def test_the_list_can_be_filtered_by_status(stream, catalog, operator):
    ready, failed, picture = await stream.upload(), await stream.upload(), await stream.upload(convertible=False)
    await stream.succeed(ready)
    await catalog.projected(await stream.fail(failed))

    async def listed(status):
        answer = await operator.get("/api/media", params={"status": status})
        return [item["media_id"] for item in answer.json()["items"]]

    assert await listed("ready") == [str(ready.id)]
    assert await listed("failed") == [str(failed.id)]
    assert await listed("not_needed") == [str(picture.id)]
    assert await listed("processing") == []
    assert await listed(["ready", "not_needed"]) == [str(picture.id), str(ready.id)]


async def test_an_original_is_listed_by_what_was_found_when_it_was_looked_at(stream, catalog, operator):
    sound, damaged, waiting = [await stream.upload(convertible=False, preview=True) for _ in range(3)]
    preview = f"converted/{sound.event.sha256}/1.webp"
    looked_at = {"target_format": "preview", "pdf_key": preview, "thumbnail_key": preview}
    await stream.succeed(sound, **looked_at, length_seconds=9.5)
    await catalog.projected(await stream.fail(damaged, target_format="preview"))

    async def listed(status):
        answer = await operator.get("/api/media", params={"status": status})
        return [item["media_id"] for item in answer.json()["items"]]

    assert await listed("not_needed") == [str(sound.id)]
    assert await listed("failed") == [str(damaged.id)]
    assert await listed(["pending", "ready"]) == [str(waiting.id)]
    item = (await operator.get(f"/api/media/{sound.id}")).json()
    assert (item["conversion_status"], item["length_seconds"]) == ("not_needed", 9.5)
    assert (item["has_thumbnail"], item["shown_media_type"]) == (True, item["media_type"])


async def test_a_deck_is_told_with_its_own_timings(stream, catalog, operator):
    timed, untimed = await stream.upload(content="timed"), await stream.upload(content="untimed")
    await stream.succeed(timed, page_seconds=[None, 7.5, 12.25])
    await catalog.projected(await stream.succeed(untimed, page_seconds=None))
    listed = {item["media_id"]: item["has_timings"] for item in (await operator.get("/api/media")).json()["items"]}
    assert listed == {str(timed.id): True, str(untimed.id): False}
    details = [(await operator.get(f"/api/media/{deck.id}")).json() for deck in (timed, untimed)]
    assert [detail["page_seconds"] for detail in details] == [[None, 7.5, 12.25], None]


async def test_search_looks_beyond_the_next_media_with_and_without_the_index(
    stream, catalog, operator, database, monkeypatch
):
    """As in a large library, of which the next media are a small part."""
    monkeypatch.setattr(queries, "_NEXT_MEDIA", 1)
    decks = [await stream.upload(filename=name) for name in ("Ä menu 菜单.pptx", "offer.pptx", "menu 2.pptx", "x.odp")]
    await catalog.projected(decks[-1].generation)

    async def found(text: str, **others: str) -> list[int]:
        items = (await operator.get("/api/media", params={"q": text, **others})).json()["items"]
        return [[str(deck.id) for deck in decks].index(item["media_id"]) for item in items]

    assert await found("menu") == [2, 0]
    assert await found("MENU 菜单") == [0]
    assert await found("菜单") == [0]
    assert await found("菜") == [0]
    assert await found("ä M") == [0]
    assert await found("pptx", sort="name") == [0, 2, 1]
    assert await found("pptx", limit="2") == [2, 1]
    assert await found("menu offer") == []


async def plan(database, query, *dear: str) -> str:
    """How Postgres runs a query where some steps are as dear as in a large library."""
    sql = str(query.compile(dialect=postgresql.dialect(), compile_kwargs={"literal_binds": True}))
    async with database.read() as session:
        connection = await session.connection()
        for step in dear:
            await connection.exec_driver_sql(f"SET LOCAL {step} = off")
        return "\n".join(line for (line,) in await connection.exec_driver_sql(f"EXPLAIN {sql}".replace("%", "%%")))


@pytest.mark.parametrize(
    ("sort", "index"), [("name", "ix_media_files_name"), ("-name", "ix_media_files_name"), ("newest", "pk_media_files")]
)
async def test_a_page_is_read_in_the_order_of_an_index(database, sort, index):
    wanted = queries.MediaFilter(sort=queries.MediaSort(sort))
    assert index in await plan(database, queries.page(wanted, 50), "enable_sort", "enable_seqscan")


async def test_a_search_for_what_few_media_are_called_has_an_index(database):
    fill = """
        INSERT INTO media_files (id, filename, media_type, extension, size_bytes, sha256, object_key, uploaded_by,
                                 priority, convertible, generation, created_at, uploaded_at)
        SELECT gen_random_uuid(), md5(n::text), '', '', 1, '', '', '', '', true, n, now(), now()
        FROM generate_series(1, 2000) n
    """
    async with database.connection() as connection:
        await connection.execute(fill)
        await connection.execute("VACUUM ANALYZE media_files")
    query = queries.page(queries.MediaFilter(), 50, queries.has_grams("a menu"))
    assert "ix_media_files_grams" in await plan(database, query)


@pytest.mark.parametrize(
    ("search", "found"), [("quarter", 1), ("QUARTER", 1), ("100%", 1), ("%", 1), ("_", 1), ("nothing", 0)]
)
async def test_search_takes_names_literally_and_in_any_case(stream, catalog, operator, search, found):
    deck = await stream.upload(filename="Quarter_3 at 100%.pptx")
    await stream.upload(filename="other.odp")
    await catalog.projected((await stream.upload(filename="more.odp")).generation)
    items = (await operator.get("/api/media", params={"q": search})).json()["items"]
    assert [item["media_id"] for item in items] == [str(deck.id)] * found


async def test_filenames_with_special_characters_are_kept(stream, operator):
    name = "Ünï'; DROP TABLE media_files; -- <script>\u202e.pptx"
    deck = await stream.upload(filename=name)
    assert (await operator.get(f"/api/media/{deck.id}")).json()["filename"] == name


async def test_an_unknown_medium_is_a_problem_with_status_404(operator):
    answer = await operator.get(f"/api/media/{uuid4()}")
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")
    assert answer.json()["code"] == "not_found"


@pytest.mark.parametrize(
    "path",
    [
        "/api/media/not-a-uuid",
        "/api/media?limit=0",
        "/api/media?limit=1000",
        "/api/media?cursor=x",
        "/api/media?status=odd",
        "/api/media?sort=odd",
        "/api/media?q=%00",
        f"/api/media?q={'x' * 300}",
    ],
)
async def test_invalid_requests_are_problems_with_status_422(operator, path):
    answer = await operator.get(path)
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")


@pytest.mark.parametrize("path", ["/api/media", f"/api/media/{UUID(int=1)}", "/api/events"])
async def test_media_routes_refuse_players_and_unauthenticated_requests(catalog, path):
    async with catalog.client(role=None) as stranger, catalog.client(role="player") as player:
        assert (await stranger.get(path)).status_code == 401
        assert (await stranger.get(path, headers={"Authorization": "Bearer wrong"})).status_code == 401
        assert (await player.get(path)).status_code == 403


async def test_uploaders_can_read_media(stream, catalog):
    deck = await stream.upload()
    async with catalog.client(role="uploader") as uploader:
        assert (await uploader.get(f"/api/media/{deck.id}")).status_code == 200


async def test_unknown_paths_and_methods_are_problems(operator):
    for answer in (await operator.get("/api/nothing"), await operator.patch("/api/media")):
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["status"] == answer.status_code


async def test_a_medium_is_found_by_title_filename_and_tag(stream, catalog, operator):
    deck = await stream.upload(filename="q3_final.pptx")
    other = await stream.upload(filename="other.pptx")
    await stream.publish(stream.events.renamed(deck.event, "Quarterly 100% figures"))
    await catalog.projected(await stream.publish(stream.events.tagged(deck.event, ["Käse & co"])))
    for text in ("QUARTERLY", "100%", "q3_F", "käse &"):
        found = (await operator.get("/api/media", params={"q": text})).json()["items"]
        assert [item["media_id"] for item in found] == [str(deck.id)], text
    assert (await operator.get("/api/media", params={"q": '", "'})).json()["items"] == []
    named = (await operator.get("/api/media", params={"sort": "name"})).json()["items"]
    assert [item["title"] for item in named] == ["other.pptx", "Quarterly 100% figures"]
    assert named[0]["media_id"] == str(other.id)


async def test_the_list_shows_one_kind_or_what_one_person_uploaded_only(stream, catalog, operator):
    types = {
        "document": "application/vnd.oasis.opendocument.presentation",
        "pdf": "application/pdf",
        "image": "image/png",
        "video": "video/mp4",
    }
    media = {
        kind: await stream.upload(content=kind, media_type=media_type, convertible=kind == "document", uploaded_by=kind)
        for kind, media_type in types.items()
    }
    await catalog.projected(media["video"].generation)
    for name in ("type", "uploaded_by"):
        for kind, medium in media.items():
            items = (await operator.get("/api/media", params={name: kind})).json()["items"]
            assert [item["media_id"] for item in items] == [str(medium.id)]
    assert (await operator.get("/api/media", params={"uploaded_by": "pd"})).json()["items"] == []
    assert (await operator.get("/api/media", params={"type": "music"})).status_code == 422


async def test_the_list_shows_one_tag_or_what_has_findings_only(stream, catalog, operator):
    tagged, lossy, sound = [await stream.upload(content=content) for content in "abc"]
    await stream.publish(stream.events.tagged(tagged.event, ["canteen", "canteen 2"]))
    await stream.succeed(lossy)
    await catalog.projected(await stream.succeed(sound, findings=[], finding_counts={}))
    for wanted, found in (({"tag": "canteen"}, tagged), ({"with_findings": True}, lossy)):
        items = (await operator.get("/api/media", params=wanted)).json()["items"]
        assert [item["media_id"] for item in items] == [str(found.id)]
    assert (await operator.get("/api/media", params={"tag": "cant"})).json()["items"] == []
