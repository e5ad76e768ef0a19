"""Whose a medium is, what that allows, and how an editor hands it over."""

from uuid import uuid4

from e2e.dashboard.media import PNG, card, put
from playwright.sync_api import expect


def test_an_uploader_looks_at_another_persons_medium_and_is_told_whose_it_is(visitor, system):
    mark = uuid4().hex[:8]
    with system.client() as operator, system.client("uploader") as uploader:
        foreign = put(operator, f"foreign {mark}.png", PNG + b"foreign" + mark.encode())
        own = put(uploader, f"own {mark}.png", PNG + b"own" + mark.encode())
    page = visitor.sign_in("uploader")
    visitor.open(f"#/library?q={mark}")
    expect(card(page, f"own {mark}").get_by_role("checkbox")).to_have_count(1)
    expect(card(page, f"foreign {mark}").get_by_role("checkbox")).to_have_count(0)
    visitor.open(f"#/media/{foreign}")
    actions = page.locator("info-medium-actions")
    expect(actions).to_contain_text("This belongs to embedded-operator. You may look at it")
    for refused in ("Replace", "Delete", "Rename", "Hand over"):
        expect(page.get_by_role("button", name=refused)).to_have_count(0)
    visitor.open(f"#/media/{own}")
    expect(actions.get_by_role("button", name="Delete")).to_be_visible()
    expect(actions).not_to_contain_text("belongs to")


def test_a_medium_is_handed_over_to_an_account_whose_page_follows(visitor, visit, system):
    mark = uuid4().hex[:8]
    name = f"Ada {mark}"
    with system.client() as operator, system.client("uploader") as uploader:
        media_id = put(uploader, f"{mark}.png", PNG + mark.encode())
        secret = operator.post("/api/invites", json={"name": name, "role": "uploader"}).json()["secret"]
    ada = visit().open(f"#invite={secret}")
    ada.get_by_label("Your name").fill(name)
    ada.get_by_label("E-mail address").fill(f"{mark}@example.org")
    ada.get_by_label("New password").fill("correct horse battery")
    ada.get_by_role("button", name="Create the account").click()
    ada.locator("info-header").wait_for()
    ada.evaluate("address => { location.hash = address; }", f"#/media/{media_id}")
    expect(ada.locator("info-medium-actions")).to_contain_text("This belongs to embedded-uploader")
    page = visitor.sign_in("operator")
    visitor.open(f"#/media/{media_id}")
    page.get_by_role("button", name="Hand over…").click()
    page.get_by_role("combobox", name="New owner").select_option(name)
    page.get_by_role("dialog").get_by_role("button", name="Hand over", exact=True).click()
    expect(page.locator("info-medium-facts")).to_contain_text(f"Owner{name}")
    expect(ada.get_by_role("button", name="Delete")).to_be_visible()
    expect(ada.locator("info-medium-actions")).not_to_contain_text("This belongs to")
