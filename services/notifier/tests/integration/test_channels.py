"""Channels over HTTP: operators keep them, and every refusal says what to do."""

import pytest
from support.catalog import TOKENS

ANYTHING = {"name": "Us", "kind": "webhook", "target": "https://example.org/hook"}


async def test_a_channel_is_added_listed_changed_and_deleted(world):
    created = await world.channel("https://example.org/hook")
    address = f"/api/channels/{created['channel_id']}"
    assert created["secret"].startswith("whsec_")
    assert set(created["topics"]) >= {"deck_failed", "screen_dark", "dead_letter", "override", "disk"}
    known = (await world.client.get(address)).json()
    assert "secret" not in known
    assert (await world.client.get("/api/channels")).json() == {"items": [known]}
    changed = await world.client.patch(address, json={"name": "Operators"})
    assert (changed.status_code, changed.json()) == (200, known | {"name": "Operators"})
    replaced = await world.client.put(address, json=ANYTHING | {"topics": ["disk"]})
    assert (replaced.status_code, replaced.json()["topics"]) == (200, ["disk"])
    assert (await world.client.delete(address)).status_code == 204
    assert (await world.client.get(address)).status_code == 404


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"target": "http://10.1.2.3/hook"}, "NOTIFIER_ALLOWED_NETWORKS"),
        ({"target": "http://[::ffff:10.1.2.3]/hook"}, "NOTIFIER_ALLOWED_NETWORKS"),
        ({"target": "http://169.254.169.254/latest"}, "NOTIFIER_ALLOWED_NETWORKS"),
        ({"target": "ftp://example.org/"}, "http or https"),
        ({"target": "https://user:word@example.org/"}, "without a user name"),
        ({"kind": "email", "target": "somewhere"}, "no e-mail address"),
        ({"kind": "email", "target": "a@example.org\r\nBcc: b@example.org"}, "no e-mail address"),
        ({"topics": []}, "at least 1"),
    ],
)
async def test_a_target_that_is_none_is_refused(world, changes, says):
    answer = await world.client.post("/api/channels", json=ANYTHING | changes)
    assert answer.status_code == 422
    assert says in answer.json()["detail"]


@pytest.mark.parametrize("role", ["uploader", "player"])
async def test_only_operators_keep_channels(world, role):
    headers = {"Authorization": f"Bearer {TOKENS[role]}"}
    assert (await world.client.get("/api/channels", headers=headers)).status_code == 403


async def test_a_test_sends_one_message_and_says_whether_it_arrived(world, receiver):
    webhook, mail = await world.channel(receiver.url), await world.channel("operators@example.org", "email")
    for channel in (webhook, mail):
        answer = await world.client.post(f"/api/channels/{channel['channel_id']}/test")
        assert answer.json() == {"delivered": True, "error": None}
    assert [body["type"] for _, body in receiver.requests] == ["test"]
    assert [message["Subject"] for message in world.mailbox.messages] == ["Infoscreen: test"]
