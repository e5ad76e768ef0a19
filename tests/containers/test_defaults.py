"""compose.yaml with its own store, MinIO, and the ports for development.

No registry of packages has MinIO: MINIO_BIN names its program. Gotenberg's image has not been stood in for.
"""

import os
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from chaos.documents import sample_deck

from containers.engine import Engine
from containers.images import Images, runs
from containers.project import Project, running, shown, upload

pytestmark = [pytest.mark.containers, pytest.mark.timeout(3600)]


@pytest.fixture(scope="module")
def project(docker: Engine, images: Images, servers: dict[str, dict], tmp_path_factory) -> Iterator[Project]:
    if "MINIO_BIN" not in os.environ:
        pytest.skip("set MINIO_BIN to a minio program to run compose.yaml's own store: no registry of packages has it")
    images.minio(Path(os.environ["MINIO_BIN"]))
    changes = {"nats": servers["nats"], "postgres": servers["postgres"], "s3": runs("minio")}
    files = ("compose.yaml", "compose.libreoffice.yaml", "compose.dev.yaml")
    with running(Project(docker, tmp_path_factory.mktemp("defaults"), files, changes)) as found:
        yield found


def test_a_deck_is_kept_in_minio(project: Project):
    with project.client("uploader") as people, project.client() as operator:
        answer = shown(operator, upload(people, "slides.fodp", sample_deck()))
    assert answer["status"] == "ready", answer
    assert httpx.get(answer["url"]).content.startswith(b"%PDF")


def test_minio_and_postgres_are_not_root(project: Project):
    users = {c["Config"]["Labels"]["com.docker.compose.service"]: c["Config"]["User"] for c in project.inspect()}
    assert (users["s3"], users["postgres"]) == ("10001:10001", "999:999")


@pytest.mark.parametrize("port", [9001, 9002, 9003, 9004, 9005])
def test_every_ops_port_is_on_loopback_for_development(project: Project, port: int):
    assert httpx.get(f"http://127.0.0.1:{port}/readyz").status_code == 200
