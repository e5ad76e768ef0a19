"""The one PDF of each (sha256, target, profile): a cache, and what makes duplicate deliveries harmless.

The first writer wins; a later one deletes its own object and adopts the winner's.
"""

import nats.errors
import nats.js.errors
from nats.js.kv import KeyValue
from pydantic import ValidationError

from infoscreen.common.errors import UnavailableError
from infoscreen.common.messaging import topology
from infoscreen.common.messaging.connection import Connection
from infoscreen.common.rendition import Rendition


class RenditionRegistry:
    """The ``renditions`` bucket."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

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
                raise UnavailableError("The message broker does not answer.") from error
            else:
                return rendition

    async def _winner_or_replace(self, key: str, value: bytes) -> Rendition | None:
        """The winner; None where it was removed since, or was unreadable and is now replaced."""
        try:
            entry = await self._bucket.get(key)
            winner = _parse(entry)
            if winner is None:
                await self._bucket.update(key, value, last=entry.revision)
                winner = Rendition.model_validate_json(value)
        except (nats.js.errors.KeyNotFoundError, nats.js.errors.KeyWrongLastSequenceError):
            return None
        except (TimeoutError, nats.errors.Error) as error:
            raise UnavailableError("The message broker does not answer.") from error
        return winner

    async def forget(self, key: str, pdf_key: str) -> bool:
        """Remove a rendition if it is still this one; False when another took its place or there is none."""
        found = await self._entry(key)
        if found is None or found[0].pdf_key != pdf_key:
            return False
        try:
            await self._bucket.delete(key, last=found[1])
        except nats.js.errors.APIError:
            return False
        except (TimeoutError, nats.errors.Error) as error:
            raise UnavailableError("The message broker does not answer.") from error
        return True

    async def _entry(self, key: str) -> tuple[Rendition, int] | None:
        try:
            entry = await self._bucket.get(key)
        except nats.js.errors.KeyNotFoundError:
            return None
        except (TimeoutError, nats.errors.Error) as error:
            raise UnavailableError("The message broker does not answer.") from error
        rendition = _parse(entry)
        return None if rendition is None else (rendition, entry.revision or 0)

    @property
    def _bucket(self) -> KeyValue:
        # Not direct: a read right after a write must see it, also with replicas.
        return KeyValue(
            name=topology.RENDITIONS,
            stream=f"KV_{topology.RENDITIONS}",
            pre=f"$KV.{topology.RENDITIONS}.",
            js=self._connection.js,
            direct=False,
        )


def _parse(entry: KeyValue.Entry) -> Rendition | None:
    """The rendition of an entry; None for an entry that cannot be read."""
    try:
        return Rendition.model_validate_json(entry.value or b"")
    except ValidationError:
        return None
