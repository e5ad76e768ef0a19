"""Manifest 2: whole rules and every file that they name, for the screens that they concern and for no other."""

import asyncio

import pytest
from support.planner import GROUP
from support.until import until

from infoscreen.catalog.programme.playlists import NewItem
from infoscreen.common.clock import utc_now
from infoscreen.player_gateway.database import CatalogDatabase
from infoscreen.player_gateway.observability import LONG_POLLS


@pytest.fixture
def queries(monkeypatch):
    """What the gateway asks the database."""
    asked, query = [], CatalogDatabase._query

    async def counted(self, statement, *arguments):
        asked.append(statement)
        return await query(self, statement, *arguments)

    monkeypatch.setattr(CatalogDatabase, "_query", counted)
    return asked


async def read(client, **parameters):
    answer = await client.get("/api/player/manifest", params={"schema": 2, **parameters})
    assert answer.status_code == 200
    return answer.json()


async def hears(client, condition):
    """The first manifest of which the condition holds; a notification may still be on its way."""

    async def heard():
        manifest = await read(client)
        return manifest if condition(manifest) else None

    return await until(heard, "the manifest is as expected")


async def test_the_manifest_has_whole_rules_and_every_file_that_they_name(gateway, operators, planner, ready):
    default, evening = await ready("default"), await ready("evening")
    foyer = await operators.create_player()
    group_id = await planner.group(foyer)
    weekly = await planner.playlist(NewItem(evening.id, seconds=20), default, evening)
    await planner.change_group(group_id, default_playlist_id=await planner.playlist(default))
    rule = {"weekdays": [5], "starts": "22:00", "ends": "06:00", "except_days": [utc_now().date()]}
    entry_id = await planner.entry(weekly, group_id=group_id, priority=3, **rule)
    async with gateway.client(foyer.token) as player:
        manifest = await hears(player, lambda manifest: manifest["entries"] and len(manifest["files"]) == 2)
    assert (manifest["version"], manifest["player"]) == (2, "Foyer")
    assert (manifest["timezone"], manifest["language"]) == ("Europe/Berlin", "de")
    assert manifest["display"] == {"hours": GROUP["hours"], "orientation": "left"}
    [shown] = manifest["playlists"][manifest["default"]]
    assert (shown["media_id"], shown["seconds"], shown["deck_timings"]) == (str(default.id), None, True)
    [entry] = manifest["entries"]
    assert entry == {
        "id": str(entry_id),
        "playlist": str(weekly),
        "priority": 3,
        "position": 0,
        "weekdays": [5],
        "starts": "22:00",
        "ends": "06:00",
        "first_day": None,
        "last_day": None,
        "except_days": [utc_now().date().isoformat()],
    }
    items = manifest["playlists"][str(weekly)]
    assert [(item["media_id"], item["seconds"]) for item in items] == [
        (str(evening.id), 20),
        (str(default.id), None),
        (str(evening.id), None),
    ]
    assert len({item["item"] for item in items}) == 3
    assert [file["media_id"] for file in manifest["files"]] == [str(default.id), str(evening.id)]
    assert all(file["status"] == "ready" and file["url"] and file["sha256"] for file in manifest["files"])
    assert [file["page_seconds"] for file in manifest["files"]] == [[None, 7.5, 12.25]] * 2
    assert (manifest["override"], manifest["commands"], manifest["snapshot_until"]) == (None, [], None)


async def test_the_own_list_of_a_screen_goes_before_the_default_of_its_group(gateway, operators, planner, ready):
    own, shared = await ready("own"), await ready("shared")
    foyer = await operators.create_player(own)
    await planner.group(foyer, default_playlist_id=await planner.playlist(shared))
    async with gateway.client(foyer.token) as player:
        manifest = await hears(player, lambda manifest: manifest["language"] == "de")
        assert [item["media_id"] for item in manifest["playlists"][manifest["default"]]] == [str(own.id)]
        await operators.assign(foyer.id)
        manifest = await hears(player, lambda manifest: manifest["playlists"][manifest["default"]])
        assert [item["media_id"] for item in manifest["playlists"][manifest["default"]]] == [str(shared.id)]
        items = (await player.get("/api/player/manifest")).json()["media"]
        assert [item["media_id"] for item in items] == [str(shared.id)]


