"""The sessions and personal tokens of people, as every service knows them: the bucket ``access``.

Accounts writes an entry for each credential, under the digest of its secret; ingest, catalog and gateway hold a copy
in memory and follow the changes, so that no request waits for another service. While NATS is away they keep what they
hold.
Entries name accounts by id: names and addresses of people stay in the database of accounts.
"""

import asyncio
import contextlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID
from weakref import WeakValueDictionary

import nats.errors
import structlog
from nats.js.kv import KeyValue
from pydantic import AwareDatetime, BaseModel, ValidationError

from infoscreen.common.auth import Authenticator, Principal, TokenFile, token_digest
from infoscreen.common.clock import Clock, utc_now
from infoscreen.common.errors import UnavailableError
from infoscreen.common.messaging import topology
from infoscreen.common.messaging.connection import Connection, unavailable
from infoscreen.common.messaging.stream_reader import StoredMessage, StreamReader
from infoscreen.common.roles import Role
from infoscreen.common.waiting import wait_for_any

SESSION_PREFIX, PERSONAL_PREFIX = "iss", "ist"
"""How the secrets of sessions and of personal tokens begin: people and leak scanners see what one is."""

_PREFIXES = (f"{SESSION_PREFIX}_", f"{PERSONAL_PREFIX}_")
_SUBJECT = f"$KV.{topology.ACCESS}."
_SIGNED_OUT = "signed-out."
_BATCH = 256
_POLL_SECONDS = 1.0
_LOOKUPS_AT_ONCE = 4

_log = structlog.get_logger(__name__)


class AccessEntry(BaseModel):
    """What a credential allows."""

    account_id: UUID
    role: Role
    expires_at: AwareDatetime


@dataclass(frozen=True)
class AccountPrincipal(Principal):
    """A person with an account; ``name`` is the account's id.

    Attributes:
        account_id: whose credential it is.
        digest: of the credential itself.
    """

    account_id: UUID
    digest: str


class Access:
    """A copy of the bucket in memory, which ``run`` keeps up to date.

    Args:
        connection: to NATS; it may open later.
        signed_out: called with the digest of a token each time that a browser signs out with it.
        clock: decides what has expired.
    """

    def __init__(
        self, connection: Connection, signed_out: Callable[[str], None] = lambda _: None, clock: Clock = utc_now
    ) -> None:
        self._connection = connection
        self._reader = StreamReader(connection, f"KV_{topology.ACCESS}")
        self._signed_out = signed_out
        self._clock = clock
        self._entries: dict[str, AccessEntry] = {}
        self._sequence = 0
        self._reconnects = -1
        self._changed = asyncio.Event()
        self._lookups = asyncio.Semaphore(_LOOKUPS_AT_ONCE)
        self._watched: WeakValueDictionary[str, asyncio.Event] = WeakValueDictionary()

    async def find(self, token: str) -> Principal | None:
        """The person that a token belongs to, or None.

        A credential that is not held may be a moment old, so the bucket itself is asked before it counts as unknown.

        Raises:
            UnavailableError: NATS is away, and the credential is not among those that were seen before.
        """
        if not token.startswith(_PREFIXES):
            return None
        digest = token_digest(token)
        entry = self._entries.get(digest) or await self._look_up(digest)
        if entry is None or entry.expires_at <= self._clock():
            return None
        changed = self._news_of(digest)
        return AccountPrincipal(str(entry.account_id), entry.role, entry.account_id, digest, changed=changed)

    async def run(self, stop: asyncio.Event) -> None:
        """Follow the bucket until told to stop."""
        connected = asyncio.create_task(self._connection.wait_connected())
        told = asyncio.create_task(stop.wait())
        await asyncio.wait({connected, told}, return_when=asyncio.FIRST_COMPLETED)
        connected.cancel()
        told.cancel()
        if stop.is_set():
            return
        subscription = await self._connection.client.subscribe(f"{_SUBJECT}>", cb=self._wake)
        while not stop.is_set():
            self._changed.clear()
            try:
                await self._catch_up()
            except UnavailableError as error:
                _log.warning("access_not_followed", error=str(error))
            await wait_for_any(stop, self._changed, seconds=_POLL_SECONDS)
        with contextlib.suppress(nats.errors.Error):
            await subscription.unsubscribe()

    async def _wake(self, _message: object) -> None:
        self._changed.set()

    async def _catch_up(self) -> None:
        """Apply what is new; everything, after a reconnect: the bucket may be another one."""
        reconnects = self._connection.client.stats["reconnects"]
        if reconnects == self._reconnects:
            self._sequence = await self._apply(self._entries, self._sequence)
            return
        entries: dict[str, AccessEntry] = {}
        self._sequence = await self._apply(entries, 0)
        self._entries, self._reconnects = entries, reconnects
        for digest in list(self._watched):
            self._tell(digest)

    async def _apply(self, entries: dict[str, AccessEntry], sequence: int) -> int:
        while batch := await self._reader.read_batch(sequence + 1, _BATCH):
            for message in batch:
                key = message.subject.removeprefix(_SUBJECT)
                if key.startswith(_SIGNED_OUT):
                    if message.sequence > self._sequence:  # not again where everything is read again
                        self._signed_out(key.removeprefix(_SIGNED_OUT))
                    continue
                if (entry := _entry(message)) is None:
                    entries.pop(key, None)
                else:
                    entries[key] = entry
                self._tell(key)
            sequence = batch[-1].sequence
        return sequence

    def _news_of(self, digest: str) -> asyncio.Event:
        """What is set at the next change of an entry; one for all requests with that credential."""
        return self._watched.setdefault(digest, asyncio.Event())

    def _tell(self, digest: str) -> None:
        if (changed := self._watched.pop(digest, None)) is not None:
            changed.set()

    async def _look_up(self, digest: str) -> AccessEntry | None:
        async with self._lookups:  # made-up tokens by the thousand wait for each other, not for NATS
            message = await self._reader.last(_SUBJECT + digest)
        return _entry(message) if message else None


