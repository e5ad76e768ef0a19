"""500 screens wait while 200 people upload at once: nothing lost, no server error, every screen is told."""

import asyncio
from secrets import token_hex

import pytest
from bench.crowd import gather_crowd

from infoscreen.cli.requirements import repository_root


@pytest.mark.exhaustive
@pytest.mark.timeout(900)
def test_200_uploads_and_500_screens(system):
    deck = (repository_root() / "samples" / "welcome.fodp").read_bytes()
    uploads = [("welcome.fodp", deck + f"<!-- {number} {token_hex(8)} -->".encode()) for number in range(200)]
    crowd = asyncio.run(gather_crowd(system.endpoints["edge"], system.endpoints["operator_token"], uploads, 500))
    assert crowd.server_errors == 0
    assert len(set(crowd.uploaded)) == 200
    assert set(crowd.ended.values()) == {"ready"}
    assert len(crowd.told_after_seconds) == 500
