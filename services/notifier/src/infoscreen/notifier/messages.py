"""The words of a notice: one message for all that is to be told at one moment."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from infoscreen.notifier.notices import State, Topic

_TITLES = {
    (Topic.DECK_FAILED, State.TROUBLE): "Decks that could not be converted",
    (Topic.DECK_FAILED, State.OVER): "Decks that are well again",
    (Topic.DECK_LOSSY, State.TROUBLE): "Decks whose PDF lost something",
    (Topic.DECK_LOSSY, State.OVER): "Decks whose PDF is whole again",
    (Topic.SCREEN_DARK, State.TROUBLE): "Dark screens",
    (Topic.SCREEN_DARK, State.OVER): "Screens that are back",
    (Topic.DEAD_LETTER, State.OCCURRENCE): "Messages that no service could handle",
    (Topic.OVERRIDE, State.OCCURRENCE): "Announcements on screens",
    (Topic.DISK, State.TROUBLE): "Storage that fills up",
    (Topic.DISK, State.OVER): "Storage that has room again",
}
_MOST_LINES = 50

Item = dict[str, str]
"""``topic``, ``key``, ``state`` and ``text`` of what is told."""


def notice(items: Sequence[Item], now: datetime) -> dict[str, Any]:
    """The body of a webhook, from which e-mails are made as well."""
    return {"type": "notice", "timestamp": now.isoformat(), "data": {"items": list(items[:_MOST_LINES])}}


def test_notice(now: datetime) -> dict[str, Any]:
    """The body that a test of a channel sends."""
    return {"type": "test", "timestamp": now.isoformat(), "data": {"items": []}}


def subject_and_text(body: dict[str, Any]) -> tuple[str, str]:
    """The subject and the text of an e-mail."""
    if body["type"] == "test":
        return "Infoscreen: test", "This is a test: the channel works.\n"
    groups: dict[str, list[str]] = {}
    for item in body["data"]["items"]:
        title = _TITLES[Topic(item["topic"]), State(item["state"])]
        groups.setdefault(title, []).append(f"- {item['text']}")
    text = "\n\n".join("\n".join([f"{title}:", *lines]) for title, lines in groups.items())
    return f"Infoscreen: {', '.join(groups)}", text + "\n"
