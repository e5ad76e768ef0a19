"""What can go wrong, in the terms of the player; adapters translate libraries' exceptions into these."""


class PlayerError(Exception):
    """Anything expected; the message is for people."""


class ServerAwayError(PlayerError):
    """The server or the store cannot be reached or does not answer sensibly: try again later."""


class UnauthorizedError(PlayerError):
    """The token is not accepted.

    Args:
        message: for people.
        revoked: True when the server says that it was revoked, rather than that it does not know it.
    """

    def __init__(self, message: str, *, revoked: bool = False) -> None:
        super().__init__(message)
        self.revoked = revoked


class MediumGoneError(PlayerError):
    """There is no such medium, or this player may not see it (any more)."""


class UrlExpiredError(PlayerError):
    """A presigned URL is not good any more: ask for a fresh one."""


class CorruptFileError(PlayerError):
    """A file is not what it should be, and must not be shown."""


class DiskFullError(PlayerError):
    """There is no room for a file."""


class EnrolmentError(PlayerError):
    """The player could not be enrolled; the message says why and what to do."""


class ViewerError(PlayerError):
    """The viewer did not show what it was told to."""
