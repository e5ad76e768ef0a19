"""Compose names only settings that exist and gives every one that is required, for each service, with each override.

The settings classes themselves decide: a container's environment and secrets are put before the very classes that the
service's `__main__` builds.
"""

import ast
import os
import re
import subprocess
from importlib import import_module
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import yaml
from pydantic_settings import BaseSettings

from infoscreen.cli.requirements import repository_root
from infoscreen.common.auth import TokenFile
from infoscreen.common.messaging.permissions import OPERATOR, USERS, password_variable
from infoscreen.common.object_store.multipart import temporary_bytes
from infoscreen.common.roles import Role
from infoscreen.converter.settings import ConverterSettings
from infoscreen.converter.workspace import job_bytes

ROOT = repository_root()
COMPOSE = ROOT / "deploy" / "compose"
OVERRIDES = ("compose.seaweedfs.yaml", "compose.libreoffice.yaml", "compose.tls.yaml", "compose.dev.yaml")
OURS = ("accounts", "ingest", "catalog", "player-gateway", "notifier", "converter")
JOBS = {
    "topology": "libs/cli/src/infoscreen/cli/topology.py",
    "migrate": "services/catalog/src/infoscreen/catalog/maintenance/migrate.py",
    "migrate-accounts": "services/accounts/src/infoscreen/accounts/migrate.py",
    "migrate-notifier": "services/notifier/src/infoscreen/notifier/migrate.py",
    "operator": "libs/cli/src/infoscreen/cli/servers_access.py",
}
PINNED = re.compile(r"[a-z0-9./-]+:[A-Za-z0-9._-]+@sha256:[0-9a-f]{64}")


class _Loader(yaml.SafeLoader):
    """Knows Compose's tags for merging: what they mark is taken as it is."""


for tag in ("!override", "!reset"):
    _Loader.add_constructor(
        tag,
        lambda loader, node: (
            loader.construct_sequence(node) if isinstance(node, yaml.SequenceNode) else loader.construct_mapping(node)
        ),
    )


def load(name: str) -> dict:
    return yaml.load((COMPOSE / name).read_text(), _Loader)  # noqa: S506 - a safe loader with two more tags


@pytest.fixture(scope="module")
def compose() -> dict:
    return load("compose.yaml")


def settings_of(source: Path) -> list[type[BaseSettings]]:
    """The settings classes that a module imports or defines."""
    module = ".".join(source.with_suffix("").parts[source.parts.index("src") + 1 :])
    names = {
        alias.name
        for node in ast.walk(ast.parse(source.read_text()))
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    } | {node.name for node in ast.walk(ast.parse(source.read_text())) if isinstance(node, ast.ClassDef)}
    found = (getattr(import_module(module), name, None) for name in sorted(names) if name.endswith("Settings"))
    return [item for item in found if isinstance(item, type) and issubclass(item, BaseSettings)]


def classes_of(service: str) -> list[type[BaseSettings]]:
    if service in JOBS:
        return [c for c in settings_of(ROOT / JOBS[service]) if c.__name__ != "BaseSettings"]
    package = service.replace("-", "_")
    return settings_of(ROOT / "services" / service / "src" / "infoscreen" / package / "__main__.py")


def names_of(classes: list[type[BaseSettings]]) -> set[str]:
    """The environment variables that these classes read."""
    return {f"{c.model_config['env_prefix']}{field}".upper() for c in classes for field in c.model_fields}


def given_to(service: dict) -> dict[str, str]:
    """A container's settings: its environment, and its secrets that its entrypoint finds under the name of one."""
    environment = {name: interpolated(str(value)) for name, value in service.get("environment", {}).items()}
    return {**environment, **dict.fromkeys(secrets_of(service), "http://secret")}


def secrets_of(service: dict) -> set[str]:
    """The settings that a container finds as secrets."""
    mounted = [secret if isinstance(secret, str) else secret["target"] for secret in service.get("secrets", [])]
    return {name for name in mounted if re.fullmatch(r"[A-Z0-9_]+", name)}


def interpolated(value: str) -> str:
    """`${NAME:-default}` as Compose takes it where nothing is set."""
    return re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", value)


@pytest.mark.parametrize("service", [*OURS, *JOBS])
def test_every_setting_that_a_service_is_given_exists(compose, service):
    known = names_of([cls for name in (*OURS, *JOBS) for cls in classes_of(name)])
    shared = names_of(classes_of("topology")) | {"LOG_FORMAT", "LOG_LEVEL"}
    own = names_of(classes_of(service)) | shared
    unknown = given_to(compose["services"][service]).keys() - own
    assert unknown <= known, f"no such setting: {sorted(unknown - known)}"
    prefixes = {name.partition("_")[0] for name in unknown}
    assert prefixes <= {"CATALOG", "AUTH"}, f"{service} has no use for {sorted(unknown)}"


