"""What reaches screens at once: overrides, commands, and the wish for pictures; and what comes back from them."""

import asyncio
from datetime import timedelta
from uuid import uuid4

import pytest
from support.facts import Uploaded
from support.until import until

from infoscreen.catalog.programme import commands, overrides
from infoscreen.catalog.programme.audit import Author
from infoscreen.catalog.programme.commands import CommandKind
from infoscreen.common.clock import utc_now

WEBP = b"RIFF\x00\x00\x00\x00WEBP" + b"picture"
JPEG = b"\xff\xd8\xff\xe0picture"


class Warden:
    """What operators do in a hurry."""

    def __init__(self, database):
        self.database = database

    async def override(self, deck: Uploaded | None = None, seconds=600, **settings):
        now = utc_now()
        settings = {"group_id": None, "text": None, "until": now + timedelta(seconds=seconds)} | settings
        async with self.database.write() as session:
            created = await overrides.create(
                session, Author("operator", now), media_id=deck.id if deck else None, **settings
            )
        return created.id

    async def end(self, override_id):
        async with self.database.write() as session:
            await overrides.end(session, override_id, Author("operator", utc_now()))

    async def command(self, player, kind, seconds=600):
        author = Author("operator", utc_now())
        async with self.database.write() as session:
            return (await commands.send(session, player.id, kind, timedelta(seconds=seconds), author)).id


@pytest.fixture
def warden(database):
    return Warden(database)


async def read(client, known=None, wait=0, schema=2):
    headers = {"If-None-Match": known} if known else {}
    answer = await client.get("/api/player/manifest", params={"schema": schema, "wait": wait}, headers=headers)
    assert answer.status_code == 200
    return answer.json()


async def next_after(client, known):
    """The next manifest that differs from a known one."""
    return await read(client, known["etag"], wait=30)


async def test_an_override_reaches_every_screen_and_its_file_comes_first(gateway, operators, warden, ready):
    own, emergency = await ready("own"), await ready("emergency")
    foyer = await operators.create_player(own)
    async with gateway.client(foyer.token) as player:
        before = await read(player)
        waiting = asyncio.create_task(next_after(player, before))
        override_id = await warden.override(emergency, text="Leave the building")
        during = await waiting
        assert during["override"] == {
            "id": str(override_id),
            "media_id": str(emergency.id),
            "text": "Leave the building",
            "until": during["override"]["until"],
        }
        assert [file["media_id"] for file in during["files"]] == [str(emergency.id), str(own.id)]
        assert (await player.get(f"/api/media/{emergency.id}/display")).status_code == 302
        items = (await read(player, schema=1))["media"]
        assert [item["media_id"] for item in items] == [str(emergency.id)]
        await warden.end(override_id)
        after = await next_after(player, during)
        assert (after["override"], after["etag"]) == (None, before["etag"])


async def test_the_newest_override_is_shown_and_one_of_another_group_is_not(gateway, operators, warden, ready, planner):
    foyer, attic = await operators.create_player(), await operators.create_player()
    group_id = await planner.group(foyer)
    async with gateway.client(foyer.token) as player, gateway.client(attic.token) as other:
        everywhere = await warden.override(text="everywhere")
        in_group = await warden.override(text="foyer", group_id=group_id)

        async def shown(client):
            return ((await read(client))["override"] or {}).get("text")

        await until(lambda: is_now(shown(player), "foyer"), "the newest is shown")
        await until(lambda: is_now(shown(other), "everywhere"), "the other screen shows what is for all")
        await warden.end(in_group)
        await until(lambda: is_now(shown(player), "everywhere"), "the older one is shown again")
        await warden.end(everywhere)
        await until(lambda: is_now(shown(player), None), "none is shown")


async def is_now(asked, expected):
    return await asked == expected


async def test_an_override_is_over_at_its_time_without_being_ended(gateway, operators, warden):
    foyer = await operators.create_player()
    async with gateway.client(foyer.token) as player:
        before = await read(player)
        await warden.override(text="for a moment", seconds=2)
        during = await next_after(player, before)
        assert during["override"]["text"] == "for a moment"
        assert (await next_after(player, during))["override"] is None


async def test_an_override_whose_medium_is_deleted_shows_its_text(gateway, operators, warden, ready, stream):
    deck = await ready("emergency")
    foyer = await operators.create_player()
    async with gateway.client(foyer.token) as player:
        before = await read(player)
        await warden.override(deck, text="Leave the building")
        during = await next_after(player, before)
        await stream.delete(deck)
        after = await next_after(player, during)
    assert (after["override"]["media_id"], after["override"]["text"]) == (None, "Leave the building")


async def test_a_command_is_in_the_manifest_until_the_player_reports_that_it_took_it_up(gateway, operators, warden):
    foyer, other = await operators.create_player(), await operators.create_player()
    async with gateway.client(foyer.token) as player, gateway.client(other.token) as stranger:
        before = await read(player)
        waiting = asyncio.create_task(next_after(player, before))
        command_id = str(await warden.command(foyer, CommandKind.RESTART))
        during = await waiting
        [command] = during["commands"]
        assert (command["id"], command["kind"]) == (command_id, "restart")
        done = {"commands_done": [command_id]}
        assert (await stranger.post("/api/player/report", json=done)).status_code == 204
        assert (await read(player))["etag"] == during["etag"]
        assert (await player.post("/api/player/report", json=done)).status_code == 204
        assert (await next_after(player, during))["commands"] == []


