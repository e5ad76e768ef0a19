"""The cases of a screen's decision, which the tests of the player and of the dashboard share."""

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from infoscreen.player.manifest import Manifest, manifest_from

CASES: list[dict[str, Any]] = json.loads(
    (Path(__file__).parents[1] / "contract" / "programme" / "cases.json").read_text()
)["cases"]


def sha256_of(media_id: str) -> str:
    """The content that a medium of the cases has."""
    return hashlib.sha256(media_id.encode()).hexdigest()


def file_of(media_id: str, **more: Any) -> dict[str, Any]:
    """A file of a manifest, ready to be shown."""
    content = {"sha256": sha256_of(media_id), "size_bytes": 1, "media_type": "application/pdf", "url": "http://s3/x"}
    return {"media_id": media_id, "filename": f"{media_id}.pdf", "status": "ready", **content, **more}


def manifest_of(short: dict[str, Any]) -> Manifest:
    """A manifest of the cases, whole."""
    playlists = {
        playlist: [
            {"item": f"{playlist}{place}", "media_id": item} if isinstance(item, str) else item
            for place, item in enumerate(items)
        ]
        for playlist, items in short["playlists"].items()
    }
    media = [item["media_id"] for items in playlists.values() for item in items] + short.get("files", [])
    files = [file_of(media_id) for media_id in dict.fromkeys(media)]
    return manifest_from(
        {"version": 2, "player": "hall-3", "etag": "e", **short, "playlists": playlists, "files": files}
    )


@dataclass(frozen=True)
class Step:
    """A moment of a case, with what is expected."""

    name: str
    manifest: Manifest
    plain: dict[str, Any]

    @property
    def at(self) -> datetime:
        """The moment."""
        return datetime.fromisoformat(self.plain["at"]).astimezone(UTC)


def steps_with(key: str) -> list[Step]:
    """The steps of all cases that have a key: `at` or `minutes`."""
    return [
        Step(f"{case['case']}: {case['name']}, step {number}", manifest_of(case["manifest"]), step)
        for case in CASES
        for number, step in enumerate(case["steps"], 1)
        if key in step
    ]
