"""Who may change a medium on a real ingest: its owner, and editors; and how an editor hands it over."""

import asyncio
import base64

import pytest
from support.until import until

from infoscreen.common.events import MediaOwned, new_media_id


@pytest.fixture
async def made(client, deck_form):
    """A medium of Bob's."""
    return (await client.post("/api/media", **deck_form)).json()


@pytest.fixture
def path(made):
    return made["links"]["self"]


@pytest.fixture
async def carol(ingest, client):
    """Another uploader."""
    async with ingest.client("carol") as carol:
        yield carol


@pytest.fixture
async def eve(ingest, client):
    """An editor."""
    async with ingest.client("eve") as eve:
        yield eve


async def test_a_medium_handed_over_is_the_other_persons_to_change(*, client, carol, eve, stream, path):
    handed_over = await eve.patch(path, json={"owner": "carol"})
    assert (handed_over.status_code, handed_over.json()["owner"]) == (200, "carol")
    refused = await client.patch(path, json={"title": "mine"})
    assert (refused.status_code, refused.json()["code"]) == (403, "not_owner")
    named = await carol.patch(path, json={"title": "Menu"})
    assert (named.status_code, named.json()["owner"]) == (200, "carol")
    uploaded, owned, _ = await stream.events()
    assert owned == MediaOwned(media_id=uploaded.media_id, owner="carol", handed_over_by="eve")


async def test_handing_over_to_the_owner_is_no_fact(eve, stream, path):
    assert (await eve.patch(path, json={"owner": "bob"})).status_code == 200
    assert len(await stream.events()) == 1


async def test_uploaders_do_not_hand_over_even_their_own(client, stream, path):
    refused = await client.patch(path, json={"owner": "carol", "title": "x"})
    assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")
    assert len(await stream.events()) == 1


async def test_replacing_keeps_the_owner_and_restoring_does_too(*, client, carol, eve, stream, path, make_deck):
    await eve.patch(path, json={"owner": "carol"})
    assert (await eve.put(path, params={"filename": "b.pptx"}, content=make_deck(title="b"))).status_code == 200
    assert (await carol.post(f"{path}/versions/1/show")).status_code == 200
    assert (await carol.delete(path)).status_code == 204
    assert (await client.post(f"{path}/restore")).status_code == 403
    assert (await carol.post(f"{path}/restore")).json()["owner"] == "carol"
    assert [upload.owner for upload in await stream.events("media.uploaded")] == ["bob", "carol", "carol"]


async def test_a_medium_from_before_owners_is_for_editors(*, client, eve, outbox, announce, uploaded):
    old = uploaded().model_copy(update={"uploaded_by": "bob"})
    await outbox.announcer.announce(announce(old))
    path = f"/api/media/{old.media_id}"
    assert (await client.delete(path)).status_code == 403
    assert (await eve.patch(path, json={"tags": ["old"]})).json()["owner"] is None
    await eve.patch(path, json={"owner": "bob"})
    assert (await client.delete(path)).status_code == 204


async def test_an_action_on_many_is_refused_for_those_of_others(*, client, carol, path, made, deck_form):
    own = (await carol.post("/api/media", **deck_form)).json()["media_id"]
    unknown = str(new_media_id())
    body = {"action": "trash", "media_ids": [made["media_id"], own, unknown]}
    results = (await carol.post("/api/media/actions", json=body)).json()["results"]
    assert [result["status"] for result in results] == [403, 200, 404]
    assert "another person" in results[0]["detail"]
    assert (await client.patch(path, json={"title": "still there"})).status_code == 200


async def test_a_medium_handed_over_while_its_replacement_comes_stays_as_it_is(
    *, client, eve, stream, bucket, unfinished, path, make_deck
):
    handed_over = asyncio.Event()
    content = make_deck(padding_bytes=6 * 1024**2)

    async def slow():
        yield content[:-1000]
        await handed_over.wait()
        yield content[-1000:]

    key = {"Idempotency-Key": "menu"}
    replacing = asyncio.create_task(client.put(path, params={"filename": "b.pptx"}, content=slow(), headers=key))
    await unfinished(1)
    assert (await eve.patch(path, json={"owner": "carol"})).status_code == 200
    handed_over.set()
    refused = await replacing
    assert (refused.status_code, refused.json()["code"]) == (403, "not_owner")
    assert len(await stream.events("media.uploaded")) == 1

    async def nothing_left() -> bool:
        return len(await bucket.list("originals/")) == 1 and await bucket.list("keys/") == []

    await until(nothing_left, "nothing of the refused replacement is left")
    await unfinished(0)


TUS = {"Tus-Resumable": "1.0.0", "Content-Type": "application/offset+octet-stream"}


def described(length, **values):
    encoded = (f"{name} {base64.b64encode(value.encode()).decode()}" for name, value in values.items())
    return TUS | {"Upload-Length": str(length), "Upload-Metadata": ",".join(encoded)}


async def test_a_resumable_upload_makes_a_medium_of_who_began_it(client, stream, deck):
    begun = await client.post("/api/uploads", content=deck, headers=described(len(deck), filename="menu.pptx"))
    assert begun.status_code == 201
    [event] = await stream.events()
    assert event.owner == "bob"


async def test_a_resumable_replacement_is_for_the_owner_and_editors(*, client, carol, eve, stream, made, deck):
    head = described(len(deck), filename="menu.pptx", replaces=made["media_id"])
    refused = await carol.post("/api/uploads", headers=head)
    assert (refused.status_code, refused.json()["code"]) == (403, "not_owner")
    for person in (client, eve):
        assert (await person.post("/api/uploads", content=deck, headers=head)).status_code == 201
    assert [(e.uploaded_by, e.owner) for e in await stream.events()] == [("bob", "bob"), ("bob", "bob"), ("eve", "bob")]


async def test_a_resumable_replacement_of_what_was_handed_over_is_refused_and_leaves_nothing(
    *, client, eve, stream, bucket, made, path, deck
):
    head = described(len(deck), filename="menu.pptx", replaces=made["media_id"])
    url = (await client.post("/api/uploads", content=deck[:100], headers=head)).headers["Location"]
    await eve.patch(path, json={"owner": "carol"})
    refused = await client.patch(url, content=deck[100:], headers=TUS | {"Upload-Offset": "100"})
    assert (refused.status_code, refused.json()["code"]) == (403, "not_owner")
    assert len(await stream.events("media.uploaded")) == 1
    assert len(await bucket.list("originals/")) == 1
    assert (await client.head(url, headers=TUS)).status_code == 410
