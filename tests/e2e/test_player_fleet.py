"""Many players on one gateway: a replacement reaches every one of them."""

import importlib.util
import sys

from infoscreen.cli.requirements import repository_root

PLAYERS = 200


def load_bench():
    """The bench that also gives the figures: tests/bench/bench_players.py."""
    spec = importlib.util.spec_from_file_location(
        "bench_players", repository_root() / "tests" / "bench" / "bench_players.py"
    )
    sys.modules[spec.name] = module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


async def test_every_player_follows_a_replacement(system):
    endpoints = system.endpoints
    rounds = await load_bench().follow_replacements(endpoints["edge"], endpoints["operator_token"], PLAYERS, rounds=1)
    assert [len(players) for players in rounds] == [PLAYERS]
