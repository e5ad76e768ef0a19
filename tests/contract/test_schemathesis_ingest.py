"""Whatever a client sends within ingest's OpenAPI document, or a little beside it, is answered as the document says."""

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.specs.openapi.checks import positive_data_acceptance

from infoscreen.cli.background import running
from infoscreen.cli.child import ChildSpec
from infoscreen.cli.ports import PortBook
from infoscreen.cli.probes import http_ok
from infoscreen.common.auth import token_digest

ROOT = Path(__file__).parents[2]
TOKEN = "bob"

schema = schemathesis.openapi.from_path(ROOT / "docs" / "api" / "ingest.openapi.json")


@pytest.fixture(scope="module")
def ingest_url(session_nats_url, s3, tmp_path_factory) -> Iterator[str]:
    """A real ingest on real servers."""
    directory, ports = tmp_path_factory.mktemp("ingest"), PortBook()
    tokens = directory / "tokens.json"
    tokens.write_text(json.dumps([{"name": "bob", "role": "uploader", "sha256": token_digest(TOKEN)}]))
    env = {
        "PATH": os.environ["PATH"],
        "NATS_URL": session_nats_url,
        "S3_ENDPOINT": s3.endpoint,
        "S3_PUBLIC_ENDPOINT": s3.endpoint,
        "S3_ACCESS_KEY": s3.access_key,
        "S3_SECRET_KEY": s3.secret_key,
        "S3_BUCKET": s3.bucket,
        "AUTH_TOKENS_FILE": str(tokens),
        "INGEST_HTTP_PORT": str(ports.port("http")),
        "INGEST_OPS_PORT": str(ports.port("ops")),
        "INGEST_RATE_LIMIT": "1000000/minute",
    }
    topology = (sys.executable, "-m", "infoscreen.cli", "topology", "apply")
    job = ChildSpec(name="topology", argv=topology, env=env, probe=lambda: None)
    ingest = ChildSpec(
        name="ingest",
        argv=(sys.executable, "-m", "infoscreen.ingest"),
        env=env,
        probe=http_ok(f"http://127.0.0.1:{ports.port('ops')}/readyz"),
    )
    with running(job, directory / "topology.log") as process:
        process.wait()
    with running(ingest, directory / "ingest.log"):
        yield f"http://127.0.0.1:{ports.port('http')}"


@schema.parametrize()
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True, database=None)
def test_every_answer_is_as_documented(case, ingest_url):
    # Which bytes are a document, and which text is a filename, is more than a schema can say.
    beyond_the_schema = [positive_data_acceptance]
    case.call_and_validate(
        base_url=ingest_url, headers={"Authorization": f"Bearer {TOKEN}"}, excluded_checks=beyond_the_schema
    )
