"""How fast ingest takes a file, against a bare PUT of the same file into the same store.

    python tests/bench/bench_upload.py [MIB] [ROUNDS]

Both go by the same plain client, from the same file, over loopback, in turns; the medians are compared. Ingest hashes
the bytes, looks at them, signs them again and publishes an event on the way, so it cannot be as fast: the bar is 0.6.
"""

import http.client
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from secrets import token_hex
from urllib.parse import urlsplit

from minio import Minio

from infoscreen.cli import servers
from infoscreen.cli.background import running
from infoscreen.cli.child import ChildSpec
from infoscreen.cli.ports import PortBook
from infoscreen.cli.probes import http_ok
from infoscreen.common.auth import token_digest

BAR = 0.6
MIB = 1024**2


@dataclass(frozen=True)
class System:
    """What is measured."""

    api: str
    pid: int
    store: Minio
    bucket: str


@contextmanager
def running_system(directory: Path) -> Iterator[System]:
    """NATS, S3 and ingest, each a process."""
    ports = PortBook()
    nats_token, token = token_hex(), "bench"
    access = servers.S3Access(f"http://127.0.0.1:{ports.port('s3')}", token_hex(8), token_hex())
    tokens = directory / "tokens.json"
    tokens.write_text(json.dumps([{"name": "bench", "role": "uploader", "sha256": token_digest(token)}]))
    env = {
        "NATS_URL": servers.nats_url(ports, nats_token),
        "S3_ENDPOINT": access.endpoint,
        "S3_PUBLIC_ENDPOINT": access.endpoint,
        "S3_ACCESS_KEY": access.access_key,
        "S3_SECRET_KEY": access.secret_key,
        "S3_BUCKET": access.bucket,
        "AUTH_TOKENS_FILE": str(tokens),
        "INGEST_HTTP_PORT": str(ports.port("http")),
        "INGEST_OPS_PORT": str(ports.port("ops")),
    }
    ready = http_ok(f"http://127.0.0.1:{ports.port('ops')}/readyz")
    ingest = ChildSpec(name="ingest", argv=(sys.executable, "-m", "infoscreen.ingest"), env=env, probe=ready)
    job = ChildSpec(
        name="topology", argv=(sys.executable, "-m", "infoscreen.cli", "topology", "apply"), env=env, probe=lambda: None
    )
    with ExitStack() as stack:
        stack.enter_context(running(servers.nats(directory / "nats", ports, nats_token), directory / "nats.log"))
        stack.enter_context(running(servers.s3(directory / "s3", ports, access), directory / "s3.log"))
        stack.enter_context(running(job, directory / "topology.log")).wait()
        process = stack.enter_context(running(ingest, directory / "ingest.log"))
        host = access.endpoint.removeprefix("http://")
        store = Minio(host, access.access_key, access.secret_key, region=access.region, secure=False)
        yield System(f"http://127.0.0.1:{ports.port('http')}", process.pid, store, access.bucket)


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


def peak_memory(pid: int) -> float:
    """The most that a process ever had in memory, in MiB."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM"))


def measure(system: System, file: Path, rounds: int) -> tuple[float, float]:
    """Medians of bare PUTs and of uploads, in MiB/s."""
    bare, uploads = [], []
    for number in range(rounds + 1):
        put = system.store.get_presigned_url("PUT", system.bucket, f"bench/{number}", expires=timedelta(hours=1))
        bare.append(send("PUT", put, file, {}))
        uploads.append(
            send("POST", f"{system.api}/api/media?filename=bench.pdf", file, {"Authorization": "Bearer bench"})
        )
    return statistics.median(bare[1:]), statistics.median(uploads[1:])  # the first of each only warms up


def main() -> None:
    """Measure, print, and fail below the bar."""
    size = int(sys.argv[1]) if len(sys.argv) > 1 else 64
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 5
    with tempfile.TemporaryDirectory() as name, running_system(Path(name)) as system:
        file = Path(name) / "bench.pdf"
        with file.open("wb") as out:
            out.write(b"%PDF-1.7\n")
            for _ in range(size):
                out.write(bytes(MIB))
        bare, upload = measure(system, file, rounds)
        ratio = upload / bare
        print(f"bare S3 PUT      {bare:7.1f} MiB/s  (median of {rounds}, {size} MiB)")
        print(f"upload (ingest)  {upload:7.1f} MiB/s  = {ratio:.2f} of it (bar {BAR})")
        print(f"ingest's memory  {peak_memory(system.pid):7.1f} MiB at most")
    sys.exit(0 if ratio >= BAR else 1)


if __name__ == "__main__":
    main()