@pytest.mark.parametrize("service", [*OURS, *JOBS])
def test_every_setting_that_a_service_needs_is_given(compose, service, monkeypatch):
    for name in list(os.environ):
        monkeypatch.delenv(name)
    for name, value in given_to(compose["services"][service]).items():
        monkeypatch.setenv(name, value)
    for cls in classes_of(service):
        cls()


@pytest.mark.parametrize("override", OVERRIDES)
def test_overrides_name_only_services_and_settings_that_exist(compose, override):
    for name, service in load(override)["services"].items():
        assert name in compose["services"] or "image" in service, f"{override} overrides {name}, which is nowhere"
        if name in OURS:
            assert given_to(service).keys() <= names_of(classes_of(name))


def test_the_edge_is_given_every_variable_that_its_caddyfile_reads(compose):
    caddyfile = (ROOT / "deploy" / "edge" / "Caddyfile").read_text()
    dockerfile = (ROOT / "deploy" / "Dockerfile").read_text()
    needed = set(re.findall(r"\{\$(\w+)", caddyfile))
    given = compose["services"]["edge"]["environment"].keys() | set(re.findall(r"\b([A-Z0-9_]+)=", dockerfile))
    assert needed <= given


def test_nats_is_given_every_variable_that_its_configuration_reads(compose):
    files = [ROOT / "deploy" / "nats" / name for name in ("server.conf", "users.conf")]
    needed = {name for file in files for name in re.findall(r"^[^#]*\$(NATS_\w+)", file.read_text(), re.MULTILINE)}
    nats = compose["services"]["nats"]
    assert needed <= nats["environment"].keys() | {*nats["secrets"]}
    mounted = {volume.split(":")[0] for volume in nats["volumes"]}
    assert {f"../nats/{file.name}" for file in files} <= mounted


def test_nats_reads_its_passwords_from_the_secrets(compose, tmp_path):
    """The container's own command, with a program in the place of the server that prints what it is given."""
    subprocess.run([COMPOSE / "make-secrets", tmp_path / "secrets"], check=True, capture_output=True)
    (tmp_path / "nats-server").write_text("#!/bin/sh\nenv\n")
    (tmp_path / "nats-server").chmod(0o755)
    [command] = compose["services"]["nats"]["command"]
    command = command.replace("$$", "$").replace("/run/secrets", str(tmp_path / "secrets"))
    environment = {"PATH": f"{tmp_path}:/usr/bin:/bin"}
    seen = subprocess.run(["sh", "-c", command], env=environment, check=True, capture_output=True, text=True).stdout
    for user in USERS:
        password = (tmp_path / "secrets" / password_variable(user)).read_text()
        assert f"{password_variable(user)}={password}\n" in seen


@pytest.mark.parametrize("service", [*OURS, *JOBS])
def test_nats_knows_each_service_by_a_user_of_its_own(compose, service, tmp_path):
    named = [s["source"] for s in compose["services"][service].get("secrets", []) if isinstance(s, dict)]
    if service.startswith("migrate"):
        assert named == []
        return
    subprocess.run([COMPOSE / "make-secrets", tmp_path], check=True, capture_output=True)
    [url] = [urlsplit((tmp_path / name).read_text()) for name in named]
    assert url.username == (service if service in OURS else OPERATOR)
    assert url.password == (tmp_path / password_variable(url.username)).read_text()


def test_jobs_run_before_the_services_that_need_them(compose):
    for name in OURS:
        after = compose["services"][name]["depends_on"]
        assert after["topology"]["condition"] == "service_completed_successfully"
    accounts = compose["services"]["accounts"]["depends_on"]
    assert accounts["migrate-accounts"]["condition"] == "service_completed_successfully"
    for name in ("catalog", "player-gateway"):
        assert compose["services"][name]["depends_on"]["migrate"]["condition"] == "service_completed_successfully"


def test_every_part_that_goes_on_running_says_when_it_is_healthy(compose):
    unwatched = {
        "s3-volume",
        "topology",
        "migrate",
        "migrate-accounts",
        "migrate-notifier",
        "operator",
        "prometheus",
        "grafana",
        "blackbox",
        "node-exporter",
    }
    for name, service in compose["services"].items():
        assert name in unwatched or service["healthcheck"]["test"]


def test_ours_run_without_rights_on_a_read_only_root(compose):
    for name in (*OURS, *JOBS, "edge"):
        service = compose["services"][name]
        assert service["read_only"]
        assert service["cap_drop"] == ["ALL"]
        assert "no-new-privileges:true" in service["security_opt"]


