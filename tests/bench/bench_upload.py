"""How fast ingest takes a file, against a bare PUT of the same file into the same store.

    python tests/bench/bench_upload.py [--quick] [--json FILE]

Both go by the same plain client, from the same file, over loopback, in turns; the medians are compared. Ingest hashes
the bytes, looks at them, signs them again and publishes an event on the way, so it cannot be as fast: the bar is 0.6.
"""

import base64
import http.client
import statistics
import tempfile
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

from minio import Minio
from parts import Parts, peak_mib, running_parts
from report import Figure, main

BAR = 0.6
MIB = 1024**2
_FIRST_BYTES = 64 * 1024


def measure(quick: bool) -> Iterator[Figure]:
    """Medians of bare PUTs and of uploads."""
    size, rounds = (8, 1) if quick else (64, 7)
    bare, uploads, resumable = [], [], []
    with running_parts(["ingest"]) as parts, tempfile.TemporaryDirectory() as name:
        file = _file(Path(name), size)
        bearer = {"Authorization": f"Bearer {parts.system.secrets.uploader_token}"}
        for number in range(rounds + 1):
            bare.append(send("PUT", _place(parts, f"bench/{number}"), file, {}))
            uploads.append(send("POST", f"{parts.url('ingest')}/api/media?filename=bench.pdf", file, bearer))
            resumable.append(send_resumably(f"{parts.url('ingest')}/api/uploads", file, bearer))
        memory = peak_mib(parts.pids["ingest"])
    # The first of each only warms up.
    put, upload, resumed = (statistics.median(each[1:]) for each in (bare, uploads, resumable))
    yield Figure("upload", f"bare S3 PUT of {size} MiB", put, "MiB/s")
    yield Figure("upload", f"upload of {size} MiB", upload, "MiB/s")
    yield Figure("upload", "upload, of a bare PUT", upload / put, "", BAR)
    yield Figure("upload", f"resumable upload of {size} MiB, as the page sends it", resumed, "MiB/s")
    yield Figure("upload", "resumable upload, of a bare PUT", resumed / put, "", BAR)
    yield Figure("upload", "ingest's memory at most", memory, "MiB")


def _file(directory: Path, size: int) -> Path:
    file = directory / "bench.pdf"
    with file.open("wb") as out:
        out.write(b"%PDF-1.7\n")
        for _ in range(size):
            out.write(bytes(MIB))
    return file


def _place(parts: Parts, key: str) -> str:
    access = parts.system.s3_access
    host = access.endpoint.removeprefix("http://")
    store = Minio(host, access.access_key, access.secret_key, region=access.region, secure=False)
    return store.get_presigned_url("PUT", access.bucket, key, expires=timedelta(hours=1))


def send_resumably(url: str, file: Path, headers: dict[str, str]) -> float:
    """As `send`, by tus: the first 64 KiB with the creation, the rest in one request."""
    address, size = urlsplit(url), file.stat().st_size
    connection = http.client.HTTPConnection(address.netloc, timeout=120, blocksize=256 * 1024)
    stream = {"Tus-Resumable": "1.0.0", "Content-Type": "application/offset+octet-stream", **headers}
    name = base64.b64encode(b"bench.pdf").decode()
    with file.open("rb") as body:
        started = time.perf_counter()
        begun = {"Upload-Length": str(size), "Upload-Metadata": f"filename {name}", **stream}
        connection.request("POST", address.path, body.read(_FIRST_BYTES), begun)
        place = _answered(connection, 201).headers["Location"]
        rest = {"Content-Length": str(size - _FIRST_BYTES), "Upload-Offset": str(_FIRST_BYTES), **stream}
        connection.request("PATCH", place, body, rest)
        _answered(connection, 204)
        seconds = time.perf_counter() - started
    connection.close()
    return size / MIB / seconds


def _answered(connection: http.client.HTTPConnection, status: int) -> http.client.HTTPResponse:
    response = connection.getresponse()
    response.read()
    if response.status != status:
        raise SystemExit(f"a resumable upload was answered {response.status}")
    return response


def send(method: str, url: str, file: Path, headers: dict[str, str]) -> float:
    """Megabytes (of 2^20 bytes) per second of one request, to the end of its answer."""
    address, size = urlsplit(url), file.stat().st_size
    connection = http.client.HTTPConnection(address.netloc, timeout=120, blocksize=256 * 1024)
    with file.open("rb") as body:
        started = time.perf_counter()
        target = f"{address.path}?{address.query}"
        connection.request(method, target, body, {"Content-Length": str(size), **headers})
        response = connection.getresponse()
        response.read()
        seconds = time.perf_counter() - started
    connection.close()
    if response.status not in {200, 201}:
        raise SystemExit(f"{method} {address.path}: {response.status}")
    return size / MIB / seconds


if __name__ == "__main__":
    main(__doc__.splitlines()[0], measure)
