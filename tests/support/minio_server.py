"""MinIO, as an installation may have it in place of SeaweedFS."""

from pathlib import Path
from urllib.parse import urlsplit

from infoscreen.cli.child import ChildSpec, server_environment
from infoscreen.cli.probes import http_ok
from infoscreen.cli.servers import S3Access


def minio(program: str, directory: Path, access: S3Access) -> ChildSpec:
    """A single MinIO at the endpoint of `access`."""
    data = directory / "data"
    data.mkdir(parents=True)
    credentials = {"MINIO_ROOT_USER": access.access_key, "MINIO_ROOT_PASSWORD": access.secret_key}
    return ChildSpec(
        name="minio",
        argv=(program, "server", "--address", urlsplit(access.endpoint).netloc, str(data)),
        env={**server_environment(directory), **credentials, "MINIO_BROWSER": "off", "MINIO_UPDATE": "off"},
        probe=http_ok(f"{access.endpoint}/minio/health/ready"),
    )
