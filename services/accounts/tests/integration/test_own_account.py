"""What a person does with its own account, and the link by which an operator gives it another password."""

import asyncio
from datetime import timedelta

import pytest

from infoscreen.common.auth import SESSION_COOKIE

PASSWORD = "a long enough password"
NEW = "another long password"


async def link_for(accounts, person):
    async with accounts.operator() as operator:
        made = await operator.post(f"/api/people/{person.account_id}/password-link")
    assert made.status_code == 201, made.text
    return made.json()


async def reset(client, link, password=NEW):
    return await client.post("/api/session/password", json={"invite": link["secret"], "password": password})


async def test_own_sessions_are_listed_with_the_one_that_asks_and_end_together(accounts):
    person = await accounts.person()
    other = await accounts.person()
    async with accounts.client() as telephone:
        telephone.headers["User-Agent"] = "A telephone"
        await telephone.post("/api/session", json={"email": person.email, "password": PASSWORD})
        sessions = (await telephone.get("/api/sessions")).json()["items"]
        assert sorted((item["browser"] == "A telephone", item["current"]) for item in sessions) == [
            (False, False),
            (True, True),
        ]
        assert (await telephone.delete("/api/session", params={"everywhere": True})).status_code == 204
    assert (await person.browser.get("/api/sessions")).status_code == 401
    assert len((await other.browser.get("/api/sessions")).json()["items"]) == 1


async def test_a_token_of_the_token_file_has_no_sessions_of_its_own(accounts):
    async with accounts.operator() as operator:
        assert (await operator.get("/api/sessions")).status_code == 409


async def test_a_link_sets_another_password_once_and_ends_every_session(accounts):
    person = await accounts.person()
    link = await link_for(accounts, person)
    assert link["link"] == f"http://screens.example.org/#password={link['secret']}"
    assert link["account_id"] == person.account_id
    async with accounts.client() as browser:
        answer = await reset(browser, link)
        assert (answer.status_code, answer.json()["email"]) == (200, person.email)
        assert await accounts.known(browser.cookies[SESSION_COOKIE])
        assert (await reset(browser, link, PASSWORD)).json()["code"] == "invalid_invite"
    assert (await person.browser.get("/api/session")).status_code == 401
    async with accounts.client() as browser:
        for password, status in ((PASSWORD, 401), (NEW, 200)):
            body = {"email": person.email, "password": password}
            assert (await browser.post("/api/session", json=body)).status_code == status


async def test_of_two_that_use_a_link_at_once_one_sets_the_password(accounts):
    person = await accounts.person()
    link = await link_for(accounts, person)
    async with accounts.client() as one, accounts.client() as other:
        answers = await asyncio.gather(reset(one, link), reset(other, link, f"{NEW} too"))
    assert sorted(answer.status_code for answer in answers) == [200, 403]


async def test_a_newer_link_an_expired_one_and_one_of_a_disabled_account_are_refused(accounts):
    person = await accounts.person()
    first, second = await link_for(accounts, person), await link_for(accounts, person)
    async with accounts.client() as browser, accounts.operator() as operator:
        assert (await reset(browser, first)).status_code == 403
        await operator.patch(f"/api/people/{person.account_id}", json={"disabled": True})
        assert (await reset(browser, second)).status_code == 403
        await operator.patch(f"/api/people/{person.account_id}", json={"disabled": False})
        accounts.clock.ahead = timedelta(days=3, seconds=1)
        assert (await reset(browser, second)).status_code == 403


@pytest.mark.parametrize("use", ["account", "password"])
async def test_a_link_does_what_it_was_made_for_and_nothing_else(accounts, use):
    person = await accounts.person()
    async with accounts.client() as browser:
        if use == "password":
            assert (await reset(browser, {"secret": await accounts.invite("operator")})).status_code == 403
        else:
            link = await link_for(accounts, person)
            body = {"invite": link["secret"], "name": "Eve", "email": "eve@example.org", "password": NEW}
            assert (await browser.post("/api/people", json=body)).status_code == 403


async def test_only_operators_make_links_and_only_for_accounts_that_there_are(accounts):
    person = await accounts.person("editor")
    path = f"/api/people/{person.account_id}/password-link"
    assert (await person.browser.post(path)).status_code == 403
    async with accounts.operator() as operator:
        unknown = "/api/people/01935f3a-0000-7000-8000-000000000001/password-link"
        assert (await operator.post(unknown)).status_code == 404
