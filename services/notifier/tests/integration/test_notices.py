"""What happens in the system reaches people, once, signed, and however their own servers behave."""

import asyncio
import base64
import hashlib
import hmac
from datetime import UTC, datetime
from uuid import uuid4

from support.until import until

from infoscreen.common.events import ScreenBack, ScreenDark, ScreenOverridden, new_media_id, subjects
from infoscreen.common.messaging import topology

NOW = datetime(2026, 11, 27, 8, 0, tzinfo=UTC)


async def fail_deck(world, filename):
    deck = await world.stream.upload(filename=filename)
    await world.stream.fail(deck)
    return deck


async def came(receiver, what, amount=1):
    await until(lambda: len(receiver.requests) >= amount, what)


async def test_a_deck_that_failed_is_told_by_webhook_and_mail_with_its_name_and_what_to_do(world, receiver):
    secret = (await world.channel(receiver.url))["secret"]
    await world.channel("operators@example.org", "email")
    await fail_deck(world, "Figures.pptx")
    await came(receiver, "a webhook")
    headers, body = receiver.requests[0]
    assert body["type"] == "notice"
    [item] = body["data"]["items"]
    assert (item["topic"], item["state"]) == ("deck_failed", "trouble")
    assert item["text"] == "Figures.pptx: The file is damaged or incomplete. Open it, save it anew and upload it again."
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.{headers['raw']}".encode()
    key = base64.b64decode(secret.removeprefix("whsec_"))
    expected = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    assert headers["webhook-signature"] == f"v1,{expected}"
    await until(lambda: world.mailbox.messages, "a mail")
    [mail] = world.mailbox.messages
    assert mail["To"] == "operators@example.org"
    assert mail["Subject"] == "Infoscreen: Decks that could not be converted"
    assert "Figures.pptx: The file is damaged" in mail.get_content()


async def test_a_deck_that_lost_something_is_told_with_what(world, receiver):
    await world.channel(receiver.url)
    await world.stream.succeed(await world.stream.upload(filename="Lossy.pptx"))
    await came(receiver, "a webhook")
    assert [item["text"] for item in receiver.items] == ["Lossy.pptx: hidden slide (1)"]


async def test_a_dark_screen_and_its_return_are_told(world, receiver):
    await world.channel(receiver.url)
    screen = {"player_id": new_media_id(), "name": "Foyer", "last_seen_at": NOW}
    await world.stream.publish(ScreenDark(**screen))
    await came(receiver, "dark")
    await world.stream.publish(ScreenBack(**screen))
    await came(receiver, "back", 2)
    assert [(item["topic"], item["state"]) for item in receiver.items] == [
        ("screen_dark", "trouble"),
        ("screen_dark", "over"),
    ]
    assert receiver.items[0]["text"] == "Foyer: last heard of at 2026-11-27 08:00 UTC"


async def test_an_override_and_a_dead_letter_are_told_once_and_the_notifiers_own_dead_letters_never(world, receiver):
    await world.channel(receiver.url)
    await world.connection.js.publish("dead.notifier", b"", stream=topology.DEAD_LETTERS)
    await world.connection.js.publish("dead.converter", b"", stream=topology.DEAD_LETTERS)
    await world.stream.publish(ScreenOverridden(override_id=new_media_id(), until=NOW, created_by="Ada"))
    await until(lambda: len(receiver.items) >= 2, "both")
    texts = sorted(item["text"] for item in receiver.items)
    assert texts == [
        "Ada shows a text on every screen until 2026-11-27 08:00 UTC",
        "dead.converter: see `infoscreen dead-letters show 2`",
    ]


async def test_a_channel_is_told_only_of_the_topics_that_it_chose(world, receiver):
    await world.channel(receiver.url, topics=["override"])
    await fail_deck(world, "Figures.pptx")
    await world.stream.publish(ScreenOverridden(override_id=new_media_id(), until=NOW, created_by="Ada"))
    await came(receiver, "the override")
    assert {item["topic"] for item in receiver.items} == {"override"}


async def test_a_retry_has_the_same_id(world, receiver):
    answers = iter(["503 Service Unavailable", "500 Internal Server Error"])
    receiver.answer = lambda: next(answers, "204 No Content")
    await world.channel(receiver.url)
    await fail_deck(world, "Figures.pptx")
    await came(receiver, "the third attempt", 3)
    assert len({headers["webhook-id"] for headers, _ in receiver.requests}) == 1
    assert len({headers["raw"] for headers, _ in receiver.requests}) == 1

    async def arrived():
        [channel] = (await world.client.get("/api/channels")).json()["items"]
        return channel["last_attempt_at"] and channel["last_error"] is None

    await until(arrived, "the channel is well")
    assert len(receiver.requests) == 3


async def test_a_redirect_is_not_followed_and_the_channel_says_so(world, receiver, other_receiver):
    receiver.answer = lambda: f"302 Found\r\nLocation: {other_receiver.url}"
    channel = await world.channel(receiver.url)
    answer = await world.client.post(f"/api/channels/{channel['channel_id']}/test")
    assert answer.json() == {
        "delivered": False,
        "error": "127.0.0.1 redirects, which is not followed. Give the address that it leads to.",
    }
    assert other_receiver.requests == []


async def test_a_webhook_that_hangs_delays_no_other(world, receiver, other_receiver):
    receiver.hangs = asyncio.Event()
    await world.channel(receiver.url)
    await world.channel(other_receiver.url)
    await fail_deck(world, "One.pptx")
    await came(receiver, "the first is in hand")
    await came(other_receiver, "the other has it")
    await fail_deck(world, "Two.pptx")
    await came(other_receiver, "the other has the second", 2)
    assert len({headers["webhook-id"] for headers, _ in receiver.requests}) == 1


async def test_a_durable_that_is_made_anew_tells_nothing_old(world, receiver):
    await world.channel(receiver.url, topics=["deck_failed"])
    js = world.connection.js
    await js.delete_consumer(topology.STREAM, subjects.NOTICES.durable)
    await fail_deck(world, "Old.pptx")
    await topology.apply_durables(js)
    await fail_deck(world, "New.pptx")
    await came(receiver, "what is new")
    assert [item["text"].partition(":")[0] for item in receiver.items] == ["New.pptx"]


async def test_a_message_that_is_no_event_holds_nothing_up(world, receiver):
    await world.channel(receiver.url)
    await world.connection.js.publish(f"conversion.failed.{uuid4()}", b"nonsense")
    await fail_deck(world, "Figures.pptx")
    await came(receiver, "what follows")
