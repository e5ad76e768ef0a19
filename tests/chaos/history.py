"""What clients were promised and what they saw; the checker compares it with what is there in the end."""

import hashlib
from collections.abc import Awaitable
from dataclasses import dataclass, field

import httpx

ACKNOWLEDGED = {httpx.codes.OK, httpx.codes.CREATED, httpx.codes.ACCEPTED}
"""What an upload is answered with that was taken: replaced, new, parked."""


@dataclass(frozen=True)
class Acknowledged:
    """An upload that the system promised to deal with."""

    media_id: str
    sha256: str
    parked: bool


@dataclass
class History:
    """What happened as the clients saw it.

    Attributes:
        uploads: every acknowledged generation. deleted: media whose deletion for good was confirmed.
        trashed: whether media that were moved to the trash or out of it are there; without those whose last move was
            answered with an error.
        answers: how often each answer was seen.
        never_ready: SHA-256 of files that no system should show, and what they are.
        callers: SHA-256 of documents that call out.
        revoked: tokens of players that were revoked, confirmed.
        planned_lists: the media of playlists, as last acknowledged; without those whose last change ended in an error.
        planned_entries: whether an entry of the schedule is there, as last acknowledged.
        went_back: generations that went back. broken: other promises that a client saw broken.
    """

    uploads: list[Acknowledged] = field(default_factory=list)
    deleted: set[str] = field(default_factory=set)
    trashed: dict[str, bool] = field(default_factory=dict)
    answers: dict[str, int] = field(default_factory=dict)
    never_ready: dict[str, str] = field(default_factory=dict)
    callers: set[str] = field(default_factory=set)
    revoked: list[str] = field(default_factory=list)
    planned_lists: dict[str, list[str]] = field(default_factory=dict)
    planned_entries: dict[str, bool] = field(default_factory=dict)
    went_back: list[str] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)

    def count(self, what: str) -> None:
        """Count an answer."""
        self.answers[what] = self.answers.get(what, 0) + 1

    def note(self, action: str, answer: httpx.Response, content: bytes) -> Acknowledged | None:
        """Count the answer to an upload of this content, and keep what it promises."""
        return self.note_upload(action, answer, hashlib.sha256(content).hexdigest())

    def note_upload(self, action: str, answer: httpx.Response, digest: str) -> Acknowledged | None:
        """As ``note``, for content with this SHA-256."""
        self.count(f"{action} {answer.status_code}")
        if answer.status_code not in ACKNOWLEDGED:
            return None
        body = answer.json()
        if body["sha256"] != digest:
            self.broken.append(f"{action}: {body['media_id']} was acknowledged with a hash that is not the content's")
        acknowledged = Acknowledged(body["media_id"], digest, answer.status_code == httpx.codes.ACCEPTED)
        self.uploads.append(acknowledged)
        return acknowledged

    def note_pieces(self, answer: httpx.Response, content: bytes, *, whole: bool) -> None:
        """Count the last answer to an upload in pieces, and keep what it promises once the upload is whole."""
        self.count(f"pieces {answer.status_code}{' whole' if whole else ''}")
        if whole:
            digest = hashlib.sha256(content).hexdigest()
            self.uploads.append(Acknowledged(answer.headers["Infoscreen-Media-Id"], digest, parked=False))

    def note_deletion(self, answer: httpx.Response, media_id: str) -> None:
        """Count the answer to a deletion for good, and keep what it promises."""
        self.count(f"delete {answer.status_code}")
        if answer.status_code == httpx.codes.NO_CONTENT:
            self.deleted.add(media_id)

    async def move(self, media_id: str, request: Awaitable[httpx.Response], *, trashed: bool) -> int:
        """Move a medium to the trash or out of it, and keep what the answer promises; returns its status."""
        self.trashed.pop(media_id, None)
        answer = await request
        self.count(f"{'trash' if trashed else 'restore'} {answer.status_code}")
        if answer.is_success:
            self.trashed[media_id] = trashed
        return answer.status_code
