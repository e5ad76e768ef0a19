"""Who gets in, how, and what they see."""

from uuid import uuid4

import pytest
from playwright.sync_api import expect
from support.until import wait_until


def test_a_sign_in_link_leaves_no_token_in_the_address(visitor):
    page = visitor.sign_in("operator")
    assert "token" not in page.url
    page.go_back()
    assert "token" not in page.url


@pytest.mark.exhaustive
def test_the_session_outlives_a_reload(visitor):
    page = visitor.sign_in("uploader")
    page.reload()
    expect(page.get_by_role("heading", name="Library")).to_be_visible()


def test_a_wrong_token_is_refused_in_words_and_the_right_one_gets_in(visitor):
    page = visitor.open()
    page.get_by_label("Token").fill("iso_no-such-token")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_contain_text("not valid")
    page.get_by_label("Token").fill(visitor.tokens["uploader"])
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Library")).to_be_visible()


@pytest.mark.exhaustive
def test_a_wrong_sign_in_link_says_so(visitor):
    page = visitor.open("#token=iso_no-such-token")
    expect(page.get_by_role("alert")).to_contain_text("not valid")


def test_a_players_token_is_told_where_it_belongs(visitor):
    page = visitor.open()
    page.get_by_label("Token").fill(visitor.tokens["player"])
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("player")


def test_signing_out_ends_the_session(visitor):
    page = visitor.sign_in("uploader")
    page.get_by_role("button", name="Account and appearance").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_label("Token")).to_be_visible()
    page.reload()
    expect(page.get_by_label("Token")).to_be_visible()


def test_uploaders_see_the_library_and_nothing_of_operators(visitor):
    page = visitor.sign_in("uploader")
    expect(page.get_by_role("heading", name="Library")).to_be_visible()
    expect(page.get_by_role("link", name="Screens")).to_have_count(0)
    visitor.open("#/operations")
    expect(page.get_by_role("heading", name="Library")).to_be_visible()
    expect(page.locator("info-operations")).to_have_count(0)


def test_operators_see_everything(visitor):
    page = visitor.sign_in("operator")
    for name in ("Screens", "Operations", "Library"):
        page.get_by_role("link", name=name, exact=True).click()
        expect(page.get_by_role("heading", name=name, level=1)).to_be_visible()


def test_the_page_speaks_german_and_keeps_to_it(visit):
    visitor = visit(locale="de-AT")
    page = visitor.sign_in("uploader")
    expect(page.get_by_role("heading", name="Mediathek")).to_be_visible()
    assert page.locator("html").get_attribute("lang") == "de"
    page.get_by_role("button", name="Konto").click()
    page.get_by_role("radio", name="English").click()
    expect(page.get_by_role("heading", name="Library")).to_be_visible()
    page.reload()
    expect(page.get_by_role("heading", name="Library")).to_be_visible()


@pytest.mark.exhaustive
def test_a_chosen_appearance_outlives_a_reload(visitor):
    page = visitor.sign_in("uploader")
    page.get_by_role("button", name="Account").click()
    page.get_by_role("radio", name="Dark").check()
    page.reload()
    page.locator("info-header").wait_for()
    assert page.locator("html").get_attribute("data-theme") == "dark"


def test_an_invite_makes_an_account_that_signs_in_with_its_password(visitor, system):
    with system.client() as operator:
        made = operator.post("/api/invites", json={"name": "Ada", "role": "uploader"}).raise_for_status().json()
    page = visitor.open(f"#invite={made['secret']}")
    expect(page.get_by_label("Your name")).to_be_focused()
    assert made["secret"] not in page.url
    page.get_by_label("Your name").fill("Ada")
    page.get_by_label("E-mail address").fill("ada@example.org")
    page.get_by_label("New password").fill("correct horse battery")
    page.get_by_role("button", name="Create the account").click()
    expect(page.get_by_role("heading", name="Library")).to_be_visible()
    page.get_by_role("button", name="Account and appearance (Ada)").click()
    page.get_by_role("button", name="Sign out").click()
    page.get_by_label("E-mail address").fill("ada@example.org")
    page.get_by_label("Password").fill("a wrong password")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("do not match")
    page.get_by_label("Password").fill("correct horse battery")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Library")).to_be_visible()