async def test_the_etag_changes_with_the_rules_and_not_with_the_urls(gateway, operators, planner, ready):
    deck = await ready()
    foyer = await operators.create_player(deck)
    async with gateway.client(foyer.token) as player:
        first = await read(player)
        known = {"If-None-Match": first["etag"]}
        unchanged = await player.get("/api/player/manifest", params={"schema": 2}, headers=known)
        assert (unchanged.status_code, unchanged.content) == (304, b"")
        await planner.entry(await planner.playlist(), player_id=foyer.id)
        answer = await player.get("/api/player/manifest", params={"schema": 2, "wait": 30}, headers=known)
        assert (answer.status_code, len(answer.json()["entries"])) == (200, 1)
        assert answer.json()["files"][0]["etag"] == first["files"][0]["etag"]


async def test_a_replaced_deck_reaches_a_screen_that_waits_with_rules(gateway, operators, planner, stream, ready):
    deck = await ready()
    foyer = await operators.create_player()
    await planner.entry(await planner.playlist(deck))
    async with gateway.client(foyer.token) as player:
        known = (await hears(player, lambda manifest: manifest["files"]))["etag"]
        waiting = asyncio.create_task(
            player.get("/api/player/manifest", params={"schema": 2, "wait": 30}, headers={"If-None-Match": known})
        )
        await stream.upload(deck.id, content="new")
        assert [file["status"] for file in (await waiting).json()["files"]] == ["pending"]


async def test_new_timings_of_the_same_pages_reach_a_screen_that_waits(gateway, operators, stream, ready):
    deck = await ready()
    foyer = await operators.create_player(deck)
    async with gateway.client(foyer.token) as player:
        known = (await hears(player, lambda manifest: manifest["files"]))["etag"]
        await stream.publish(stream.events.requested(deck.event, deck.generation, profile="q60"))
        await stream.succeed(deck, profile="q60", page_seconds=None)
        answer = await player.get(
            "/api/player/manifest", params={"schema": 2, "wait": 30}, headers={"If-None-Match": known}
        )
        assert [file["page_seconds"] for file in answer.json()["files"]] == [None]


async def test_items_of_a_deleted_medium_are_left_out(gateway, operators, planner, stream, ready):
    kept, deleted = await ready("kept"), await ready("deleted")
    foyer = await operators.create_player(kept, deleted)
    async with gateway.client(foyer.token) as player:
        await hears(player, lambda manifest: len(manifest["files"]) == 2)
        await stream.delete(deleted)
        manifest = await hears(player, lambda manifest: len(manifest["files"]) == 1)
    assert [item["media_id"] for item in manifest["playlists"][manifest["default"]]] == [str(kept.id)]


async def test_a_player_may_see_what_its_programme_names_and_nothing_else(gateway, operators, planner, ready):
    own, scheduled, foreign = await ready("own"), await ready("scheduled"), await ready("foreign")
    foyer, attic = await operators.create_player(own), await operators.create_player()
    group_id = await planner.group(foyer)
    await planner.entry(await planner.playlist(scheduled), group_id=group_id)
    await planner.entry(await planner.playlist(foreign), player_id=attic.id)
    async with gateway.client(foyer.token) as player:
        await hears(player, lambda manifest: manifest["entries"])
        for deck, status in ((own, 302), (scheduled, 302), (foreign, 403)):
            assert (await player.get(f"/api/media/{deck.id}/display")).status_code == status


