"""How ingest refuses: each with a status, a stable code and what to do about it."""

from infoscreen.common.problem import ProblemError


def too_large(limit_bytes: int) -> ProblemError:
    """413: the body passes the limit."""
    limit = f"{limit_bytes / 1024**2:.0f} MiB" if limit_bytes >= 1024**2 else f"{limit_bytes} bytes"
    return ProblemError(413, "too_large", f"Files may have up to {limit}. Make its pictures smaller or split it.")


def empty_file() -> ProblemError:
    """400: there is no content."""
    return ProblemError(400, "empty_file", "The file is empty. Choose one with content.")


def stalled(idle_seconds: float) -> ProblemError:
    """408: too little arrives."""
    return ProblemError(
        408, "upload_stalled", f"Hardly anything arrived for {idle_seconds:g} s. Check the connection and try again."
    )


def unsupported_type(message: str) -> ProblemError:
    """415: the content is nothing that can be shown."""
    return ProblemError(415, "unsupported_type", message)


def bad_request(code: str, detail: str) -> ProblemError:
    """400: the request itself is wrong."""
    return ProblemError(400, code, detail)


def unknown_media(media_id: object) -> ProblemError:
    """404: no such medium, or it was deleted."""
    return ProblemError(404, "not_found", f"There is no medium {media_id}. It may have been deleted; upload it anew.")


def replaced_first(media_id: object) -> ProblemError:
    """409: a deletion does nothing to a generation that came while it was on its way."""
    return ProblemError(
        409,
        "replaced_first",
        f"The file of {media_id} was replaced at the same moment and not deleted. Look at it, then delete it again.",
    )


def idempotency_mismatch() -> ProblemError:
    """422: the key was used for other content."""
    return ProblemError(
        422, "idempotency_key_reused", "This Idempotency-Key was used for another file. Use a new key for each upload."
    )
