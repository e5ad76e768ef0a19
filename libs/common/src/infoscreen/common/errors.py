"""The kinds of failure, as exception types that say what the caller does next.

Adapters translate library exceptions into these at their boundary (``raise … from``), so that use cases and
the one place that acknowledges messages never look at a library's own errors.
"""

from enum import StrEnum


class FailureReason(StrEnum):
    """The reason of a failed conversion: a closed list, which events, logs and metrics share."""

    PASSWORD_PROTECTED = "password_protected"  # noqa: S105 - a reason, not a password
    CORRUPT = "corrupt"
    UNSUPPORTED_TYPE = "unsupported_type"
    TOO_LARGE = "too_large"
    TOO_MANY_PAGES = "too_many_pages"
    TIMEOUT = "timeout"
    ENGINE_CRASHED = "engine_crashed"
    EMPTY_RESULT = "empty_result"
    SOURCE_MISSING = "source_missing"
    INTERNAL = "internal"

    @property
    def sentence(self) -> str:
        """The sentence for the uploader, with the remedy."""
        return _SENTENCES[self]

    @property
    def retryable(self) -> bool:
        """True where another try may convert the same file."""
        return self in _RETRYABLE


_SENTENCES = {
    FailureReason.PASSWORD_PROTECTED: "The file is protected by a password. Remove the password and upload it again.",
    FailureReason.CORRUPT: "The file is damaged or incomplete. Open it, save it anew and upload it again.",
    FailureReason.UNSUPPORTED_TYPE: "Files of this type cannot be converted. Save it as PPTX, ODP or PDF.",
    FailureReason.TOO_LARGE: "The file is too large, or unpacks to too much. Make its pictures smaller or split it.",
    FailureReason.TOO_MANY_PAGES: "The document has too many pages. Split it into smaller ones.",
    FailureReason.TIMEOUT: "The conversion took too long. Simplify the document or split it, then try again.",
    FailureReason.ENGINE_CRASHED: "The conversion crashed on this file. Save it in another format and upload that.",
    FailureReason.EMPTY_RESULT: "The document gave no pages. Check that it has content and upload it again.",
    FailureReason.SOURCE_MISSING: "The uploaded file is no longer stored. Upload it again.",
    FailureReason.INTERNAL: "Something went wrong on our side. Try again; if it persists, tell your operator.",
}

_RETRYABLE = frozenset(
    {FailureReason.TIMEOUT, FailureReason.ENGINE_CRASHED, FailureReason.SOURCE_MISSING, FailureReason.INTERNAL}
)


RETRY_AFTER_SECONDS = 5.0
"""When to try again where the trouble itself does not say: long enough for a server's restart."""


class InfoscreenError(Exception):
    """Base of every error that this system raises itself."""


class TransientError(InfoscreenError):
    """A server or an engine is away, which is no fault of the document: the next try is not counted.

    Args:
        message: what failed, for operators.
        retry_after_seconds: how long to wait before the next try.
    """

    def __init__(self, message: str, retry_after_seconds: float = RETRY_AFTER_SECONDS) -> None:
        super().__init__(message)
        self.retry_after_seconds = retry_after_seconds


class UnavailableError(TransientError):
    """A server that this service needs is away (HTTP 503); nothing was changed."""


class PermanentError(InfoscreenError):
    """The document is at fault, and a repetition alone does not help.

    Args:
        reason: the closed-list reason that is published and shown.
        detail: what was seen, for operators and logs; never shown to uploaders.
        attempts_allowed: in how many attempts in all this must be seen before it counts as final.
        message: what uploaders are told instead of the reason's sentence, where there is more to say, such as a number.
    """

    def __init__(
        self, reason: FailureReason, detail: str, *, attempts_allowed: int = 1, message: str | None = None
    ) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail
        self.attempts_allowed = attempts_allowed
        self.message = message


class NotFoundError(InfoscreenError):
    """The requested object does not exist (HTTP 404)."""


class ConflictError(InfoscreenError):
    """The request contradicts the current state (HTTP 409)."""


class InvalidError(InfoscreenError):
    """The request makes no sense by itself (HTTP 422)."""


class PreconditionError(InfoscreenError):
    """The thing to change is no longer as the client knows it (HTTP 412)."""