async def test_a_change_of_a_group_is_read_once_however_many_screens_are_in_it(
    gateway, operators, planner, ready, queries
):
    deck = await ready()
    screens = [await operators.create_player() for _ in range(12)]
    elsewhere = [await operators.create_player(deck) for _ in range(3)]
    playlist_id = await planner.playlist(deck)
    group_id = await planner.group(*screens, default_playlist_id=playlist_id)

    async def wait_for_change(screen):
        async with gateway.client(screen.token) as player:
            known = (await hears(player, lambda manifest: manifest["files"]))["etag"]
            headers = {"If-None-Match": known}
            return await player.get("/api/player/manifest", params={"schema": 2, "wait": 8}, headers=headers)

    open_before = LONG_POLLS._value.get()
    polls = [asyncio.create_task(wait_for_change(screen)) for screen in (*screens, *elsewhere)]
    await until(lambda: LONG_POLLS._value.get() == open_before + len(polls), "every screen waits")
    queries.clear()
    await planner.entry(playlist_id, group_id=group_id)
    answers = [await poll for poll in polls]
    assert [answer.status_code for answer in answers] == [200] * len(screens) + [304] * len(elsewhere)
    asked = [statement for statement in queries if "player_programme" in statement or "player_screen" in statement]
    assert len(asked) == 1


async def test_an_assignment_wakes_and_reads_only_the_screen_that_it_is_about(gateway, operators, ready, queries):
    deck, other = await ready(), await ready("other")
    screens = [await operators.create_player(deck) for _ in range(10)]

    async def wait_for_change(screen):
        async with gateway.client(screen.token) as player:
            known = (await hears(player, lambda manifest: manifest["files"]))["etag"]
            headers = {"If-None-Match": known}
            return await player.get("/api/player/manifest", params={"schema": 2, "wait": 8}, headers=headers)

    open_before = LONG_POLLS._value.get()
    polls = [asyncio.create_task(wait_for_change(screen)) for screen in screens]
    await until(lambda: LONG_POLLS._value.get() == open_before + len(polls), "every screen waits")
    queries.clear()
    await operators.assign(screens[0].id, other)
    assert [(await poll).status_code for poll in polls] == [200] + [304] * 9
    assert len([statement for statement in queries if "player_screen" in statement]) == 1
    assert not [statement for statement in queries if "player_programme" in statement or "player_hints" in statement]


async def test_a_screen_that_was_away_knows_everything_by_one_request(gateway, operators, planner, ready, queries):
    deck, other = await ready(), await ready("other")
    foyer, attic = await operators.create_player(), await operators.create_player()
    playlist_id = await planner.playlist(deck)
    group_id = await planner.group(foyer, attic, default_playlist_id=playlist_id)
    async with gateway.client(foyer.token) as away, gateway.client(attic.token) as here:
        known = (await hears(away, lambda manifest: manifest["files"]))["etag"]
        await planner.fill(playlist_id, deck, other, deck)
        await planner.entry(playlist_id, group_id=group_id)
        await planner.change_group(group_id, language="en")

        def is_newest(manifest):
            return (manifest["language"], len(manifest["files"]), len(manifest["entries"])) == ("en", 2, 1)

        await hears(here, is_newest)
        queries.clear()
        answer = await away.get("/api/player/manifest", params={"schema": 2}, headers={"If-None-Match": known})
        assert is_newest(answer.json())
        assert len(answer.json()["playlists"][str(playlist_id)]) == 3
        assert len([one for one in queries if "player_programme" in one or "player_screen" in one]) <= 2
        known = {"If-None-Match": answer.json()["etag"]}
        assert (await away.get("/api/player/manifest", params={"schema": 2}, headers=known)).status_code == 304


async def test_the_embedded_player_gets_rules_that_show_everything(gateway, ready):
    decks = [await ready(), await ready("other")]
    async with gateway.client("player-token") as player:
        manifest = await read(player)
    assert [item["media_id"] for item in manifest["playlists"][manifest["default"]]] == [
        str(deck.id) for deck in reversed(decks)
    ]
    assert (manifest["entries"], manifest["timezone"]) == ([], "UTC")


async def test_an_unknown_schema_is_refused(gateway, operators):
    foyer = await operators.create_player()
    async with gateway.client(foyer.token) as player:
        assert (await player.get("/api/player/manifest", params={"schema": 3})).status_code == 422