@pytest.mark.parametrize("override", [None, *OVERRIDES])
def test_servers_run_without_rights_on_a_read_only_root_as_ours_do(compose, override):
    for name, service in (load(override)["services"] if override else compose["services"]).items():
        whole = compose["services"].get(name, {}) | service
        assert whole["read_only"] or name in {"gotenberg", "grafana"}, f"{name}: its image writes in several places"
        assert whole["cap_drop"] == ["ALL"], name
        assert "no-new-privileges:true" in whole["security_opt"], name


@pytest.mark.parametrize("override", [None, "compose.seaweedfs.yaml"])
def test_what_holds_documents_and_rows_is_not_root_and_may_write_to_its_volume(compose, override):
    services = compose["services"] if override is None else load(override)["services"]
    [volume] = [mount for mount in services["s3"]["volumes"] if mount.endswith(":/data")]
    store = compose["services"]["s3"] | services["s3"]
    job = compose["services"]["s3-volume"] | services["s3-volume"]
    assert job["volumes"] == [volume]
    assert job["command"][0].endswith(f"chown -R {store['user']} /data")
    assert "s3-volume" in store["depends_on"]
    assert compose["services"]["postgres"]["user"] == "999:999"


@pytest.mark.parametrize("override", [None, *OVERRIDES])
def test_every_container_has_a_limit_of_memory_above_its_temporary_files(compose, override):
    for name, service in (load(override)["services"] if override else compose["services"]).items():
        whole = compose["services"].get(name, {}) | service
        files = sum(mounted_bytes(mount) for mount in whole.get("tmpfs", []))
        assert files < memory_bytes(whole), name


def test_docker_makes_no_folder_in_which_people_write(compose):
    """It would be root's."""
    for name in ("backups", "fonts"):
        assert (COMPOSE / name).is_dir()
    [backups] = compose["services"]["operator"]["volumes"]
    assert backups["bind"] == {"create_host_path": False}


def test_jobs_are_given_only_the_secrets_that_they_read(compose):
    for name in JOBS:
        assert secrets_of(compose["services"][name]) <= names_of(classes_of(name)), name


def test_no_two_ports_of_an_override_are_the_same():
    for name in OVERRIDES:
        published = [port for service in load(name)["services"].values() for port in service.get("ports", [])]
        hosts = [port.removesuffix("/udp") if port.endswith("/udp") else port.rpartition(":")[0] for port in published]
        assert len(hosts) == len(set(hosts)), name


def test_gotenberg_has_time_to_start_its_office(compose):
    """It answers only once LibreOffice runs, and ends itself when its own limit comes first."""
    seconds = dict(re.findall(r"--([a-z-]+)=(\d+)s", " ".join(compose["services"]["gotenberg"]["command"])))
    assert int(seconds["api-start-timeout"]) > int(seconds["libreoffice-start-timeout"])
    health = compose["services"]["gotenberg"]["healthcheck"]
    assert int(health["start_period"].removesuffix("s")) >= int(seconds["api-start-timeout"])
    chart = (ROOT / "deploy" / "helm" / "infoscreen" / "templates" / "gotenberg.yaml").read_text()
    assert f"--api-start-timeout={seconds['api-start-timeout']}s" in chart
    probe = re.search(r"startupProbe:.*?periodSeconds: (\d+).*?failureThreshold: (\d+)", chart, re.DOTALL)
    period, failures = probe.groups()
    assert int(period) * int(failures) >= int(seconds["api-start-timeout"])


def test_every_image_that_is_not_ours_is_pinned_by_digest(compose):
    images = [service["image"] for service in compose["services"].values()]
    images += [s["image"] for name in OVERRIDES for s in load(name)["services"].values() if "image" in s]
    theirs = [image for image in images if not image.startswith("${REGISTRY")]
    assert theirs
    assert [image for image in theirs if not PINNED.fullmatch(image)] == []


def test_what_opens_documents_has_no_way_out_and_only_the_edge_is_published(compose):
    assert compose["services"]["gotenberg"]["networks"] == ["conversion"]
    assert compose["networks"]["conversion"]["internal"]
    assert compose["networks"]["backend"]["internal"]
    open_to_all = {
        name
        for name, service in compose["services"].items()
        for port in service.get("ports", [])
        if not port.startswith(("127.0.0.1:", "${EDGE_BIND:-127.0.0.1}:"))
    }
    assert open_to_all == set()


def tmpfs_bytes(service: dict) -> int:
    """How large the only temporary file system of a service is."""
    [mount] = service["tmpfs"]
    return mounted_bytes(mount)


def mounted_bytes(mount: str) -> int:
    return bytes_of(re.search(r"size=(\w+)", interpolated(mount))[1])


