"""The drill: back up while people upload, lose the machine, restore on another, and every promise still holds."""

import asyncio
import shutil
import sys
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from chaos.arena import Arena
from chaos.documents import sample_deck
from e2e.in_use import broken_promises, in_use, some_uploads, uploading
from support.until import until


async def infoscreen(*arguments: str | Path, expect: int = 0) -> str:
    """Runs the command line as an operator does; returns what it printed."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "infoscreen.cli", *map(str, arguments)),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output = (await process.communicate())[0].decode()
    assert process.returncode == expect, output
    return output


def an_operator(arena: Arena) -> httpx.AsyncClient:
    client = arena.client("operator")
    client.headers["Accept"] = "application/json"
    client.timeout = 60
    return client


async def shown(http: httpx.AsyncClient, media_id: str) -> dict:
    """What a player is told of a medium that is ready, its PDF fetched."""
    answer = await http.get(f"/api/media/{media_id}/display", params={"wait": 25})
    assert answer.status_code == 200, answer.text
    async with httpx.AsyncClient() as stranger:
        assert (await stranger.get(answer.json()["url"])).content.startswith(b"%PDF-")
    return answer.json()


def _by_cookie(answer: httpx.Response) -> dict[str, str]:
    """The headers of a request that only the session of an answer vouches for."""
    return {"Authorization": f"Bearer {answer.cookies['infoscreen_session']}"}


async def lists_media(http: httpx.AsyncClient, headers: dict[str, str]) -> bool:
    return (await http.get("/api/media", headers=headers)).status_code == 200


@pytest.mark.timeout(600)
async def test_a_backup_taken_while_people_upload_restores_to_a_system_that_keeps_every_promise(tmp_path):
    archive, lost, found = tmp_path / "backup", tmp_path / "a", tmp_path / "b"
    async with in_use(lost) as arena, an_operator(arena) as http:
        deck = await http.post("/api/media", params={"filename": "deck.fodp"}, content=sample_deck())
        media_id = deck.json()["media_id"]
        before = await shown(http, media_id)
        player = (await http.post("/api/players", json={"name": "Lobby"})).json()
        invite = (await http.post("/api/invites", json={"name": "Ada", "role": "uploader"})).json()["secret"]
        ada = {"email": "ada@example.org", "password": "correct horse battery"}
        accepted = await http.post("/api/people", json={"invite": invite, "name": "Ada", **ada})
        assert accepted.status_code == 201, accepted.text
        token = (await http.post("/api/tokens", json={"name": "script"}, headers=_by_cookie(accepted))).json()["token"]
        async with uploading(arena, seed=8) as history:
            await some_uploads(history, 4)
            promised = replace(history, uploads=list(history.uploads))
            await infoscreen("backup", archive, "--data-dir", lost)
            said = await infoscreen("backup", archive, "--data-dir", lost)
    assert "Backed up to sequence" in said
    shutil.rmtree(lost)

    await infoscreen("restore", archive, "--data-dir", found)
    async with in_use(found) as arena, an_operator(arena) as http:
        broken = await broken_promises(arena, promised)
        assert not broken, "\n".join(broken)
        after = await shown(http, media_id)
        assert (after["sha256"], after["pages"]) == (before["sha256"], before["pages"])
        known = {item["player_id"]: item["name"] for item in (await http.get("/api/players")).json()["items"]}
        assert known[player["player_id"]] == "Lobby"
        assert (await http.post("/api/session", json=ada)).json()["name"] == "Ada"
        kept = {"Authorization": f"Bearer {token}"}
        await until(lambda: lists_media(http, kept), "the restored token is known to the catalog")


async def test_a_backup_that_was_not_finished_is_refused(tmp_path):
    (tmp_path / "backup" / "streams").mkdir(parents=True)
    said = await infoscreen("restore", tmp_path / "backup", "--data-dir", tmp_path / "new", expect=1)
    assert "is no backup, or one that was not finished" in said
    assert not (tmp_path / "new").exists()
