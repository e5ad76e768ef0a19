"""Personal tokens: shown once, never more than their owner, revoked at once."""

from datetime import UTC, datetime, timedelta

from support.until import until

from infoscreen.common.roles import Role


async def make(person, **body):
    answer = await person.browser.post("/api/tokens", json={"name": "script", **body})
    assert answer.status_code == 201, answer.text
    return answer.json()


async def test_a_personal_token_is_shown_once_and_acts_for_its_owner(accounts):
    person = await accounts.person()
    made = await make(person, days=7)
    listed = (await person.browser.get("/api/tokens")).json()["items"]
    assert listed == [{key: value for key, value in made.items() if key != "token"}]
    left = datetime.fromisoformat(made["expires_at"]) - datetime.now(UTC)
    assert timedelta(days=6) < left <= timedelta(days=7)
    async with accounts.client(made["token"]) as script:
        who = (await script.get("/api/session")).json()
    assert (who["account_id"], who["role"]) == (person.account_id, "uploader")


async def test_a_personal_token_shrinks_with_its_owners_role_and_grows_no_further_than_it_was_made(accounts):
    await accounts.person("operator")
    owner = await accounts.person("operator")
    full, narrow = await make(owner), await make(owner, role="uploader")

    async def role_of(token):
        found = await accounts.access.find(token["token"])
        return found and found.role

    assert [await role_of(full), await role_of(narrow)] == [Role.OPERATOR, Role.UPLOADER]
    async with accounts.operator() as operator:
        address = f"/api/people/{owner.account_id}"
        await operator.patch(address, json={"role": "uploader"})
        await until(lambda: role_is(role_of(full), Role.UPLOADER), "the token is an uploader's")
        await operator.patch(address, json={"role": "operator"})
        await until(lambda: role_is(role_of(full), Role.OPERATOR), "the token is an operator's again")
    assert await role_of(narrow) is Role.UPLOADER


async def role_is(found, role):
    return await found is role


async def test_an_uploaders_token_makes_no_operators_token(accounts):
    made = await make(await accounts.person(), role="operator")
    assert made["role"] == "uploader"


async def test_a_revoked_token_is_refused_everywhere_and_its_owners_session_stays(accounts):
    person = await accounts.person()
    made = await make(person)
    address = f"/api/tokens/{made['token_id']}"
    assert [(await person.browser.delete(address)).status_code for _ in range(2)] == [204, 404]
    await accounts.unknown_everywhere(made["token"])
    assert await accounts.known(person.session)


async def test_only_its_owner_and_operators_see_and_revoke_a_token(accounts):
    owner, other = await accounts.person(), await accounts.person()
    made = await make(owner)
    address = f"/api/tokens/{made['token_id']}"
    assert (await other.browser.get("/api/tokens")).json()["items"] == []
    assert (await other.browser.delete(address)).status_code == 404
    async with accounts.operator() as operator:
        assert [item["token_id"] for item in (await operator.get("/api/tokens")).json()["items"]] == [made["token_id"]]
        assert (await operator.delete(address)).status_code == 204


async def test_signing_out_of_a_browser_with_a_personal_token_revokes_nothing(accounts):
    made = await make(await accounts.person())
    async with accounts.client() as browser:
        assert (await browser.post("/api/session", json={"token": made["token"]})).status_code == 200
        assert (await browser.delete("/api/session")).status_code == 204
    assert await accounts.known(made["token"])


async def test_a_token_of_the_token_file_has_no_account_to_make_tokens_for(accounts):
    async with accounts.client("uploader-token") as script:
        refused = await script.post("/api/tokens", json={"name": "script"})
        assert (refused.status_code, (await script.get("/api/tokens")).json()) == (409, {"items": []})
