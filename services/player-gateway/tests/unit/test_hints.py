"""What is certainly unknown is told from memory; what was given out a moment ago never is."""

import asyncio

import pytest
from support.until import until

from infoscreen.common.auth import token_digest
from infoscreen.common.errors import UnavailableError
from infoscreen.player_gateway.hints import CODE_HINT_LENGTH, TOKEN_HINT_LENGTH, Hints, PlayerHints

KNOWN = token_digest("known")


class Directory:
    """The catalog's players; counts the reads, and can be away or slow."""

    def __init__(self):
        self.tokens, self.codes, self.reads, self.away, self.gate = {KNOWN}, {KNOWN}, 0, False, asyncio.Event()
        self.gate.set()

    async def load(self):
        self.reads += 1
        tokens = frozenset(digest[:TOKEN_HINT_LENGTH] for digest in self.tokens)
        codes = frozenset(digest[:CODE_HINT_LENGTH] for digest in self.codes)
        await self.gate.wait()
        if self.away:
            raise UnavailableError("away")
        return Hints(tokens, codes)


@pytest.fixture
def directory():
    return Directory()


@pytest.fixture
def hints(directory):
    return PlayerHints(directory.load)


async def test_known_hints_are_read_once(hints, directory):
    assert [await hints.may_be_token(KNOWN) for _ in range(3)] == [True] * 3
    assert await hints.may_be_code(KNOWN)
    assert directory.reads == 1


async def test_a_thousand_invented_tokens_cost_one_read(hints, directory):
    junk = [hints.may_be_token(token_digest(str(number))) for number in range(1000)]
    assert not any(await asyncio.gather(*junk))
    assert directory.reads == 1


async def test_a_token_given_out_during_a_read_is_found_by_the_next_request(hints, directory):
    directory.gate.clear()
    early = asyncio.create_task(hints.may_be_token(token_digest("junk")))
    await until(lambda: directory.reads, "a read")
    new = token_digest("new")
    directory.tokens.add(new)
    late = asyncio.create_task(hints.may_be_token(new))
    await asyncio.sleep(0)
    directory.gate.set()
    assert (await early, await late) == (False, True)


async def test_an_outage_is_an_error_and_known_hints_stay_known(hints, directory):
    assert await hints.may_be_token(KNOWN)
    directory.away = True
    with pytest.raises(UnavailableError):
        await hints.may_be_token(token_digest("perhaps new"))
    assert await hints.may_be_token(KNOWN)
    directory.away = False
    assert not await hints.may_be_token(token_digest("junk"))


async def test_a_cancelled_request_does_not_cancel_the_read_of_the_others(hints, directory):
    directory.gate.clear()
    cancelled, waiting = (asyncio.create_task(hints.may_be_token(KNOWN)) for _ in range(2))
    await until(lambda: directory.reads, "a read")
    cancelled.cancel()
    directory.gate.set()
    assert await waiting


async def test_a_change_is_read_before_the_next_request(hints, directory):
    hints.refresh()
    await until(lambda: directory.reads, "a read")
    assert await hints.may_be_token(KNOWN)
    assert directory.reads == 1
