"""/api/player: enrolling, the manifest, reports; and that a player sees only what is its own."""

import asyncio
from uuid import uuid4

import pytest
from support.until import until

from infoscreen.common.errors import FailureReason
from infoscreen.player_gateway.observability import LONG_POLLS


@pytest.fixture
async def foyer(operators, ready):
    """A player with one deck assigned to it."""
    deck = await ready()
    player = await operators.create_player(deck)
    player.deck = deck
    return player


async def test_a_code_is_exchanged_once_for_a_token_that_replaces_the_first(gateway, foyer):
    async with gateway.client(token=None) as pi, gateway.client(foyer.token) as first:
        assert (await first.get("/api/player/manifest")).status_code == 200
        answer = await pi.post("/api/player/enrol", json={"code": foyer.code.lower().replace("-", " ")})
        assert (answer.status_code, answer.json()["player"]) == (201, "Foyer")
        assert (await pi.post("/api/player/enrol", json={"code": foyer.code})).status_code == 403
        async with gateway.client(answer.json()["token"]) as second:
            assert (await second.get("/api/player/manifest")).status_code == 200

        async def refused():
            return (await first.get("/api/player/manifest")).status_code == 401

        await until(refused, "the first device is signed out")


async def test_the_manifest_lists_what_is_assigned_in_order(gateway, operators, stream, ready, foyer):
    other, waiting = await ready("other"), await stream.upload(content="waiting")
    await operators.assign(foyer.id, other, foyer.deck)
    async with gateway.client(foyer.token) as player:
        manifest = (await player.get("/api/player/manifest", params={"wait": 0})).json()
        async with asyncio.timeout(20):
            while len(manifest["media"]) != 2:
                manifest = (await player.get("/api/player/manifest")).json()
    assert [item["media_id"] for item in manifest["media"]] == [str(other.id), str(foyer.deck.id)]
    assert all(item["url"] and item["sha256"] and item["status"] == "ready" for item in manifest["media"])
    assert str(waiting.id) not in str(manifest)


async def test_the_manifest_says_how_long_a_medium_will_take_and_why_it_failed(
    gateway, operators, operator, stream, foyer
):
    waiting, broken = await stream.upload(content="waiting"), await stream.upload(content="broken")
    await stream.fail(broken)
    assert (await operator.get(f"/api/media/{broken.id}/display?wait=20")).json()["status"] == "failed"
    await operators.assign(foyer.id, waiting, broken)
    async with gateway.client(foyer.token) as player:

        async def both():
            media = (await player.get("/api/player/manifest")).json()["media"]
            return media if len(media) == 2 else None

        items = await until(both, "a manifest of both media")
    assert [item["status"] for item in items] == ["pending", "failed"]
    assert items[0]["eta"] > 0
    assert (items[1]["reason"], items[1]["error"]) == ("corrupt", FailureReason.CORRUPT.sentence)
    assert (items[0]["error"], items[0]["reason"], items[1]["eta"]) == (None, None, None)


async def test_a_player_that_knows_the_manifest_waits_for_the_next_one(gateway, stream, foyer):
    async with gateway.client(foyer.token) as player:
        known = (await player.get("/api/player/manifest")).headers["ETag"]
        unchanged = await player.get("/api/player/manifest", params={"wait": 0.1}, headers={"If-None-Match": known})
        assert (unchanged.status_code, unchanged.headers["ETag"]) == (304, known)
        waiting = asyncio.create_task(
            player.get("/api/player/manifest", params={"wait": 30}, headers={"If-None-Match": known})
        )
        replacement = await stream.upload(foyer.deck.id, content="new")
        pending = await waiting
        assert [item["status"] for item in pending.json()["media"]] == ["pending"]
        waiting = asyncio.create_task(
            player.get("/api/player/manifest", params={"wait": 30}, headers={"If-None-Match": pending.headers["ETag"]})
        )
        await stream.succeed(replacement)
        [item] = (await waiting).json()["media"]
        assert (item["status"], item["etag"] != "") == ("ready", True)
        assert replacement.event.sha256 in item["url"]


async def test_an_assignment_reaches_a_player_that_waits(gateway, operators, ready, foyer):
    other = await ready("other")
    async with gateway.client(foyer.token) as player:
        known = (await player.get("/api/player/manifest")).headers["ETag"]
        waiting = asyncio.create_task(
            player.get("/api/player/manifest", params={"wait": 30}, headers={"If-None-Match": known})
        )
        await operators.assign(foyer.id, other)
        assert [item["media_id"] for item in (await waiting).json()["media"]] == [str(other.id)]


async def test_a_deleted_medium_leaves_the_manifest(gateway, stream, foyer):
    async with gateway.client(foyer.token) as player:
        known = (await player.get("/api/player/manifest")).headers["ETag"]
        await stream.delete(foyer.deck)
        answer = await player.get("/api/player/manifest", params={"wait": 30}, headers={"If-None-Match": known})
        assert answer.json()["media"] == []


