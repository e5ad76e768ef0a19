"""Why the use case of ingest refuses an upload or a deletion; ``api`` answers each with a problem.

Beside these, a file that cannot be shown is refused with a ``RefusedFileError``.
"""

from infoscreen.common.errors import ConflictError, InfoscreenError, NotFoundError


class UnknownMediumError(NotFoundError):
    """The medium does not exist, or no longer."""

    def __init__(self, media_id: object) -> None:
        super().__init__(f"There is no medium {media_id}. It may have been deleted; upload it anew.")


class ReplacedFirstError(ConflictError):
    """A replacement was stored before the deletion, which therefore does not apply to the new generation."""

    def __init__(self, media_id: object) -> None:
        super().__init__(
            f"The file of {media_id} was replaced at the same moment and not deleted. Look at it, then delete it again."
        )


class UnknownVersionError(NotFoundError):
    """The medium has no such generation, or its original is not kept any more."""

    def __init__(self, media_id: object, generation: int) -> None:
        super().__init__(f"The version {generation} of {media_id} is not kept. Choose another one, or upload it again.")


class ShownAlreadyError(ConflictError):
    """The generation is the current one."""

    def __init__(self, media_id: object) -> None:
        super().__init__(f"This version of {media_id} is the current one already. Choose an earlier one.")


class KeyReusedError(InfoscreenError):
    """The Idempotency-Key was used for other content."""

    def __init__(self) -> None:
        super().__init__("This Idempotency-Key was used for another file. Use a new key for each upload.")
