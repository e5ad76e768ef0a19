"""How workers of pytest-xdist share the whole suite: each takes files, so that it starts a file's servers once."""

import os
from typing import Any

import pytest
from xdist.scheduler import LoadFileScheduling

from infoscreen.cli.ports import RANGE_VARIABLE, port_range

_SLOWEST_FIRST = ("e2e", "alerts", "chaos", "fidelity", "clients", "integration")
"""Folders whose tests wait most, so that no worker is left alone with one of them in the end."""

_OWN_SYSTEMS = ("test_backup_drill.py", "test_doctor.py", "test_replicas.py")


class SharedSystemScheduling(LoadFileScheduling):
    """One worker takes all files of tests/e2e that share a system: its start costs more than most of their tests."""

    def _split_scope(self, nodeid: str) -> str:
        file = super()._split_scope(nodeid)
        return "tests/e2e" if file.startswith("tests/e2e/") and not file.endswith(_OWN_SYSTEMS) else file


def pytest_configure(config: pytest.Config) -> None:
    """Each worker chooses ports from a share of its own: none takes what another one is about to listen on."""
    if hasattr(config, "workerinput"):
        number, count = int(config.workerinput["workerid"].removeprefix("gw")), config.workerinput["workercount"]
        offered = port_range()
        size = len(offered) // count
        share = offered[number * size : (number + 1) * size]
        os.environ[RANGE_VARIABLE] = f"{share[0]}-{share[-1]}"


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadFileScheduling | None:
    """For `--dist loadfile`; any other way to distribute is pytest-xdist's own."""
    return SharedSystemScheduling(config, log) if config.getvalue("dist") == "loadfile" else None


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Workers begin with what waits most; a single process keeps to the order of the folders."""
    if hasattr(config, "workerinput"):
        items.sort(key=_rank)


def _rank(item: pytest.Item) -> int:
    return next((rank for rank, folder in enumerate(_SLOWEST_FIRST) if folder in item.path.parts), len(_SLOWEST_FIRST))
