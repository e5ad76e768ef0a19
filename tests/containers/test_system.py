"""Compose as a user starts it, with SeaweedFS and LibreOffice: what people do with it, and what breaks."""

import io
import json
import ssl
from collections.abc import Iterator
from pathlib import Path

import httpx
import pikepdf
import pytest
from chaos.documents import picture, sample_deck
from support.old_documents import old_doc, old_xls
from support.until import wait_until

from containers.engine import CommandFailedError, Engine
from containers.images import Images, stand_in
from containers.panels import ALERTS, PANELS, has_data
from containers.project import OPERATING_USER, Project, running, shown, upload
from infoscreen.cli.ports import PortBook

pytestmark = [pytest.mark.containers, pytest.mark.timeout(3600)]
FILES = ("compose.yaml", "compose.seaweedfs.yaml", "compose.libreoffice.yaml", "compose.tls.yaml")
MINUTES_SECONDS = 300
ROOT_WITHOUT_RIGHTS = {"nats"}
"""Whose images have no other user; without capabilities and on a read-only root, like all."""
WITHOUT_DATA = {"CertificateExpiring"}
"""prometheus.yaml probes the edge by HTTP until an operator puts the public address there."""


@pytest.fixture(scope="module")
def project(docker: Engine, servers: dict[str, dict], tmp_path_factory) -> Iterator[Project]:
    watching = ("prometheus", "blackbox", "node-exporter")
    ports = PortBook()
    https, metrics = ports.port("https"), ports.port("prometheus")
    found = Project(
        docker,
        tmp_path_factory.mktemp("compose"),
        FILES,
        servers | {"tls": servers["tls"] | {"ports": [f"127.0.0.1:{https}:443"]}},
        {"PUBLIC_HOST": "localhost", "PROMETHEUS_PORT": str(metrics), "HTTPS_PORT": str(https)},
    )
    started = ("converter", "edge", "tls", *watching)
    with running(found, "--scale", "converter=3", *started):
        yield found


@pytest.mark.parametrize("buildkit", [False, True], ids=["older builder", "BuildKit"])
def test_the_edges_image_is_built_by_either_builder(images: Images, buildkit: bool):
    try:
        images.build("edge", stand_in(f"edge-{buildkit}".lower()), buildkit=buildkit)
    except CommandFailedError as error:
        if buildkit and "buildx component is missing" in str(error):
            pytest.skip("this docker builds with BuildKit by its plugin buildx, which is missing")
        raise


def test_every_container_is_without_rights_and_has_a_limit(project: Project):
    for container in project.inspect():
        service = container["Config"]["Labels"]["com.docker.compose.service"]
        host = container["HostConfig"]
        assert host["ReadonlyRootfs"], service
        assert host["CapDrop"] == ["ALL"], service
        assert host["Memory"] > 0, service
        assert "no-new-privileges:true" in host["SecurityOpt"], service
        if service not in ROOT_WITHOUT_RIGHTS | {"tls"}:
            assert container["Config"]["User"].partition(":")[0] not in {"", "0", "root"}, service


@pytest.mark.parametrize(
    ("name", "content", "page_count"),
    [
        ("slides.fodp", sample_deck(), 5),
        ("letter.doc", old_doc("Letter", "Word 6"), 1),
        ("table.xls", old_xls("Table", 4), 1),
        ("picture.png", picture(), None),
    ],
    ids=["Impress", "Writer", "Calc", "as it is"],
)
def test_a_document_of_each_family_reaches_a_player(project: Project, name, content, page_count):
    with project.client("uploader") as people, project.client() as operator:
        media_id = upload(people, name, content)
        answer = shown(operator, media_id)
    assert answer["status"] == "ready", answer
    fetched = httpx.get(answer["url"])
    assert fetched.status_code == 200
    if page_count is not None:
        with pikepdf.open(io.BytesIO(fetched.content)) as pdf:
            assert len(pdf.pages) == page_count


