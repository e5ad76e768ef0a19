"""Who is let in, and what becomes of the token file when an operator edits it."""

import asyncio
import json
import os
import time
from typing import Annotated

import httpx
import pytest
import structlog
from fastapi import Depends, FastAPI
from support.until import until

from infoscreen.common import auth
from infoscreen.common.auth import (
    SESSION_COOKIE,
    Principal,
    Right,
    TokenFile,
    TokenFileError,
    new_token,
    require,
    token_digest,
    while_allowed,
)
from infoscreen.common.errors import UnavailableError
from infoscreen.common.problem import ProblemError, install_problem_handlers
from infoscreen.common.roles import Role


def ann() -> Principal:
    return Principal("ann", Role.OPERATOR)


def entry(name, role, token):
    return {"name": name, "role": role, "sha256": token_digest(token)}


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "tokens.json"
    path.write_text(json.dumps([entry("ann", "operator", "a-token"), entry("bob", "uploader", "b-token")]))
    return path


def rewrite(path, text):
    """As an operator's tool would: a new file in the place of the old one."""
    fresh = path.with_suffix(".new")
    fresh.write_text(text)
    fresh.replace(path)


def test_a_token_is_known_by_its_digest_only(path):
    tokens = TokenFile(path)
    assert tokens.find("a-token") == Principal("ann", Role.OPERATOR)
    assert tokens.find(token_digest("a-token")) is None
    assert tokens.find("") is None


def test_a_token_that_is_taken_out_is_revoked_at_once(path):
    tokens = TokenFile(path)
    rewrite(path, json.dumps([entry("bob", "uploader", "b-token"), entry("cy", "player", "c-token")]))
    assert tokens.find("a-token") is None
    assert tokens.find("c-token") == Principal("cy", Role.PLAYER)


def in_place(path, text):
    path.write_text(text)


def in_place_with_the_time_of_before(path, text):
    status = path.stat()
    path.write_text(text.ljust(status.st_size))
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))


def switch_the_folder(path, text):
    """As Kubernetes does: the name stays, and the folder that it leads to through ..data is another one."""
    fresh = path.parent / f"..{time.time_ns()}"
    fresh.mkdir()
    (fresh / path.name).write_text(text)
    link = path.parent / "..data.new"
    link.symlink_to(fresh.name)
    link.replace(path.parent / "..data")
    if not path.is_symlink():
        path.unlink()
        path.symlink_to(f"..data/{path.name}")


@pytest.mark.parametrize(
    "change", [rewrite, in_place, in_place_with_the_time_of_before, switch_the_folder], ids=lambda way: way.__name__
)
def test_a_token_is_revoked_however_the_file_is_written(path, change):
    without_ann = json.dumps([entry("bob", "uploader", "b-token")])
    change(path, path.read_text())
    tokens = TokenFile(path)
    assert tokens.find("a-token") is not None
    change(path, without_ann)
    assert tokens.find("a-token") is None
    assert tokens.find("b-token") is not None


def test_a_change_in_place_within_the_same_moment_is_seen(path):
    tokens = TokenFile(path)
    status = path.stat()
    path.write_text("[]")
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert tokens.find("a-token") is None


@pytest.mark.parametrize("broken", ["", "[{", '{"name": 1}', '[{"name": "x", "role": "king", "sha256": "00"}]'])
def test_a_broken_change_is_logged_once_and_leaves_the_tokens_in_force(path, broken):
    tokens = TokenFile(path)
    rewrite(path, broken)
    with structlog.testing.capture_logs() as logs:
        assert tokens.find("a-token") == Principal("ann", Role.OPERATOR)
        assert tokens.find("b-token") is not None
    assert [line["event"] for line in logs] == ["token_file_unreadable"]
    rewrite(path, json.dumps([entry("dan", "operator", "d-token")]))
    assert tokens.find("d-token") is not None
    assert tokens.find("a-token") is None


def test_a_file_that_goes_away_leaves_the_tokens_in_force_until_it_is_back(path):
    tokens = TokenFile(path)
    path.unlink()
    assert tokens.find("a-token") is not None
    path.write_text("[]")
    assert tokens.find("a-token") is None


@pytest.mark.parametrize("content", [None, "", "[{"])
def test_a_service_does_not_start_without_a_readable_file(tmp_path, content):
    path = tmp_path / "tokens.json"
    if content is not None:
        path.write_text(content)
    with pytest.raises(TokenFileError, match=str(path)):
        TokenFile(path)


def test_the_complaint_about_a_broken_file_does_not_quote_it(tmp_path):
    path = tmp_path / "tokens.json"
    path.write_text('[{"name": "ann", "role": "operator", "token": "in-the-clear"}]')
    with pytest.raises(TokenFileError) as caught:
        TokenFile(path)
    assert "in-the-clear" not in str(caught.value)


def test_new_tokens_are_long_distinct_and_say_what_they_are():
    tokens = {new_token("isp") for _ in range(100)}
    assert len(tokens) == 100
    assert all(token.startswith("isp_") and len(token) >= 40 for token in tokens)


