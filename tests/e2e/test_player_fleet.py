"""Many players on one gateway: a replacement reaches every one of them."""

from bench.fleet import follow_replacements

PLAYERS = 200


async def test_every_player_follows_a_replacement(system):
    endpoints = system.endpoints
    rounds = await follow_replacements(endpoints["edge"], endpoints["operator_token"], PLAYERS, rounds=1)
    assert [len(players) for players in rounds] == [PLAYERS]