def _entry(message: StoredMessage) -> AccessEntry | None:
    """The entry of a message; None where it was deleted, or this version cannot read it."""
    if "KV-Operation" in message.headers:
        return None
    try:
        return AccessEntry.model_validate_json(message.data)
    except ValidationError as error:
        _log.error("access_entry_unreadable", sequence=message.sequence, problems=error.error_count())
        return None


class AccessBucket:
    """The bucket as accounts writes it. Each method returns once NATS has stored the change.

    Every method raises ``UnavailableError`` when NATS is away; some of several changes may be stored then.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def write(self, changes: Mapping[str, AccessEntry | None]) -> None:
        """Put entries under their digests; None deletes one."""
        try:
            await asyncio.gather(*(self._write(*change) for change in changes.items()))
        except (TimeoutError, nats.errors.Error) as error:
            raise unavailable(error, "The message broker does not answer. Nothing was changed; try again.") from error

    async def all(self) -> dict[str, AccessEntry | None]:
        """Every entry; None for one that cannot be read."""
        messages = await StreamReader(self._connection, f"KV_{topology.ACCESS}").all(">")
        keys = [(message.subject.removeprefix(_SUBJECT), message) for message in messages]
        return {
            key: _entry(message)
            for key, message in keys
            if not key.startswith(_SIGNED_OUT) and "KV-Operation" not in message.headers
        }

    async def announce_sign_out(self, token: str) -> None:
        """Tell every service that a browser signed out with a token that stays valid."""
        await self._put(_SIGNED_OUT + token_digest(token), b"")

    async def _write(self, digest: str, entry: AccessEntry | None) -> None:
        if entry is None:
            await self._bucket.delete(digest)
        else:
            await self._bucket.put(digest, entry.model_dump_json().encode())

    async def _put(self, key: str, value: bytes) -> None:
        try:
            await self._bucket.put(key, value)
        except (TimeoutError, nats.errors.Error) as error:
            raise unavailable(error) from error

    @property
    def _bucket(self) -> Any:
        name = topology.ACCESS
        return KeyValue(name=name, stream=f"KV_{name}", pre=_SUBJECT, js=self._connection.js, direct=False)


def authenticator(tokens: TokenFile, access: Access) -> Authenticator:
    """Find the principal of a token: in the token file, which needs no server, then among the accounts'."""

    async def authenticate(token: str) -> Principal | None:
        return tokens.find(token) or await access.find(token)

    return authenticate
