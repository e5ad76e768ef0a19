"""POST, GET and DELETE /api/session with a token of the token file."""

import pytest

from infoscreen.common.auth import SESSION_COOKIE


async def test_a_token_becomes_a_cookie_that_scripts_and_other_sites_cannot_use(accounts):
    async with accounts.client() as browser:
        answer = await browser.post("/api/session", json={"token": "operator-token"})
        assert (answer.status_code, answer.json()) == (200, {"name": "operator", "role": "operator"})
        attributes = answer.headers["set-cookie"].lower()
        assert all(part in attributes for part in ("httponly", "samesite=strict", "path=/api"))
        assert (await browser.get("/api/session")).json()["role"] == "operator"
        assert (await browser.get("/api/session")).status_code == 200


async def test_signing_out_forgets_the_cookie(accounts):
    async with accounts.client() as browser:
        await browser.post("/api/session", json={"token": "uploader-token"})
        assert (await browser.delete("/api/session")).status_code == 204
        assert SESSION_COOKIE not in browser.cookies
        assert (await browser.get("/api/session")).status_code == 401
        assert (await browser.delete("/api/session")).status_code == 204


@pytest.mark.parametrize(
    ("body", "status"),
    [({"token": "wrong"}, 401), ({"token": "player-token"}, 403), ({"token": ""}, 422), ({}, 422), ([], 422)],
)
async def test_a_token_of_a_player_or_an_unknown_token_opens_no_session(accounts, body, status):
    async with accounts.client() as browser:
        answer = await browser.post("/api/session", json=body)
        assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
        assert SESSION_COOKIE not in browser.cookies