@pytest.mark.parametrize("link", ["invite", "password"])
def test_the_secret_of_a_link_is_in_no_address_and_no_referer_that_leaves_the_browser(visitor, link):
    secret = f"isi_{uuid4().hex}"
    sent = []
    visitor.page.on("request", lambda request: sent.append(f"{request.url} {request.headers.get('referer', '')}"))
    page = visitor.open(f"#{link}={secret}")
    page.get_by_label("New password").fill("correct horse battery")
    if link == "invite":
        page.get_by_label("Your name").fill("Eve")
        page.get_by_label("E-mail address").fill("eve@example.org")
    page.get_by_role("button", name="password and sign in" if link == "password" else "Create the account").click()
    expect(page.get_by_role("alert")).to_contain_text("used, expired or wrong")
    requests = [one for one in sent if "#" not in one]  # the document's own address is told with its fragment
    assert any("/api/" in one for one in requests)
    assert not any(secret in one for one in requests)


def token_of(system, role: str) -> str:
    """A personal token of a new account."""
    with system.client() as operator, system.client() as person:
        invite = operator.post("/api/invites", json={"name": role, "role": role}).json()["secret"]
        account = {"name": role, "email": f"{uuid4().hex}@example.org", "password": "correct horse battery"}
        accepted = person.post("/api/people", json={"invite": invite, **account}).raise_for_status()
        person.headers["Authorization"] = f"Bearer {accepted.cookies['infoscreen_session']}"
        return person.post("/api/tokens", json={"name": "browser"}).raise_for_status().json()["token"]


def test_a_viewer_is_offered_no_change_and_an_editor_plans_without_operations(visitor, visit, system):
    page = visitor.open(f"#token={token_of(system, 'viewer')}")
    expect(page.get_by_role("heading", name="Library")).to_be_visible()
    expect(page.get_by_role("button", name="Upload", exact=True)).to_have_count(0)
    expect(page.get_by_role("link", name="Screens")).to_have_count(0)
    page = visit().open(f"#token={token_of(system, 'editor')}")
    page.get_by_role("link", name="Schedule", exact=True).click()
    expect(page.get_by_role("heading", name="Schedule", level=1)).to_be_visible()
    expect(page.get_by_role("link", name="Operations")).to_have_count(0)


def test_an_operator_invites_a_person_and_changes_what_they_may_do(visit, system):
    visitor = visit(permissions=["clipboard-read", "clipboard-write"])
    page = visitor.sign_in("operator")
    page.get_by_role("link", name="Operations", exact=True).click()
    page.get_by_role("link", name="People", exact=True).click()
    page.get_by_label("Whom the link is for").fill("Grace")
    page.get_by_role("button", name="Copy an invite link").click()
    expect(page.get_by_text("The link for Grace is copied")).to_be_visible()
    link = page.evaluate("navigator.clipboard.readText()")
    guest = visit()
    guest.page.goto(link)
    email = f"grace-{uuid4().hex}@example.org"
    guest.page.get_by_label("Your name").fill("Grace")
    guest.page.get_by_label("E-mail address").fill(email)
    guest.page.get_by_label("New password").fill("correct horse battery")
    guest.page.keyboard.press("Enter")
    expect(guest.page.get_by_role("heading", name="Library")).to_be_visible()
    page.reload()
    row = page.locator("info-people tr").filter(has_text=email)
    row.get_by_label("Role of Grace").select_option("editor")
    with system.client() as client:
        wait_until(lambda: role_of(client, email) == "editor", "Grace is an editor")
    row.get_by_role("button", name="Disable Grace").click()
    page.get_by_role("dialog").get_by_role("button", name="Disable").click()
    expect(row.get_by_text("Disabled")).to_be_visible()
    expect(guest.page.get_by_label("E-mail address")).to_be_visible()  # signed out


def role_of(client, email: str) -> str:
    return next(item["role"] for item in client.get("/api/people").json()["items"] if item["email"] == email)
