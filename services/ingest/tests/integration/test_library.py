"""Titles, tags and the trash on a real ingest: what is answered, and what is announced."""

import pytest

from infoscreen.common.events import (
    MediaDeleted,
    MediaRenamed,
    MediaRestored,
    MediaTagged,
    MediaTrashed,
    new_media_id,
)


@pytest.fixture
async def path(client, deck_form):
    """The path of a medium that is there."""
    return (await client.post("/api/media", **deck_form)).json()["links"]["self"]


async def test_title_and_tags_are_facts_and_the_answer_is_what_they_add_up_to(client, stream, path):
    named = await client.patch(path, json={"title": " Menu of the week ", "tags": ["canteen", "draft"]})
    assert named.status_code == 200
    assert (named.json()["title"], named.json()["tags"]) == ("Menu of the week", ["canteen", "draft"])
    tagged = await client.patch(path, json={"tags": ["weekly", "canteen"]})
    assert (tagged.json()["title"], tagged.json()["tags"]) == ("Menu of the week", ["canteen", "weekly"])
    uploaded, *facts = await stream.events()
    media_id = uploaded.media_id
    assert facts == [
        MediaRenamed(media_id=media_id, title="Menu of the week", renamed_by="bob"),
        MediaTagged(media_id=media_id, add=("canteen", "draft"), tagged_by="bob"),
        MediaTagged(media_id=media_id, add=("weekly",), remove=("draft",), tagged_by="bob"),
    ]


async def test_a_medium_without_a_title_is_called_by_its_filename(client, path):
    assert (await client.patch(path, json={"tags": []})).json()["title"] == "menu.pptx"


async def test_what_is_so_already_is_no_fact(client, stream, path):
    for _ in range(2):
        assert (await client.patch(path, json={"title": "Menu", "tags": ["a"]})).status_code == 200
    assert len(await stream.events()) == 3


@pytest.mark.parametrize(
    "body",
    [{}, {"title": ""}, {"title": "  "}, {"title": "a\nb"}, {"tags": [""]}, {"tags": ["x" * 51]}, {"name": "x"}, []],
)
async def test_labels_that_say_nothing_are_refused_with_the_reason(client, stream, path, body):
    refused = await client.patch(path, json=body)
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid_request")
    assert len(await stream.events()) == 1


async def test_a_body_beyond_the_limit_is_refused(client, path):
    refused = await client.patch(path, content=b" " * 300_000, headers={"Content-Type": "application/json"})
    assert refused.status_code == 413


async def test_what_is_in_the_trash_is_gone_until_it_is_restored(client, stream, path, deck_form):
    assert (await client.delete(path)).status_code == 204
    assert (await client.patch(path, json={"title": "Menu"})).status_code == 404
    assert (await client.put(path, **deck_form)).status_code == 404
    restored = await client.post(f"{path}/restore")
    assert (restored.status_code, restored.json()["filename"]) == (200, "menu.pptx")
    assert (await client.put(path, **deck_form)).status_code == 200
    assert [type(event) for event in await stream.events()][1:3] == [MediaTrashed, MediaRestored]


async def test_restoring_what_is_not_in_the_trash_changes_nothing(client, stream, path):
    assert (await client.post(f"{path}/restore")).status_code == 200
    assert len(await stream.events()) == 1
    assert (await client.post(f"/api/media/{new_media_id()}/restore")).status_code == 404


async def test_only_operators_delete_for_good(client, ingest, stream, path):
    refused = await client.delete(path, params={"permanently": True})
    assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")
    await client.delete(path)
    async with ingest.client("ann") as operator:
        assert (await operator.delete(path, params={"permanently": True})).status_code == 204
        assert (await operator.delete(path, params={"permanently": True})).status_code == 404
    assert (await client.post(f"{path}/restore")).status_code == 404
    uploaded, trashed, deleted = await stream.events()
    assert isinstance(trashed, MediaTrashed)
    assert deleted == MediaDeleted(media_id=uploaded.media_id, deleted_by="ann", generation=1)


async def test_an_earlier_version_is_shown_again_as_a_copy(client, stream, bucket, path, make_deck):
    assert (await client.put(path, params={"filename": "new.pptx"}, content=make_deck(title="new"))).status_code == 200
    shown = await client.post(f"{path}/versions/1/show")
    assert shown.status_code == 200
    first, _, again = await stream.events()
    assert (again.sha256, again.filename, again.replaces, again.restores) == (first.sha256, "menu.pptx", 2, 1)
    assert shown.json()["sha256"] == first.sha256
    await bucket.delete(first.object_key)  # as the clean-up does when its time is over
    assert (await bucket.digest(again.object_key)).sha256 == first.sha256


async def test_a_version_that_the_clean_up_took_first_is_refused_and_leaves_nothing(
    client, stream, bucket, path, make_deck
):
    await client.put(path, params={"filename": "new.pptx"}, content=make_deck(title="new"))
    first, second = await stream.events()
    await bucket.delete(first.object_key)
    refused = await client.post(f"{path}/versions/1/show")
    assert (refused.status_code, refused.json()["code"]) == (404, "not_found")
    assert [item.key for item in await bucket.list("originals/")] == [second.object_key]
    assert len(await stream.events()) == 2


async def test_only_earlier_versions_of_the_same_medium_are_shown_again(client, stream, path, deck_form):
    other = (await client.post("/api/media", **deck_form)).json()["links"]["self"]
    current = await client.post(f"{path}/versions/1/show")
    assert (current.status_code, current.json()["code"]) == (409, "shown_already")
    for refused in (f"{other}/versions/1/show", f"{path}/versions/99/show"):
        assert (await client.post(refused)).status_code == 404
    assert (await client.post(f"{path}/versions/0/show")).status_code == 422
    await client.delete(path)
    assert (await client.post(f"{path}/versions/1/show")).status_code == 404
    assert len(await stream.events("media.uploaded")) == 2
