"""The S3 client library at its boundary: short timeouts, bounded retries, and its errors turned into ours."""

from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import urllib3
from minio import Minio
from minio.error import MinioException, S3Error

from infoscreen.common.errors import NotFoundError, UnavailableError
from infoscreen.common.settings import S3Settings

PART_SIZE_BYTES = 5 * 1024 * 1024
"""S3's smallest part, so an upload holds no more than this."""


def create_client(settings: S3Settings, endpoint: str, connections: int) -> Minio:
    """A client for an endpoint that serves the settings' bucket."""
    address = urlsplit(endpoint)
    return Minio(
        address.netloc,
        access_key=settings.access_key.get_secret_value(),
        secret_key=settings.secret_key.get_secret_value(),
        secure=address.scheme == "https",
        region=settings.region,  # without it, presigning asks the server
        http_client=urllib3.PoolManager(  # minio-py's own would wait 300 s and try five times
            timeout=urllib3.Timeout(connect=2, read=30),
            maxsize=connections,
            retries=urllib3.Retry(total=2, backoff_factor=0.2, status_forcelist=[500, 502, 503, 504]),
        ),
    )


@contextmanager
def translated_errors() -> Iterator[None]:
    """Turn the client library's errors into ours."""
    try:
        yield
    except S3Error as error:
        if error.code in {"NoSuchKey", "NoSuchObject", "NoSuchUpload"}:
            raise NotFoundError(f"object {error.object_name!r} is not stored") from error
        raise UnavailableError(f"The object store refused: {error.code}.") from error
    except (MinioException, urllib3.exceptions.HTTPError) as error:
        raise UnavailableError("The object store does not answer. Try again in a moment.") from error
    except OSError as error:  # of a local file: the network's come as urllib3's
        raise UnavailableError(f"A file could not be read or written: {error.strerror or error}.") from error
