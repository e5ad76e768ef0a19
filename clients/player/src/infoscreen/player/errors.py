"""The player's errors; adapters translate libraries' exceptions into these."""

from collections.abc import Sequence


class PlayerError(Exception):
    """The base of all expected errors; the message is for people."""


class ServerUnreachableError(PlayerError):
    """The server or the store does not answer, or its answer makes no sense: try again later."""


class UnauthorizedError(PlayerError):
    """The server does not accept the token.

    Args:
        message: for people.
        revoked: True where the server says that the token is revoked, False where it does not know the token.
    """

    def __init__(self, message: str, *, revoked: bool = False) -> None:
        super().__init__(message)
        self.revoked = revoked


class MediumGoneError(PlayerError):
    """The medium does not exist, or this player may not see it."""


class UrlExpiredError(PlayerError):
    """The store refuses a presigned URL: ask for a fresh one."""


class CorruptFileError(PlayerError):
    """A file's bytes are wrong or do not open: the viewer must not get it."""


class DiskFullError(PlayerError):
    """The disk has no room for a file."""


class EnrolmentError(PlayerError):
    """The enrolment failed; the message says why and what to do."""


class ViewerError(PlayerError):
    """The viewer does not show the scene.

    Args:
        message: for people.
        positions: the entries of the playlist that are at fault; empty where the player cannot tell.
    """

    def __init__(self, message: str, positions: Sequence[int] = ()) -> None:
        super().__init__(message)
        self.positions = tuple(positions)
