"""Which versions of a medium are kept: the originals of its earlier generations, for people to show again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from infoscreen.common.messaging.media_log import Generation


@dataclass(frozen=True)
class KeptVersions:
    """How many earlier versions of a medium are kept, and for how long after they were replaced."""

    most: int = 10
    age: timedelta = timedelta(days=90)

    def of(self, generations: Sequence[Generation], now: datetime) -> list[Generation]:
        """Return the current generation and the earlier ones that are kept, of all of them, the newest first."""
        earlier = zip(generations[1:], generations, strict=False)
        kept = [old for old, newer in earlier if now - newer.uploaded_at < self.age]
        return [*generations[:1], *kept[: self.most]]
