"""The one PDF of each (sha256, target, profile): a cache, and what makes duplicate deliveries harmless.

The first writer wins; a later one deletes its own object and adopts the winner's.
"""

from collections.abc import Collection

import nats.errors
import nats.js.errors
from nats.js.api import Header
from nats.js.kv import KeyValue
from pydantic import ValidationError

from infoscreen.common.messaging import topology
from infoscreen.common.messaging.connection import Connection, unavailable
from infoscreen.common.messaging.stream_reader import StreamReader
from infoscreen.common.rendition import Rendition

_HASHES_A_REQUEST = 20  # the server answers with 1,024 entries at most
_DELETE_MARKER_SECONDS = 3600.0


class RenditionRegistry:
    """The ``renditions`` bucket."""

    _prefix = f"$KV.{topology.RENDITIONS}."

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._reader = StreamReader(connection, f"KV_{topology.RENDITIONS}")

    async def find(self, key: str) -> Rendition | None:
        """The winning rendition, or None.

        Raises:
            UnavailableError: the broker does not answer.
        """
        found = await self._entry(key)
        return found[0] if found else None

    async def register(self, key: str, rendition: Rendition) -> Rendition:
        """Make this the winner unless there is one; return the winner.

        Raises:
            UnavailableError: the broker does not answer.
        """
        value = rendition.model_dump_json().encode()
        while True:
            try:
                await self._bucket.create(key, value)
            except nats.js.errors.KeyWrongLastSequenceError:
                winner = await self._winner_or_replace(key, value)
                if winner is not None:
                    return winner
            except (TimeoutError, nats.errors.Error) as error:
                raise unavailable(error, "The message broker does not answer.") from error
            else:
                return rendition

    async def _winner_or_replace(self, key: str, value: bytes) -> Rendition | None:
        """The winner; None where it was removed since, or was unreadable and is now replaced."""
        try:
            entry = await self._bucket.get(key)
            winner = _parse(entry.value)
            if winner is None:
                await self._bucket.update(key, value, last=entry.revision)
                winner = Rendition.model_validate_json(value)
        except (nats.js.errors.KeyNotFoundError, nats.js.errors.KeyWrongLastSequenceError):
            return None
        except (TimeoutError, nats.errors.Error) as error:
            raise unavailable(error, "The message broker does not answer.") from error
        return winner

    async def forget(self, key: str, pdf_key: str) -> bool:
        """Remove a rendition if it is still this one; False when another took its place or there is none."""
        found = await self._entry(key)
        if found is None or found[0].pdf_key != pdf_key:
            return False
        try:
            await self._mark_deleted(key, found[1])
        except nats.js.errors.APIError:
            return False
        except (TimeoutError, nats.errors.Error) as error:
            raise unavailable(error, "The message broker does not answer.") from error
        return True

    async def of_hashes(self, hashes: Collection[str]) -> dict[str, Rendition]:
        """The renditions of these bytes, into every target and with every profile, by key.

        A replica that lags may not know a recent one yet.

        Raises:
            UnavailableError: the broker does not answer.
        """
        found: dict[str, Rendition] = {}
        subjects = [f"{self._prefix}{file_hash}.>" for file_hash in hashes]
        for first in range(0, len(subjects), _HASHES_A_REQUEST):
            for message in await self._reader.newest(subjects[first : first + _HASHES_A_REQUEST]):
                rendition = _parse(message.data)
                if rendition is not None:
                    found[message.subject.removeprefix(self._prefix)] = rendition
        return found

    async def _mark_deleted(self, key: str, revision: int) -> None:
        """Put a delete marker in the place of a revision. It goes by itself: only a client that watches needs it."""
        headers = {"KV-Operation": "DEL", Header.EXPECTED_LAST_SUBJECT_SEQUENCE: str(revision)}
        await self._connection.js.publish(f"{self._prefix}{key}", headers=headers, msg_ttl=_DELETE_MARKER_SECONDS)

    async def _entry(self, key: str) -> tuple[Rendition, int] | None:
        try:
            entry = await self._bucket.get(key)
        except nats.js.errors.KeyNotFoundError:
            return None
        except (TimeoutError, nats.errors.Error) as error:
            raise unavailable(error, "The message broker does not answer.") from error
        rendition = _parse(entry.value)
        return None if rendition is None else (rendition, entry.revision or 0)

    @property
    def _bucket(self) -> KeyValue:
        # Not direct: a read right after a write must see it, also with replicas.
        return KeyValue(
            name=topology.RENDITIONS,
            stream=f"KV_{topology.RENDITIONS}",
            pre=self._prefix,
            js=self._connection.js,
            direct=False,
        )


def _parse(value: bytes | None) -> Rendition | None:
    """The rendition of an entry; None for an entry that cannot be read, such as a delete marker."""
    try:
        return Rendition.model_validate_json(value or b"")
    except ValidationError:
        return None