def test_https_is_served_before_the_edge(project: Project):
    """By Caddy's own authority, since no other one reaches this machine."""
    unknown = ssl.create_default_context()
    unknown.check_hostname, unknown.verify_mode = False, ssl.CERT_NONE
    with httpx.Client(base_url=f"https://localhost:{project.settings['HTTPS_PORT']}", verify=unknown) as client:
        page = wait_until(lambda: client.get("/"), "an answer by HTTPS", ignoring=(httpx.TransportError,))
        assert page.status_code == 200
        assert client.get("/api/media").status_code == 401


def test_a_killed_converter_loses_no_deck_and_the_others_take_its_work(project: Project):
    decks = {f"deck-{number}.fodp": sample_deck() + f"<!-- {number} -->".encode() for number in range(6)}
    with project.client("uploader") as people, project.client() as operator:
        ids = [upload(people, name, content) for name, content in decks.items()]

        def at_work() -> bool:
            busy = operator.get("/api/admin/conversions/status").json()
            return busy["processing"] > 0 or busy["ready"] >= len(ids)

        wait_until(at_work, "a conversion is under way")
        killed, *_ = project.containers("converter")
        project.engine.docker("kill", killed)
        for media_id in ids:
            assert shown(operator, media_id, MINUTES_SECONDS)["status"] == "ready"
    project.up("--no-recreate", "--scale", "converter=3", "converter")
    assert len(project.containers("converter")) == 3


def test_a_token_that_leaves_the_file_is_refused(project: Project):
    file = project.secrets / "tokens" / "tokens.json"
    before = file.read_text()
    with project.client("uploader") as people:
        assert people.get("/api/media").status_code == 200
        _replace(file, json.dumps([entry for entry in json.loads(before) if entry["role"] != "uploader"]))
        wait_until(lambda: people.get("/api/media").status_code == 401, "the token is refused")
        assert people.post("/api/media", params={"filename": "a.fodp"}, content=b"a").status_code == 401
        _replace(file, before)
        wait_until(lambda: people.get("/api/media").status_code == 200, "the token is good again")


def _replace(file: Path, content: str) -> None:
    """As an editor does: another file in the place of the old one."""
    fresh = file.with_suffix(".new")
    fresh.write_text(content)
    fresh.chmod(0o444)
    fresh.replace(file)


def test_the_doctor_finds_nothing_from_a_container(project: Project):
    token = project.secret("operator_token")
    asked = ("-e", "INFOSCREEN_TOKEN", "-e", "INFOSCREEN_EDGE_URL=http://edge:8080")
    project.compose("run", "--rm", *asked, "operator", "doctor", INFOSCREEN_TOKEN=token)


@pytest.fixture(scope="module")
def prometheus(project: Project) -> str:
    return f"http://127.0.0.1:{project.settings['PROMETHEUS_PORT']}"


@pytest.mark.parametrize("panel", PANELS)
def test_every_panel_has_data(prometheus: str, panel: str):
    wait_until(lambda: has_data(prometheus, PANELS[panel]), f"data for {PANELS[panel]}", MINUTES_SECONDS)


@pytest.mark.parametrize("alert", ALERTS.keys() - WITHOUT_DATA)
def test_every_alert_reads_metrics_that_are_scraped(prometheus: str, alert: str):
    for metric in ALERTS[alert]:
        wait_until(lambda metric=metric: has_data(prometheus, metric), f"series of {metric}", MINUTES_SECONDS)


def test_a_backup_by_the_documented_user_restores_into_empty_servers(project: Project):
    """Last: it destroys everything in between, with the commands of docs/how-to/back-up-and-restore.md."""
    as_user = ("run", "--rm", "--user", str(OPERATING_USER), "operator")
    with project.client("uploader") as people, project.client() as operator:
        media_id = upload(people, "kept.fodp", sample_deck())
        assert shown(operator, media_id)["status"] == "ready"
        project.compose(*as_user, "backup", "/backups/today")
        assert {path.stat().st_uid for path in project.backups.rglob("*")} == {OPERATING_USER}
        project.compose("down", "--volumes")
        project.up("nats", "s3", "postgres")
        for job in ("migrate", "migrate-notifier", "migrate-accounts"):
            project.compose("run", "--rm", job)
        project.compose(*as_user, "restore", "/backups/today")
        project.up("converter", "edge")
        answer = shown(operator, media_id)
    assert answer["status"] == "ready"
    assert httpx.get(answer["url"]).content.startswith(b"%PDF")
