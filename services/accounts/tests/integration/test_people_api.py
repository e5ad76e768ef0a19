"""Accounts: invites, signing in, roles, and what ends when they change."""

import asyncio
from datetime import timedelta

import pytest
from support.until import until

from infoscreen.common.auth import SESSION_COOKIE

PASSWORD = "a long enough password"


async def sign_in(client, person, password=PASSWORD):
    return await client.post("/api/session", json={"email": person.email, "password": password})


async def test_an_invite_makes_an_account_that_signs_in_with_its_password(accounts):
    person = await accounts.person()
    who = (await person.browser.get("/api/session")).json()
    assert who == {"name": "Person", "role": "uploader", "account_id": person.account_id, "email": person.email}
    async with accounts.client() as browser:
        answer = await sign_in(browser, person)
        assert (answer.status_code, answer.json()) == (200, who)
        attributes = answer.headers["set-cookie"].lower()
        assert all(part in attributes for part in ("httponly", "samesite=strict", "path=/api"))
        assert await accounts.known(browser.cookies[SESSION_COOKIE])


async def test_the_link_of_an_invite_carries_its_secret_in_the_fragment_and_no_list_has_it(accounts):
    async with accounts.operator() as operator:
        made = (await operator.post("/api/invites", json={"name": "Ada", "role": "operator"})).json()
        listed = (await operator.get("/api/invites")).json()["items"]
    assert made["link"] == f"http://screens.example.org/#invite={made['secret']}"
    assert [(item["name"], item["role"], item["created_by"]) for item in listed] == [("Ada", "operator", "operator")]
    assert made["secret"] not in str(listed)


async def test_of_two_that_accept_an_invite_at_once_one_gets_an_account(accounts):
    secret = await accounts.invite()
    bodies = [
        {"invite": secret, "name": "Twin", "email": f"twin-{number}@example.org", "password": PASSWORD}
        for number in range(4)
    ]
    async with accounts.client() as browser, accounts.operator() as operator:
        answers = await asyncio.gather(*(browser.post("/api/people", json=body) for body in bodies))
        assert sorted(answer.status_code for answer in answers) == [201, 403, 403, 403]
        assert len((await operator.get("/api/people")).json()["items"]) == 1
        assert (await operator.get("/api/invites")).json()["items"] == []


async def test_an_expired_or_withdrawn_invite_makes_no_account(accounts):
    withdrawn, late = await accounts.invite(), await accounts.invite()
    async with accounts.operator() as operator:
        invites = (await operator.get("/api/invites")).json()["items"]
        address = f"/api/invites/{invites[0]['invite_id']}"
        assert [(await operator.delete(address)).status_code for _ in range(2)] == [204, 404]
    accounts.clock.ahead = timedelta(hours=72, seconds=1)
    async with accounts.client() as browser:
        for secret in (withdrawn, late):
            body = {"invite": secret, "name": "Late", "email": "late@example.org", "password": PASSWORD}
            answer = await browser.post("/api/people", json=body)
            assert (answer.status_code, answer.json()["code"]) == (403, "invalid_invite")


async def test_an_address_that_is_taken_leaves_the_invite_open(accounts):
    person, secret = await accounts.person(), await accounts.invite()
    body = {"invite": secret, "name": "Other", "email": person.email.upper(), "password": PASSWORD}
    async with accounts.client() as browser:
        assert (await browser.post("/api/people", json=body)).status_code == 409
        body["email"] = "other@example.org"
        assert (await browser.post("/api/people", json=body)).status_code == 201


async def test_a_wrong_password_an_unknown_address_and_a_disabled_account_are_refused_alike(accounts):
    person, gone = await accounts.person(), await accounts.person()
    async with accounts.operator() as operator, accounts.client() as browser:
        await operator.patch(f"/api/people/{gone.account_id}", json={"disabled": True})
        answers = [
            await sign_in(browser, person, "not the password"),
            await sign_in(browser, gone),
            await browser.post("/api/session", json={"email": "stranger@example.org", "password": PASSWORD}),
        ]
        assert [answer.status_code for answer in answers] == [401] * 3
        assert len({answer.json()["detail"] for answer in answers}) == 1
        assert SESSION_COOKIE not in browser.cookies


async def test_each_sign_in_opens_a_session_of_its_own(accounts):
    person = await accounts.person()
    async with accounts.client() as browser:
        browser.cookies.set(SESSION_COOKIE, "iss_chosen-by-an-attacker")
        answer = await sign_in(browser, person)
    assert len({person.session, answer.cookies[SESSION_COOKIE], "iss_chosen-by-an-attacker"}) == 3


async def test_signing_out_ends_the_session_everywhere_and_no_other(accounts):
    person = await accounts.person()
    async with accounts.client() as other:
        await sign_in(other, person)
        session = person.session
        assert (await person.browser.delete("/api/session")).status_code == 204
        await accounts.unknown_everywhere(session)
        assert SESSION_COOKIE not in person.browser.cookies
        assert (await other.get("/api/session")).status_code == 200
        assert (await person.browser.delete("/api/session")).status_code == 204


