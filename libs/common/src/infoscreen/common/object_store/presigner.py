"""Presigned URLs: how browsers and players fetch an object without knowing any credentials."""

from datetime import timedelta
from urllib.parse import quote

from infoscreen.common.object_store.client import create_client
from infoscreen.common.settings import S3Settings

PRESIGNED_SECONDS = 600


class Presigner:
    """Presigned GET URLs for the public endpoint, made without touching the network and never logged."""

    def __init__(self, settings: S3Settings) -> None:
        self._client = create_client(settings, settings.public_endpoint, 1)
        self._bucket = settings.bucket

    def get_url(self, key: str, filename: str, content_type: str, expires_seconds: int = PRESIGNED_SECONDS) -> str:
        """A URL that shows the object inline under a safe filename until it expires."""
        return self._client.presigned_get_object(
            self._bucket,
            key,
            expires=timedelta(seconds=expires_seconds),
            response_headers={
                "response-content-disposition": content_disposition(filename),
                "response-content-type": content_type,
            },
        )


def content_disposition(filename: str) -> str:
    """An inline Content-Disposition that no filename can break out of (RFC 6266, RFC 8187)."""
    plain = "".join(c if c.isascii() and (c.isalnum() or c in " ._-()") else "_" for c in filename) or "file"
    return f"inline; filename=\"{plain}\"; filename*=UTF-8''{quote(filename, safe='', errors='replace')}"
