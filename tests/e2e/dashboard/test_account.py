"""One's own account: password, sessions, personal tokens; and the link that sets another password."""

from uuid import uuid4

import httpx
import pytest
from playwright.sync_api import expect

PASSWORD, NEW, NEWEST = "correct horse battery", "battery staple correct", "staple battery horse"


@pytest.fixture
def ada(visit, system):
    """A visitor with an account, on its page; and the account's address."""
    name = f"Ada {uuid4().hex[:8]}"
    with system.client() as operator, httpx.Client(base_url=system.endpoints["edge"], timeout=60) as browser:
        invite = operator.post("/api/invites", json={"name": name, "role": "uploader"}).raise_for_status().json()
        account = {"name": name, "email": f"{uuid4().hex}@example.org", "password": PASSWORD}
        browser.post("/api/people", json={"invite": invite["secret"], **account}).raise_for_status()
    visitor = visit(permissions=["clipboard-read", "clipboard-write"])
    signed_in(visitor, account["email"], PASSWORD)
    visitor.page.get_by_role("button", name="Account and appearance").click()
    visitor.page.get_by_role("link", name="My account").click()
    return visitor, account


def signed_in(visitor, email, password):
    page = visitor.open()
    page.get_by_label("E-mail address").fill(email)
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("button", name="Sign in").click()
    expect(page.locator("info-header")).to_be_visible()


def test_a_password_is_changed_and_a_wrong_one_changes_nothing(ada, visit):
    visitor, account = ada
    page = visitor.page
    for current, said in ((NEW, "current password is not right"), (PASSWORD, "Your password is changed")):
        page.get_by_label("Password now").fill(current)
        page.get_by_label("New password").fill(NEW)
        page.get_by_role("button", name="Change the password").click()
        expect(page.locator("info-notices")).to_contain_text(said)
    signed_in(visit(), account["email"], NEW)


def test_a_personal_token_is_copied_once_acts_for_its_owner_and_is_revoked(ada, system):
    visitor, account = ada
    page = visitor.page
    page.get_by_label("What it is for").fill("Canteen menu")
    page.get_by_label("Allows at most").select_option("viewer")
    page.get_by_role("button", name="Copy a new token").click()
    expect(page.locator("info-notices")).to_contain_text("not shown again")
    token = page.evaluate("navigator.clipboard.readText()")
    bearer = {"Authorization": f"Bearer {token}"}
    with httpx.Client(base_url=system.endpoints["edge"], headers=bearer, timeout=60) as script:
        who = script.get("/api/session").json()
        assert (who["email"], who["role"]) == (account["email"], "viewer")
        assert token not in page.content()
        page.get_by_role("button", name="Revoke the token “Canteen menu”").click()
        expect(page.get_by_role("button", name="Revoke the token")).to_have_count(0)
        assert script.get("/api/session").status_code == 401


def test_signing_out_everywhere_ends_the_other_browser_too(ada, visit):
    visitor, account = ada
    other = visit()
    signed_in(other, account["email"], PASSWORD)
    visitor.page.reload()
    expect(visitor.page.locator("info-account tbody tr").filter(has_text="this one")).to_have_count(1)
    visitor.page.get_by_role("button", name="Sign out everywhere").click()
    visitor.page.get_by_role("dialog").get_by_role("button", name="Sign out everywhere").click()
    for page in (visitor.page, other.page):
        expect(page.get_by_label("Token")).to_be_visible()


def test_an_operators_link_sets_another_password_once(ada, visit):
    _, account = ada
    operator = visit(permissions=["clipboard-read", "clipboard-write"])
    page = operator.sign_in("operator")
    operator.open("#/people")
    page.get_by_role("button", name=f"Password link for {account['name']}").click()
    expect(page.locator("info-notices")).to_contain_text("sets another password, once")
    fragment = page.evaluate("navigator.clipboard.readText()").partition("#")[2]
    forgetful = visit()
    page = forgetful.open(f"#{fragment}")
    page.get_by_label("New password").fill(NEWEST)
    page.get_by_role("button", name="Set the password and sign in").click()
    expect(page.locator("info-header")).to_be_visible()
    assert "password" not in page.url
    late = visit()
    page = late.open(f"#{fragment}")
    page.get_by_label("New password").fill(NEWEST)
    page.get_by_role("button", name="Set the password and sign in").click()
    expect(page.get_by_role("alert")).to_contain_text("used, expired or wrong")


def test_a_token_of_the_token_file_is_told_that_it_has_no_account(visitor):
    page = visitor.sign_in("operator")
    visitor.open("#/account")
    expect(page.locator("info-account")).to_contain_text("has no account")
    expect(page.get_by_role("button", name="Change the password")).to_have_count(0)
