"""The problems of a request body, each with a status, a stable code and a remedy."""

from infoscreen.common.problem import ProblemError


def too_large(limit_bytes: int) -> ProblemError:
    """413: the body passes the limit."""
    limit = f"{limit_bytes / 1024**2:.0f} MiB" if limit_bytes >= 1024**2 else f"{limit_bytes} bytes"
    return ProblemError(413, "too_large", f"Files may have up to {limit}. Make its pictures smaller or split it.")


def empty_file() -> ProblemError:
    """400: the file is empty."""
    return ProblemError(400, "empty_file", "The file is empty. Choose one with content.")


def stalled(idle_seconds: float) -> ProblemError:
    """408: too little arrives."""
    return ProblemError(
        408, "upload_stalled", f"Hardly anything arrived for {idle_seconds:g} s. Check the connection and try again."
    )


def bad_request(code: str, detail: str) -> ProblemError:
    """400: the request itself is wrong."""
    return ProblemError(400, code, detail)