async def test_an_expired_command_is_never_delivered(gateway, operators, warden):
    foyer = await operators.create_player()
    async with gateway.client(foyer.token) as player:
        before = await read(player)
        await warden.command(foyer, CommandKind.IDENTIFY, seconds=1)
        during = await next_after(player, before)
        after = await next_after(player, during) if during["commands"] else during
        assert after["commands"] == []


async def test_a_report_says_what_the_player_holds_and_decides(gateway, operators):
    foyer = await operators.create_player()
    entry, item, medium = (str(uuid4()) for _ in range(3))
    report = {
        "applied": "e" * 32,
        "held": [{"sha256": "a" * 64, "state": "held"}, {"sha256": "b" * 64, "state": "downloading"}],
        "entry": entry,
        "item": item,
        "page": 3,
        "clock": {"source": "server", "offset_seconds": -0.5},
        "power": {"wanted": "on", "cec": "on", "signal": "on"},
        "played": [{"day": "2026-11-27", "item": item, "media_id": medium, "times": 2, "seconds": 20.5}],
    }
    async with gateway.client(foyer.token) as player:
        for _ in range(2):  # totals: a report that is repeated adds nothing
            assert (await player.post("/api/player/report", json=report)).status_code == 204
    kept = (await operators.player(foyer.id)).report
    assert {name: kept[name] for name in report if name != "played"} == {
        name: value for name, value in report.items() if name != "played"
    }
    async with operators.database.connection() as connection:
        [played] = await connection.fetch("SELECT day::text, item_id::text, times, seconds FROM played_items")
    assert tuple(played) == ("2026-11-27", item, 2, 20.5)


@pytest.mark.parametrize(
    "report",
    [
        {"held": [{"sha256": "odd", "state": "held"}]},
        {"held": [{"sha256": "a" * 64, "state": "lost"}]},
        {"held": [{"sha256": "a" * 64, "state": "held"}] * 501},
        {"entry": "odd"},
        {"page": -1},
        {"clock": {"source": "x", "offset_seconds": "late"}},
        {"played": [{"day": 5, "item": str(uuid4()), "media_id": str(uuid4()), "times": 1, "seconds": 1}]},
        {"commands_done": ["odd"]},
    ],
)
async def test_what_makes_no_sense_in_a_report_is_refused(gateway, operators, report):
    foyer = await operators.create_player()
    async with gateway.client(foyer.token) as player:
        assert (await player.post("/api/player/report", json=report)).status_code == 422


async def test_the_last_picture_of_a_screen_is_shown_and_looking_asks_for_more(gateway, operators):
    foyer = await operators.create_player()
    path = f"/api/players/{foyer.id}/snapshot"
    async with gateway.client(foyer.token) as player, gateway.client() as operator:
        before = await read(player)
        assert before["snapshot_until"] is None
        assert (await operator.get(path)).status_code == 404
        during = await next_after(player, before)
        assert during["snapshot_until"] > utc_now().isoformat()
        for picture, media_type in ((WEBP, "image/webp"), (JPEG, "image/jpeg")):
            assert (await player.put("/api/player/snapshot", content=picture)).status_code == 204
            seen = await operator.get(path)
            assert (seen.status_code, seen.content, seen.headers["content-type"]) == (200, picture, media_type)
            assert seen.headers["last-modified"].endswith("GMT")
        assert (await read(player))["etag"] == during["etag"]  # a second look changes nothing yet


async def test_what_is_no_small_picture_is_refused(gateway, operators):
    foyer = await operators.create_player()
    async with gateway.client(foyer.token) as player, gateway.client("player-token") as embedded:
        for sender in (player, embedded):
            assert (await sender.put("/api/player/snapshot", content=b"<svg/>")).status_code == 415
            assert (await sender.put("/api/player/snapshot", content=b"")).status_code == 415
        largest = JPEG + bytes(64 * 1024 - len(JPEG))
        assert (await player.put("/api/player/snapshot", content=largest)).status_code == 204
        assert (await player.put("/api/player/snapshot", content=largest + b"x")).status_code == 413
        statuses = {(await player.put("/api/player/snapshot", content=JPEG)).status_code for _ in range(30)}
        assert statuses == {204, 429}


async def test_pictures_are_for_operators_and_come_from_players(gateway, operators):
    foyer = await operators.create_player()
    path = f"/api/players/{foyer.id}/snapshot"
    async with gateway.client(foyer.token) as player, gateway.client("uploader-token") as uploader:
        for client in (player, uploader):
            assert (await client.get(path)).status_code == 403
        assert (await uploader.put("/api/player/snapshot", content=JPEG)).status_code == 403
    async with gateway.client("player-token") as embedded, gateway.client() as operator:
        assert (await embedded.put("/api/player/snapshot", content=JPEG)).status_code == 204
        for unknown, status in ((uuid4(), 404), ("odd", 422)):
            assert (await operator.get(f"/api/players/{unknown}/snapshot")).status_code == status
