"""What people may do while NATS is away: what they could before, and nothing new."""

import asyncio
from dataclasses import replace

import pytest
from support.breakable_nats import BreakableNats
from support.until import until

from infoscreen.common.errors import UnavailableError
from infoscreen.common.messaging import topology
from infoscreen.common.messaging.access import Access
from infoscreen.common.messaging.connection import Connection


@pytest.fixture(scope="module")
def nats_server(tmp_path_factory):
    server = BreakableNats(tmp_path_factory.mktemp("nats"))
    yield server
    server.close()


@pytest.fixture
async def connection(nats_server):
    nats_server.start()
    connection = Connection()
    await connection.open(nats_server.settings, "test")
    await topology.apply(connection.js, nats_server.settings)
    yield connection
    nats_server.start()
    await connection.close()


async def test_while_nats_is_away_revoking_is_refused_and_sessions_go_on(accounts, nats_server, connection):
    person, other = await accounts.person(), await accounts.person()
    made = (await person.browser.post("/api/tokens", json={"name": "script"})).json()
    await until(lambda: len(accounts.access._entries) == 3, "every credential is held")
    await nats_server.kill_and_be_missed(connection)
    async with accounts.operator() as operator:
        refusals = [
            await person.browser.delete("/api/session"),
            await person.browser.delete(f"/api/tokens/{made['token_id']}"),
            await operator.patch(f"/api/people/{person.account_id}", json={"disabled": True}),
            await operator.delete(f"/api/people/{person.account_id}/sessions"),
        ]
    assert [(answer.status_code, answer.json()["code"]) for answer in refusals] == [(503, "unavailable")] * 4
    for secret in (person.session, other.session, made["token"]):
        assert await accounts.known(secret)
    assert (await person.browser.get("/api/session")).status_code == 200
    nats_server.start()
    address = f"/api/tokens/{made['token_id']}"

    async def revoked():
        return (await person.browser.delete(address)).status_code == 204

    await until(revoked, "the token is revoked once NATS is back")
    await accounts.unknown_everywhere(made["token"])


async def test_while_the_bucket_takes_nothing_revoking_is_refused_and_health_says_so(accounts, connection):
    person = await accounts.person()
    config = (await connection.js.stream_info(f"KV_{topology.ACCESS}")).config
    await connection.js.update_stream(replace(config, max_msg_size=1))
    stop = asyncio.Event()
    comparing = asyncio.create_task(accounts.projection.run(0.05, stop))
    try:
        assert (await person.browser.delete("/api/session")).status_code == 503
        assert await accounts.known(person.session)
        await until(accounts.projection.check, "health says so")
        await connection.js.update_stream(config)
        await until(lambda: accounts.projection._trouble is None, "health says that it goes again")
        assert (await person.browser.delete("/api/session")).status_code == 204
    finally:
        stop.set()
        await comparing


async def test_while_nats_is_away_no_session_opens_but_a_token_of_the_file_signs_in(accounts, nats_server, connection):
    person = await accounts.person()
    await nats_server.kill_and_be_missed(connection)
    async with accounts.client() as browser:
        body = {"email": person.email, "password": "a long enough password"}
        assert (await browser.post("/api/session", json=body)).status_code == 503
        assert (await browser.post("/api/session", json={"token": "operator-token"})).status_code == 200
        assert (await browser.delete("/api/session")).status_code == 204


async def test_a_service_that_starts_without_nats_calls_no_credential_unknown(accounts):
    person = await accounts.person()
    cold = Access(Connection())
    with pytest.raises(UnavailableError):
        await cold.find(person.session)
    assert await cold.find("a token of the token file, or of a player") is None


async def test_a_revocation_that_a_service_missed_counts_after_the_reconnect(accounts, nats_server, connection):
    person = await accounts.person()
    session, lagging = person.session, Connection()
    await lagging.open(nats_server.settings, "lagging")
    access = Access(lagging)
    try:
        await access._catch_up()
        assert await access.find(session) is not None
        assert (await person.browser.delete("/api/session")).status_code == 204
        await nats_server.kill_and_be_missed(connection)
        nats_server.start()
        await until(lambda: lagging.client.stats["reconnects"] == 1 and lagging.client.is_connected, "it is back")
        await access._catch_up()
        assert await access.find(session) is None
    finally:
        await lagging.close()