async def test_a_player_sees_what_is_assigned_and_nothing_else(gateway, ready, foyer):
    other = await ready("other")
    async with gateway.client(foyer.token) as player:
        assert (await player.get(f"/api/media/{foyer.deck.id}/display")).status_code == 302
        assert (await player.get(f"/api/files/{foyer.deck.pdf_key}")).status_code == 307
        for medium_id in (other.id, uuid4()):
            for route in ("display", "thumbnail"):
                answer = await player.get(f"/api/media/{medium_id}/{route}")
                assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
        assert (await player.get(f"/api/files/{other.pdf_key}")).status_code == 404


async def test_a_revoked_player_is_told_so(gateway, operators, foyer):
    async with gateway.client(foyer.token) as player:
        waiting = asyncio.create_task(player.get("/api/player/manifest", params={"wait": 30}))
        await waiting
        await operators.revoke(foyer.id)

        async def refused():
            answer = await player.get("/api/player/manifest")
            return None if answer.status_code == 200 else answer

        answer = await until(refused, "the player is refused")
        assert (answer.status_code, answer.json()["code"]) == (401, "revoked")
        assert (await player.get(f"/api/media/{foyer.deck.id}/display")).status_code == 401


async def test_a_player_that_is_revoked_while_it_waits_is_told_so_at_once(gateway, operators, foyer):
    async with gateway.client(foyer.token) as player:
        known = (await player.get("/api/player/manifest")).headers["ETag"]
        waiting = asyncio.create_task(
            player.get("/api/player/manifest", params={"wait": 30}, headers={"If-None-Match": known})
        )
        async with asyncio.timeout(60):
            await until(LONG_POLLS._value.get, "a long poll")
            await operators.revoke(foyer.id)
            answer = await waiting
    assert (answer.status_code, answer.json()["code"]) == (401, "revoked")


async def test_a_report_becomes_what_the_catalog_knows(gateway, operators, foyer):
    showing = {"media_id": str(foyer.deck.id), "sha256": "a" * 64, "since": "2026-11-22T12:00:00Z"}
    health = {"version": "1.2", "free_disk_bytes": 10**9, "temperature_celsius": 55.5, "undervoltage": False}
    async with gateway.client(foyer.token) as player:
        answer = await player.post("/api/player/report", json={"showing": showing, "health": health, "new": "field"})
        assert answer.status_code == 204
    known = await operators.player(foyer.id)
    assert known.report["showing"]["media_id"] == str(foyer.deck.id)
    assert known.report["health"]["temperature_celsius"] == 55.5
    assert known.last_seen_at is not None


async def test_invalid_reports_and_codes_are_refused(gateway, foyer):
    odd = [
        ("report", {"showing": {"sha256": "odd"}}),
        ("report", {"health": {"version": "a\x00b"}}),
        ("report", {"health": {"temperature_celsius": 1e9}}),
        ("report", []),
        ("enrol", {}),
        ("enrol", {"code": ""}),
        ("enrol", {"code": "x" * 100}),
    ]
    async with gateway.client(foyer.token) as player:
        for route, body in odd:
            answer = await player.post(f"/api/player/{route}", json=body)
            assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
        big = await player.post("/api/player/report", json={"health": {"version": "x" * 100_000}})
        assert big.status_code == 413


async def test_a_players_reports_are_limited_in_size_and_number(gateway, operators):
    chatty, namesake = await operators.create_player(), await operators.create_player()
    longest = {"health": {"version": "x" * 200, "errors": ["x" * 200] * 20}, "showing": {"note": "x" * 200}}
    async with gateway.client(chatty.token) as player:
        assert (await player.post("/api/player/report", json={"padding": "x" * 66_000})).status_code == 413
        assert (await player.post("/api/player/report", json={"health": {"errors": ["x"] * 21}})).status_code == 422
        statuses = [
            (await player.post("/api/player/report", json=longest)).status_code for _ in range(gateway.most_reports)
        ]
        assert set(statuses) == {204}
        refused = await player.post("/api/player/report", json=longest)
        assert (refused.status_code, int(refused.headers["Retry-After"]) > 0) == (429, True)
        assert (await player.get("/api/player/manifest")).status_code == 200
    async with gateway.client(namesake.token) as other:
        assert (await other.post("/api/player/report", json=longest)).status_code == 204


async def test_the_embedded_player_may_show_everything(gateway, ready, stream):
    decks = [await ready(), await ready("other")]
    async with gateway.client("player-token") as player:
        answer = await player.get("/api/player/manifest")
        assert [item["media_id"] for item in answer.json()["media"]] == [str(deck.id) for deck in reversed(decks)]
        assert (await player.get(f"/api/media/{decks[0].id}/display")).status_code == 302
        assert (await player.post("/api/player/report", json={})).status_code == 204
        await stream.delete(decks[0])
        headers = {"If-None-Match": answer.headers["ETag"]}
        shorter = await player.get("/api/player/manifest", params={"wait": 30}, headers=headers)
        assert [item["media_id"] for item in shorter.json()["media"]] == [str(decks[1].id)]


async def test_people_have_no_manifest(operator):
    assert (await operator.get("/api/player/manifest")).status_code == 403
    assert (await operator.post("/api/player/report", json={})).status_code == 403