@pytest.fixture
def client(path):
    tokens = TokenFile(path)
    app = FastAPI()
    install_problem_handlers(app)

    async def authenticate(token):
        return tokens.find(token)

    @app.api_route("/operators", methods=["GET", "POST"])
    async def operators(who: Annotated[Principal, Depends(require(authenticate, Role.OPERATOR))]):
        return who.name

    @app.get("/every-role")
    async def every_role(who: Annotated[Principal, Depends(require(authenticate, *Role))]):
        return who.name

    return httpx.AsyncClient(transport=httpx.ASGITransport(app, raise_app_exceptions=False), base_url="http://test")


def bearer(token, scheme="Bearer"):
    return {"Authorization": f"{scheme} {token}"}


async def test_a_valid_token_of_the_role_is_let_in(client):
    assert (await client.get("/operators", headers=bearer("a-token"))).json() == "ann"
    assert (await client.get("/operators", headers=bearer("a-token", "bearer"))).json() == "ann"


@pytest.mark.parametrize(
    "headers", [{}, bearer("wrong"), bearer("a-token", "Basic"), {"Authorization": "Bearer"}, {"Authorization": "ä"}]
)
async def test_without_a_valid_token_the_answer_is_401(client, headers):
    response = await client.get("/operators", headers={k: v.encode("latin-1") for k, v in headers.items()})
    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"] == "Bearer"
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["code"] == "unauthenticated"


async def test_a_token_of_another_role_gets_403_and_is_told_which_it_needs(client):
    response = await client.get("/operators", headers=bearer("b-token"))
    assert response.status_code == 403
    assert "operator" in response.json()["detail"]
    assert (await client.get("/every-role", headers=bearer("b-token"))).json() == "bob"


async def test_the_dashboards_cookie_is_as_good_as_the_header(client):
    client.cookies.set(SESSION_COOKIE, "a-token")
    assert (await client.get("/operators")).json() == "ann"


async def test_the_header_decides_where_there_are_both(client):
    client.cookies.set(SESSION_COOKIE, "a-token")
    assert (await client.get("/every-role", headers=bearer("b-token"))).json() == "bob"
    assert (await client.get("/every-role", headers=bearer("wrong"))).status_code == 401


SAME = {"Host": "show.example:8080"}


def from_browser(**headers):
    return SAME | {name.replace("_", "-"): value for name, value in headers.items()}


@pytest.mark.parametrize(
    "headers",
    [
        from_browser(Origin="http://evil.example"),
        from_browser(Origin="http://show.example"),
        from_browser(Origin="http://show.example:8080.evil.example"),
        from_browser(Origin="null"),
        from_browser(Origin="http://[broken"),
        from_browser(Sec_Fetch_Site="cross-site"),
        from_browser(Sec_Fetch_Site="same-site"),
        from_browser(Sec_Fetch_Site="cross-site", Origin="http://show.example:8080"),
    ],
)
async def test_a_page_of_another_site_changes_nothing_with_the_dashboards_cookie(client, headers):
    client.cookies.set(SESSION_COOKIE, "a-token")
    response = await client.post("/operators", headers=headers)
    assert (response.status_code, response.json()["code"]) == (403, "cross_site")
    assert (await client.get("/operators", headers=headers)).status_code == 200
    assert (await client.post("/operators", headers=headers | bearer("a-token"))).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        from_browser(Origin="http://show.example:8080"),
        from_browser(Origin="https://show.example:8080"),  # what ends TLS stands before the edge
        from_browser(Sec_Fetch_Site="same-origin", Origin="https://show.example"),
        from_browser(Sec_Fetch_Site="none"),
        SAME,  # no browser: each sends an Origin with what changes something
    ],
)
async def test_the_dashboards_own_pages_and_programs_may_use_the_cookie(client, headers):
    client.cookies.set(SESSION_COOKIE, "a-token")
    assert (await client.post("/operators", headers=headers)).status_code == 200


async def test_a_wait_ends_when_its_permission_is_revoked(monkeypatch):
    monkeypatch.setattr(auth, "RECHECK_SECONDS", 0.01)
    answers, ended = iter([None, UnavailableError("away"), None, ProblemError(401, "revoked", "Enrol it anew.")]), []

    async def check():
        if (error := next(answers)) is not None:
            raise error
        return ann()

    async def work():
        try:
            await asyncio.Event().wait()
        finally:
            ended.append(True)

    with pytest.raises(ProblemError, match="Enrol it anew"):
        await while_allowed(Right(ann(), check), work())
    await until(lambda: ended, "the work is cancelled")


async def test_a_result_is_withheld_when_its_permission_is_revoked():
    async def check():
        raise ProblemError(401, "revoked", "Enrol it anew.")

    async def work():
        return "a secret"

    with pytest.raises(ProblemError):
        await while_allowed(Right(ann(), check), work())


async def test_an_error_of_the_permitted_work_is_raised():
    async def check():
        return ann()

    async def work():
        raise UnavailableError("away")

    with pytest.raises(UnavailableError):
        await while_allowed(Right(ann(), check), work())


async def test_news_of_a_credential_has_its_permission_checked_at_once():
    person, checked = Principal("ann", Role.OPERATOR), []

    async def check():
        checked.append(True)
        if len(checked) == 1:
            return Principal("ann", Role.UPLOADER, changed=person.changed)  # still allowed, and there is more news
        raise ProblemError(401, "unauthenticated", "Sign in.")

    person.changed.set()
    with pytest.raises(ProblemError, match="Sign in"):
        await while_allowed(Right(person, check), asyncio.Event().wait())
    assert len(checked) == 2
