"""A converter's directory: one converter's at a time, and empty of what a killed one left."""

import asyncio
import shutil
from pathlib import Path

import pytest

from infoscreen.common.errors import TransientError
from infoscreen.converter.workspace import Workspace, WorkspaceInUseError, job_bytes


def test_a_directory_that_is_in_use_is_refused_with_what_to_do(tmp_path):
    with (
        Workspace(tmp_path),
        pytest.raises(WorkspaceInUseError, match="CONVERTER_WORK_DIR of its own"),
        Workspace(tmp_path),
    ):
        pass


def test_it_can_be_taken_again_once_it_is_let_go(tmp_path):
    for _ in range(2):
        with Workspace(tmp_path) as workspace:
            assert workspace.directory == tmp_path


def test_it_is_private(tmp_path):
    with Workspace(tmp_path / "new") as workspace:
        assert workspace.directory.stat().st_mode & 0o777 == 0o700


def test_jobs_that_a_killed_converter_left_are_removed_and_nothing_else(tmp_path):
    (tmp_path / "job-abandoned").mkdir()
    (tmp_path / "job-abandoned" / "source").write_text("half a deck")
    (tmp_path / "kept").mkdir()
    with Workspace(tmp_path):
        assert sorted(path.name for path in tmp_path.iterdir()) == ["kept", "lock"]


async def test_a_job_has_its_folder_for_as_long_as_it_lasts_however_it_ends(tmp_path):
    async def broken(workspace: Workspace) -> None:
        async with workspace.job() as folder:
            folders.append(folder)
            (folder / "source").touch()
            raise ValueError("broken")

    folders: list[Path] = []
    with Workspace(tmp_path) as workspace:
        with pytest.raises(ValueError, match="broken"):
            await broken(workspace)
        assert folders
        assert not folders[0].exists()


def test_the_largest_document_fits_an_empty_disk_exactly(tmp_path):
    with Workspace(tmp_path) as workspace:
        largest, disk_bytes = workspace.largest_source_bytes, shutil.disk_usage(tmp_path).total
    assert job_bytes(largest) <= disk_bytes < job_bytes(largest + 1)


async def test_a_document_that_finds_no_room_now_is_for_later_and_leaves_no_folder(tmp_path):
    with Workspace(tmp_path) as workspace:
        with pytest.raises(TransientError, match="are free in") as caught:
            async with workspace.job(shutil.disk_usage(tmp_path).free):
                pass
        assert caught.value.retry_after_seconds > 0
        assert not list(tmp_path.glob("job-*"))


async def test_a_job_that_is_cancelled_while_it_begins_leaves_no_folder(tmp_path):
    async def job(workspace: Workspace) -> None:
        async with workspace.job():
            await asyncio.Event().wait()

    with Workspace(tmp_path) as workspace:
        task = asyncio.create_task(job(workspace))
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await asyncio.get_running_loop().shutdown_default_executor()  # a thread that it used has ended
        assert list(tmp_path.glob("job-*")) == []
