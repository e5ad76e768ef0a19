"""Sign-outs of browsers whose cookie carries a token that stays valid: event streams that it opened end with it.

Accounts announces them in the access bucket. The same token may be signed in at another browser. That browser's stream
ends too, and the browser reconnects with its cookie.
"""

import time
from collections import OrderedDict

_REMEMBERED = 10_000


class SignOuts:
    """When each token last signed out, for the 10,000 newest sign-outs."""

    def __init__(self) -> None:
        self._at: OrderedDict[str, float] = OrderedDict()

    def note(self, digest: str) -> None:
        """Note that a token signs out now."""
        self._at[digest] = time.monotonic()
        self._at.move_to_end(digest)
        while len(self._at) > _REMEMBERED:
            self._at.popitem(last=False)

    def since(self, digest: str, moment: float) -> bool:
        """Return whether a token signed out after a moment of the monotonic clock."""
        return self._at.get(digest, float("-inf")) > moment
