"""The access bucket says what the database says, whatever happened in between; the role has its schema only."""

import asyncio

import asyncpg
import pytest
from uuid_utils.compat import uuid7

from infoscreen.accounts.migrate import migrate
from infoscreen.accounts.settings import MigrationSettings
from infoscreen.common.clock import utc_now
from infoscreen.common.messaging.access import AccessBucket, AccessEntry
from infoscreen.common.roles import Role


async def test_a_bucket_that_was_made_anew_is_filled_from_the_database(accounts, connection):
    person = await accounts.person()
    bucket = AccessBucket(connection)
    held = await bucket.all()
    await bucket.write(dict.fromkeys(held))
    stale = AccessEntry(account_id=uuid7(), role=Role.OPERATOR, expires_at=utc_now())
    await bucket.write({"f" * 64: stale})
    assert await accounts.projection.sync() == 2
    assert await bucket.all() == held
    assert await accounts.known(person.session)


async def test_a_comparison_beside_changes_takes_none_of_them_back(accounts):
    async def compare():
        for _ in range(20):
            await accounts.projection.sync()

    people, _ = await asyncio.gather(asyncio.gather(*(accounts.person() for _ in range(6))), compare())
    for person in people:
        assert (await person.browser.get("/api/session")).status_code == 200
    assert await accounts.projection.sync() == 0


async def test_entries_name_accounts_by_id_only(accounts, connection):
    person = await accounts.person()
    entries = (await AccessBucket(connection).all()).values()
    assert [str(entry.account_id) for entry in entries] == [person.account_id]
    assert AccessEntry.model_fields.keys() == {"account_id", "role", "expires_at"}


async def test_the_services_role_can_neither_read_other_schemas_nor_change_its_own(database_url):
    connection = await asyncpg.connect(database_url)
    try:
        for statement in ("CREATE TABLE accounts.mine ()", "CREATE TABLE public.mine ()", "DROP TABLE accounts.invite"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.execute(statement)
    finally:
        await connection.close()


async def test_accounts_and_invites_survive_a_downgrade_and_links_for_passwords_do_not(accounts, owner_url):
    person = await accounts.person()
    invite = await accounts.invite()
    async with accounts.operator() as operator:
        link = (await operator.post(f"/api/people/{person.account_id}/password-link")).json()
    settings = MigrationSettings.model_validate({"owner_database_url": owner_url, "database_password": "accounts"})
    for revision in ("0001", "head"):
        await migrate(settings, revision)
    async with accounts.operator() as operator:
        names = [item["invite_id"] for item in (await operator.get("/api/invites")).json()["items"]]
    assert len(names) == 1
    assert link["invite_id"] not in names
    body = {"invite": invite, "name": "Ada", "email": "ada@example.org", "password": "a long enough password"}
    async with accounts.client() as browser:
        assert (await browser.post("/api/people", json=body)).status_code == 201