def memory_bytes(service: dict) -> int:
    """How much memory a service may take, its temporary file systems included."""
    return bytes_of(interpolated(service["mem_limit"]))


def bytes_of(size: str) -> int:
    return int(size[:-1]) * 1024 ** "bkmg".index(size[-1])


def test_all_uploads_that_ingest_takes_at_once_have_room(compose):
    ingest = compose["services"]["ingest"]
    uploads = int(given_to(ingest)["INGEST_MAX_CONCURRENT_UPLOADS"])
    assert temporary_bytes(uploads) <= tmpfs_bytes(ingest)


@pytest.mark.parametrize("override", [None, "compose.libreoffice.yaml"])
def test_the_largest_document_that_is_converted_has_room_in_every_job_at_once(compose, override):
    """What of it can be uploaded, that is: MAX_UPLOAD_BYTES may be less."""
    service = compose["services"]["converter"] | (load(override)["services"]["converter"] if override else {})
    given = given_to(compose["services"]["converter"]) | given_to(service)
    jobs = int(given["CONVERTER_SLOTS"])
    if given["CONVERTER_ENGINE"] == "libreoffice":
        jobs += int(given.get("CONVERTER_SPARES", ConverterSettings.model_fields["spares"].default))
    uploadable = int(given_to(compose["services"]["ingest"])["INGEST_MAX_UPLOAD_BYTES"])
    largest = min(int(given["CONVERTER_MAX_SOURCE_BYTES"]), uploadable)
    assert jobs * job_bytes(largest) <= tmpfs_bytes(service)
    if override:
        assert tmpfs_bytes(service) < memory_bytes(service)


def test_the_example_names_only_variables_that_compose_reads():
    files = "".join((COMPOSE / name).read_text() for name in ("compose.yaml", *OVERRIDES))
    offered = set(re.findall(r"^#?([A-Z][A-Z0-9_]*)=", (COMPOSE / ".env.example").read_text(), re.MULTILINE))
    assert offered
    assert offered <= set(re.findall(r"\$\{([A-Z0-9_]+)", files))


def test_make_secrets_makes_every_secret_once_and_keeps_it(compose, tmp_path):
    def run() -> dict[str, str]:
        subprocess.run([COMPOSE / "make-secrets", tmp_path], check=True, capture_output=True)
        return {path.name: path.read_text() for path in tmp_path.rglob("*") if path.is_file()}

    made = run()
    named = compose["secrets"].keys() | load("compose.seaweedfs.yaml")["secrets"].keys()
    assert named <= made.keys()
    assert run() == made
    assert tmp_path.stat().st_mode & 0o077 == 0 or (tmp_path.stat().st_mode & 0o777) == 0o700


def test_the_one_token_of_a_former_version_is_kept_for_the_servers_of_nats_only(tmp_path):
    for name in ("nats_token", "NATS_URL"):
        (tmp_path / name).write_text("nformer")
    subprocess.run([COMPOSE / "make-secrets", tmp_path], check=True, capture_output=True)
    assert (tmp_path / "NATS_TOKEN").read_text() == "nformer"
    assert not {"nats_token", "NATS_URL"} & {path.name for path in tmp_path.iterdir()}


def test_tokens_that_make_secrets_makes_let_in(tmp_path):
    subprocess.run([COMPOSE / "make-secrets", tmp_path], check=True, capture_output=True)
    tokens = TokenFile(tmp_path / "tokens" / "tokens.json")
    for role in (Role.OPERATOR, Role.UPLOADER):
        principal = tokens.find((tmp_path / f"{role}_token").read_text())
        assert principal is not None
        assert principal.role is role


@pytest.mark.parametrize("service", ["accounts", "ingest", "catalog", "player-gateway", "notifier"])
def test_the_folder_of_the_tokens_is_mounted_so_that_a_file_that_replaces_them_is_seen(compose, service):
    [tokens] = compose["services"][service]["volumes"]
    file = Path(compose["services"][service]["environment"]["AUTH_TOKENS_FILE"])
    assert tokens["type"] == "bind"
    assert (Path(tokens["target"]), tokens["read_only"]) == (file.parent, True)
    assert tokens["source"].endswith("/tokens")
    assert [
        name for name in compose["secrets"] if "tokens" in name
    ] == []  # secrets are files, each pinned to its inode


def test_tokens_of_a_former_version_are_kept_where_they_are_mounted_now(tmp_path):
    (tmp_path / "tokens.json").write_text("[]")
    subprocess.run([COMPOSE / "make-secrets", tmp_path], check=True, capture_output=True)
    assert (tmp_path / "tokens" / "tokens.json").read_text() == "[]"
    assert not (tmp_path / "tokens.json").exists()
