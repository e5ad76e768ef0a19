"""Deleting and bringing back, renaming, tagging, one at a time or many, and showing an earlier version again."""

from uuid import uuid4

from e2e.dashboard.media import PNG, card, put
from playwright.sync_api import expect


def test_what_was_deleted_is_in_the_trash_with_its_days_and_comes_back(visitor, system):
    mark = uuid4().hex[:8]
    with system.client("uploader") as client:
        media_id = put(client, f"{mark}.png", PNG + mark.encode())
        client.delete(f"/api/media/{media_id}").raise_for_status()
        page = visitor.sign_in("uploader")
        page.get_by_role("link", name="Trash").click()
        row = page.locator(".trash-list > li").filter(has_text=mark)
        expect(row).to_contain_text("30 days left")
        row.get_by_role("button", name=f"Restore {mark}.png").click()
        expect(row).to_have_count(0)
        page.get_by_role("link", name="Library").first.click()
        expect(card(page, mark)).to_be_visible()
        assert client.get(f"/api/media/{media_id}").status_code == 200


def test_a_title_and_tags_are_given_in_place_and_found(visitor, system):
    mark = uuid4().hex[:8]
    with system.client("uploader") as client:
        media_id = put(client, "picture.png", PNG + mark.encode())
    page = visitor.sign_in("uploader")
    visitor.open(f"#/media/{media_id}")
    page.get_by_role("button", name="Rename").click()
    page.get_by_role("textbox", name="Title").fill(f"Menu {mark}")
    page.get_by_role("textbox", name="Title").press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text(f"Menu {mark}")
    for tag in ("canteen", "weekly"):
        page.get_by_role("textbox", name="Add a tag").fill(tag)
        page.get_by_role("textbox", name="Add a tag").press("Enter")
        expect(page.get_by_role("button", name=f"Remove the tag {tag}")).to_be_visible()
    page.get_by_role("button", name="Remove the tag canteen").click()
    expect(page.locator(".tags .chip")).to_have_text(["weekly"])
    page.reload()
    expect(page.get_by_role("heading", level=1)).to_have_text(f"Menu {mark}")
    visitor.open(f"#/library?q=menu {mark}")
    expect(card(page, mark)).to_contain_text("#weekly")


def test_an_earlier_version_is_shown_again(visitor, system):
    mark = uuid4().hex[:8]
    with system.client("uploader") as client:
        media_id = put(client, f"{mark}.png", PNG + b"first" + mark.encode())
        first = client.get(f"/api/media/{media_id}").json()["sha256"]
        new = client.put(f"/api/media/{media_id}", params={"filename": "new.png"}, content=PNG + mark.encode())
        new.raise_for_status()
        page = visitor.sign_in("uploader")
        visitor.open(f"#/media/{media_id}")
        page.get_by_role("button", name="Show this version again").click()
        expect(page.locator(".versions > li")).to_have_count(3)
        expect(page.locator(".versions > li").first).to_contain_text("Current")
        assert client.get(f"/api/media/{media_id}").json()["sha256"] == first


def test_many_are_tagged_and_trashed_at_once_and_come_back(visitor, system):
    mark = uuid4().hex[:8]
    with system.client("uploader") as client:
        for name in "abc":
            put(client, f"{name} {mark}.png", PNG + name.encode() + mark.encode())
    page = visitor.sign_in("uploader")
    visitor.open(f"#/library?q={mark}&sort=name")
    cards = page.locator("info-medium-card")
    expect(cards).to_have_count(3)
    cards.nth(0).get_by_role("checkbox").check()
    cards.nth(2).get_by_role("checkbox").click(modifiers=["Shift"])
    bar = page.get_by_role("region", name="What is chosen")
    expect(bar).to_contain_text("3 files chosen")
    bar.get_by_role("textbox", name="Add a tag").fill("weekly")
    bar.get_by_role("textbox", name="Add a tag").press("Enter")
    expect(cards.filter(has_text="#weekly")).to_have_count(3)
    cards.nth(1).get_by_role("checkbox").uncheck()
    bar.get_by_role("button", name="Delete").click()
    expect(cards).to_have_count(1)
    expect(bar).to_be_hidden()
    page.locator("info-notices").get_by_role("button", name="Undo").click()
    expect(cards).to_have_count(3)