async def test_signing_out_everywhere_ends_every_session_of_the_account(accounts):
    person, another = await accounts.person(), await accounts.person()
    async with accounts.client() as other:
        await sign_in(other, person)
        sessions = [person.session, other.cookies[SESSION_COOKIE]]
        assert (await person.browser.delete("/api/session?everywhere=true")).status_code == 204
        for session in sessions:
            await accounts.unknown_everywhere(session)
    assert await accounts.known(another.session)


async def test_an_operator_lists_people_with_their_sessions_and_signs_one_out(accounts):
    person = await accounts.person()
    async with accounts.operator() as operator:
        listed = (await operator.get("/api/people")).json()["items"]
        assert [(item["email"], item["role"], item["sessions"]) for item in listed] == [(person.email, "uploader", 1)]
        assert listed[0]["last_seen_at"] is not None
        address = f"/api/people/{person.account_id}/sessions"
        assert (await operator.delete(address)).status_code == 204
        await accounts.unknown_everywhere(person.session)
        assert (await operator.get("/api/people")).json()["items"][0]["sessions"] == 0


async def test_a_new_role_counts_at_once_in_open_sessions(accounts):
    person = await accounts.person()
    async with accounts.operator() as operator:
        assert (await person.browser.get("/api/people")).status_code == 403
        changed = await operator.patch(f"/api/people/{person.account_id}", json={"role": "operator"})
        assert (changed.status_code, changed.json()["role"]) == (200, "operator")

    async def is_operator():
        return (await person.browser.get("/api/people")).status_code == 200

    await until(is_operator, "the session is an operator's")


async def test_a_disabled_account_loses_its_sessions_and_gets_none_back_when_it_is_enabled(accounts):
    person = await accounts.person()
    async with accounts.operator() as operator:
        address = f"/api/people/{person.account_id}"
        assert (await operator.patch(address, json={"disabled": True})).json()["disabled_at"] is not None
        await accounts.unknown_everywhere(person.session)
        assert (await operator.patch(address, json={"disabled": False})).json()["disabled_at"] is None
        assert not await accounts.known(person.session)
    async with accounts.client() as browser:
        assert (await sign_in(browser, person)).status_code == 200


@pytest.mark.parametrize("change", [{"role": "uploader"}, {"disabled": True}])
async def test_the_last_operator_can_neither_be_demoted_nor_disabled(accounts, change):
    person = await accounts.person("operator")
    async with accounts.operator() as operator:
        refused = await operator.patch(f"/api/people/{person.account_id}", json=change)
        assert (refused.status_code, refused.json()["code"]) == (409, "conflict")
        await accounts.person("operator")
        assert (await operator.patch(f"/api/people/{person.account_id}", json=change)).status_code == 200


async def test_of_two_operators_that_are_demoted_at_once_one_stays(accounts):
    people = [await accounts.person("operator") for _ in range(2)]
    async with accounts.operator() as operator:
        changes = [operator.patch(f"/api/people/{person.account_id}", json={"role": "uploader"}) for person in people]
        answers = await asyncio.gather(*changes)
    assert sorted(answer.status_code for answer in answers) == [200, 409]


async def test_a_new_password_replaces_the_old_one_and_ends_the_other_sessions(accounts):
    person = await accounts.person()
    async with accounts.client() as other:
        await sign_in(other, person)
        wrong = {"current": "something else", "new": "an even longer password"}
        assert (await person.browser.put("/api/session/password", json=wrong)).status_code == 403
        right = {"current": PASSWORD, "new": "an even longer password"}
        assert (await person.browser.put("/api/session/password", json=right)).status_code == 204
        await accounts.unknown_everywhere(other.cookies[SESSION_COOKIE])
        assert (await person.browser.get("/api/session")).status_code == 200
        assert (await sign_in(other, person)).status_code == 401
        assert (await sign_in(other, person, "an even longer password")).status_code == 200


@pytest.mark.parametrize("path", ["/api/people", "/api/invites", "/api/tokens"])
async def test_lists_are_for_operators_and_no_player(accounts, path):
    for token, status in [("operator-token", 200), ("player-token", 403), ("wrong", 401)]:
        async with accounts.client(token) as client:
            assert (await client.get(path)).status_code == status


async def test_every_person_reads_names_and_who_may_own_media_and_nothing_else_of_accounts(accounts):
    people = {role: await accounts.person(role) for role in ("viewer", "uploader", "editor")}
    async with accounts.operator() as operator:
        await operator.patch(f"/api/people/{people['editor'].account_id}", json={"disabled": True})
    names = (await people["viewer"].browser.get("/api/people/names")).json()["items"]
    assert {(item["account_id"], item["may_own"]) for item in names} == {
        (people["viewer"].account_id, False),
        (people["uploader"].account_id, True),
        (people["editor"].account_id, False),
    }
    assert all(item.keys() == {"account_id", "name", "may_own"} for item in names)
    assert (await people["uploader"].browser.get("/api/people")).status_code == 403
