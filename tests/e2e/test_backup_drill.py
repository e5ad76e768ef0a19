"""The drill: back up while people upload, lose the machine, restore on another, and every promise still holds."""

import asyncio
import shutil
import sys
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from chaos.checker import violations
from chaos.observed import observe, settle
from chaos.stack import Stack, running_stack
from chaos.workload import History, Workload

from infoscreen.cli.requirements import repository_root

SAMPLE = (repository_root() / "samples" / "welcome.fodp").read_bytes()
SETTLE_SECONDS = 120


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


def client(stack: Stack) -> httpx.AsyncClient:
    endpoints = stack.endpoints
    headers = {"Authorization": f"Bearer {endpoints['operator_token']}", "Accept": "application/json"}
    return httpx.AsyncClient(base_url=endpoints["edge"], headers=headers, timeout=60)


@asynccontextmanager
async def uploading(stack: Stack, seed: int):
    """People upload, replace and delete for as long as the block lasts; yields what they were promised."""
    endpoints, stop = stack.endpoints, asyncio.Event()
    workload = Workload(endpoints["edge"], endpoints["operator_token"], SAMPLE, seed)
    acting = asyncio.create_task(workload.run(stop, uploaders=1, pollers=1))
    try:
        yield workload.history
    finally:
        stop.set()
        await acting


async def some_uploads(history: History, count: int) -> None:
    async with asyncio.timeout(60):
        while len(history.uploads) < count:
            await asyncio.sleep(0.05)


async def shown(http: httpx.AsyncClient, media_id: str) -> dict:
    """What a player is told of a medium that is ready, its PDF fetched."""
    answer = await http.get(f"/api/media/{media_id}/display", params={"wait": 25})
    assert answer.status_code == 200, answer.text
    async with httpx.AsyncClient() as anybody:
        assert (await anybody.get(answer.json()["url"])).content.startswith(b"%PDF-")
    return answer.json()


@pytest.mark.timeout(600)
async def test_a_backup_taken_while_people_upload_restores_to_a_system_that_keeps_every_promise(tmp_path):
    archive, lost, found = tmp_path / "backup", tmp_path / "a", tmp_path / "b"
    async with running_stack(lost, converters=1) as stack, client(stack) as http:
        deck = await http.post("/api/media", params={"filename": "deck.fodp"}, content=SAMPLE)
        media_id = deck.json()["media_id"]
        before = await shown(http, media_id)
        player = (await http.post("/api/players", json={"name": "Lobby"})).json()
        async with uploading(stack, seed=8) as history:
            await some_uploads(history, 4)
            promised = replace(history, uploads=list(history.uploads))
            await infoscreen("backup", archive, "--data-dir", lost)
            said = await infoscreen("backup", archive, "--data-dir", lost)
    assert "Backed up to sequence" in said
    shutil.rmtree(lost)

    await infoscreen("restore", archive, "--data-dir", found)
    async with running_stack(found, converters=1) as stack, client(stack) as http:
        await settle(stack, SETTLE_SECONDS)
        assert violations(promised, await observe(stack, rebuild=True)) == []
        after = await shown(http, media_id)
        assert (after["sha256"], after["pages"]) == (before["sha256"], before["pages"])
        known = {item["player_id"]: item["name"] for item in (await http.get("/api/players")).json()["items"]}
        assert known[player["player_id"]] == "Lobby"


async def test_a_backup_that_was_not_finished_is_refused(tmp_path):
    (tmp_path / "backup" / "streams").mkdir(parents=True)
    said = await infoscreen("restore", tmp_path / "backup", "--data-dir", tmp_path / "new", expect=1)
    assert "is no backup, or one that was not finished" in said
    assert not (tmp_path / "new").exists()
