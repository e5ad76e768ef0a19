"""The chart: its settings exist, its secrets are the ones its README lists, and what helm's own library makes of it.

`helm-python-sdk` is helm 4 as a library. It renders as `helm template` does, hooks included.
"""

import json
import re
from collections.abc import Iterable
from functools import reduce

import pytest
import yaml
from helm_python import Chart, HelmValuesError, lint

from infoscreen.accounts.settings import AccountsSettings
from infoscreen.catalog.settings import CatalogSettings
from infoscreen.cli.requirements import repository_root
from infoscreen.common.events import subjects
from infoscreen.common.messaging import topology
from infoscreen.common.messaging.permissions import OPERATOR, USERS, password_variable
from infoscreen.common.object_store.multipart import temporary_bytes
from infoscreen.common.settings import AuthSettings, LogSettings, NatsSettings, S3Settings
from infoscreen.converter.settings import ConverterSettings
from infoscreen.converter.workspace import job_bytes
from infoscreen.ingest.settings import IngestSettings
from infoscreen.notifier.settings import MigrationSettings, NotifierSettings, SmtpSettings
from infoscreen.player_gateway.settings import GatewaySettings

DEPLOY = repository_root() / "deploy"
CHART = DEPLOY / "helm" / "infoscreen"
TEMPLATES = {path.name: path.read_text() for path in (CHART / "templates").iterdir()}
SETTINGS = (
    AccountsSettings,
    CatalogSettings,
    ConverterSettings,
    GatewaySettings,
    MigrationSettings,
    NotifierSettings,
    SmtpSettings,
    IngestSettings,
    AuthSettings,
    LogSettings,
    NatsSettings,
    S3Settings,
)
KNOWN = {f"{cls.model_config['env_prefix']}{field}".upper() for cls in SETTINGS for field in cls.model_fields}
FOR_SERVERS = {
    "NATS_TOKEN", "NATS_PASSWORD_", "NATS_SERVER_NAME", "NATS_LISTEN", "NATS_MONITOR", "NATS_CLUSTER_LISTEN",
    "NATS_ROUTES", "NATS_STORE_DIR", "NATS_MAX_FILE_STORE", "GOMEMLIMIT",
    "POSTGRES_PASSWORD_FILE", "POSTGRES_INITDB_ARGS",
}  # fmt: skip
HELM_SAYS_INFO = 1
COMPONENT = "app.kubernetes.io/component"
BACKUPS = ("backup.enabled=true", "backup.claim=vault")
VARIANTS = {
    "as it comes": [],
    "with Gotenberg, bundled stores and monitoring": [
        *("converter.engine=gotenberg", "monitoring.enabled=true"),
        *("bundled.s3.enabled=true", "bundled.postgres.enabled=true"),
    ],
    "behind a Gateway, with backups": [
        *("ingress.enabled=false", "gateway.enabled=true", "gateway.parentRefs=[{name: front}]"),
        *BACKUPS,
    ],
    "small": ["converter.keda=false", "nats.replicas=1", "ingress.enabled=false", "networkPolicy.enabled=false"],
    "with another NATS": ["nats.enabled=false", "nats.monitoringEndpoint=nats.other:8222"],
}  # fmt: skip


def values_of(settings: Iterable[str]) -> dict:
    """What `helm --set NAME=VALUE` makes of each."""
    values: dict = {}
    for setting in settings:
        name, _, value = setting.partition("=")
        *path, last = name.split(".")
        reduce(lambda below, key: below.setdefault(key, {}), path, values)[last] = yaml.safe_load(value)
    return values


def render(*settings: str, upgrade: bool = False, values: dict | None = None) -> list[dict]:
    with Chart.load(CHART) as chart:
        about = {"name": "it", "namespace": "screens", "is_upgrade": upgrade, "is_install": not upgrade}
        files = chart.render(values or values_of(settings), **about)
    manifests = [text for name, text in sorted(files.items()) if name.endswith(".yaml")]
    return [document for text in manifests for document in yaml.safe_load_all(text) if document]


def of_kind(documents: list[dict], kind: str) -> dict[str, dict]:
    return {d["metadata"]["name"]: d for d in documents if d["kind"] == kind}


def pods(documents: list[dict]) -> dict[str, dict]:
    """The pods of what runs, by the names without the hash of a job's content."""
    specs = {name: template["spec"] for name, template in templates(documents).items()}
    return {re.sub("-[0-9a-f]{8}$", "", name): spec for name, spec in specs.items()}


def templates(documents: list[dict]) -> dict[str, dict]:
    """The pod templates of what runs."""
    kinds = ("Deployment", "StatefulSet", "Job")
    found = {d["metadata"]["name"]: d["spec"]["template"] for d in documents if d["kind"] in kinds}
    crons = of_kind(documents, "CronJob").items()
    return found | {name: cron["spec"]["jobTemplate"]["spec"]["template"] for name, cron in crons}


def test_every_setting_that_the_templates_give_exists():
    named = {name for text in TEMPLATES.values() for name in re.findall(r"name: ([A-Z][A-Z0-9_]+)\b", text)}
    edge = {name for name in named if name.startswith("EDGE_") or name.endswith("_UPSTREAM")}
    assert named - edge - FOR_SERVERS <= KNOWN
    http = TEMPLATES["http-services.yaml"]
    suffixes = set(re.findall(r"\$service\.prefix \}\}_([A-Z_]+),", http))
    for prefix in re.findall(r'"prefix" "([A-Z_]+)"', http):
        assert {f"{prefix}_{suffix}" for suffix in suffixes} <= KNOWN


def test_every_secret_that_the_templates_mount_is_listed_for_who_installs_it():
    named = {
        key
        for text in TEMPLATES.values()
        for group in re.findall(r'"secrets" \(list ([^)]*)\)', text)
        for key in re.findall(r'"([^"]+)"', group)
    } | {"NATS_TOKEN", *map(password_variable, USERS)}
    listed = (CHART / "README.md").read_text()
    assert [key for key in sorted(named) if f"`{key}`" not in listed] == []


def test_nats_is_given_the_password_of_each_user_and_each_service_the_url_of_its_own():
    documents = render(*BACKUPS)
    [nats] = pods(documents)["it-infoscreen-nats"]["containers"]
    sources = {e["name"]: e.get("valueFrom", {}).get("secretKeyRef", {}).get("key") for e in nats["env"]}
    of_secret = {name: key for name, key in sources.items() if key}
    assert of_secret == {name: name for name in ("NATS_TOKEN", *map(password_variable, USERS))}
    for name, spec in pods(documents).items():
        component = name.removeprefix("it-infoscreen-")
        items = [item for v in spec["volumes"] for item in v.get("secret", {}).get("items", [])]
        urls = [item["key"] for item in items if item["path"] == "NATS_URL"]
        user = OPERATOR if component in {"topology", "backup-even", "backup-odd"} else component
        assert urls == ([f"NATS_URL_{user.replace('-', '_').upper()}"] if user in USERS else []), name


def test_keda_watches_every_durable_of_the_topology():
    scaler = TEMPLATES["_lag-scaler.tpl"]
    durables = re.search(r"range \$durable := list (.*?) \}\}", scaler)[1]
    assert set(re.findall(r'"([^"]+)"', durables)) == {lane.durable for lane in subjects.LANES}
    assert f"stream: {topology.STREAM}\n" in scaler


def test_the_files_that_the_chart_carries_are_the_projects_own():
    for name in (
        "nats/server.conf",
        "nats/cluster.conf",
        "nats/users.conf",
        "nats/refuse-lone-data",
        "observability/rules.yaml",
        "postgres/roles.sh",
        "seaweedfs/security.toml",
        "observability/grafana/dashboards/infoscreen.json",
    ):
        assert (CHART / "files" / name).is_file()


def test_the_default_values_satisfy_their_schema_and_every_value_is_described():
    values = yaml.safe_load((CHART / "values.yaml").read_text())
    schema = json.loads((CHART / "values.schema.json").read_text())

    def check(value: object, described: dict, path: str) -> None:
        if not isinstance(value, dict) or "properties" not in described:
            return
        assert value.keys() <= described["properties"].keys(), path
        for key, below in value.items():
            check(below, described["properties"][key], f"{path}.{key}")

    check(values, schema, "values")
    assert schema["additionalProperties"] is False


def test_secrets_are_mounted_as_folders_so_that_a_changed_token_is_seen():
    """Kubernetes never updates what is mounted by `subPath`."""
    assert [name for name, text in TEMPLATES.items() if "subPath" in text] == []


def test_helm_lint_finds_nothing():
    report = lint(CHART, strict=True, kube_version="v1.34.0")
    assert report["errors"] == []
    assert [message for message in report["messages"] if message["severity"] > HELM_SAYS_INFO] == []


@pytest.mark.parametrize("settings", VARIANTS.values(), ids=VARIANTS)
def test_every_variant_renders_and_names_nothing_twice(settings):
    documents = render(*settings)
    names = [(d["kind"], d["metadata"]["name"]) for d in documents]
    assert len(names) == len(set(names))


@pytest.mark.parametrize(
    "wrong",
    [
        "nats.replicas=2",
        "nats.enabled=false",
        "publicUrl=screens.example.org",
        "conveter.min=2",
        "secretName=",
        "converter.engine=word",
        "gateway.enabled=true",
        "backup.enabled=true",
        "nats.antiAffinity=never",
    ],
)
def test_values_that_cannot_work_are_refused(wrong):
    with pytest.raises(HelmValuesError):
        render(wrong)


def test_a_conversion_in_hand_is_finished_before_its_pod_is_killed():
    spec = pods(render("converter.deadlineMaxSeconds=900"))["it-infoscreen-converter"]
    environment = {e["name"]: e.get("value") for e in spec["containers"][0]["env"]}
    assert float(environment["CONVERTER_DEADLINE_MAX_SECONDS"]) == 900
    assert 900 < float(environment["CONVERTER_SHUTDOWN_GRACE_SECONDS"]) < spec["terminationGracePeriodSeconds"]


def tmp_bytes(pod: dict) -> int:
    [tmp] = [volume["emptyDir"] for volume in pod["volumes"] if volume["name"] == "tmp"]
    return int(re.fullmatch(r"(\d+)Mi", tmp["sizeLimit"])[1]) * 1024**2


def environment_of(pod: dict) -> dict[str, str]:
    return {e["name"]: e.get("value") for e in pod["containers"][0]["env"]}


@pytest.mark.parametrize("uploads", [1, 64, 300])
def test_all_uploads_that_an_ingest_takes_at_once_have_room(uploads):
    ingest = pods(render(f"ingest.maxConcurrentUploads={uploads}"))["it-infoscreen-ingest"]
    assert int(environment_of(ingest)["INGEST_MAX_CONCURRENT_UPLOADS"]) == uploads
    assert temporary_bytes(uploads) <= tmp_bytes(ingest)


@pytest.mark.parametrize("engine", ["libreoffice", "gotenberg"])
@pytest.mark.parametrize("source_bytes", [1_000_000, 536_870_912, 2_147_483_648])
def test_the_largest_document_that_is_converted_has_room_in_every_job_at_once(engine, source_bytes):
    rendered = render(f"converter.engine={engine}", f"converter.maxSourceBytes={source_bytes}")
    converter = pods(rendered)["it-infoscreen-converter"]
    environment = environment_of(converter)
    assert int(environment["CONVERTER_MAX_SOURCE_BYTES"]) == source_bytes
    spares = ConverterSettings.model_fields["spares"].default if engine == "libreoffice" else 0
    assert (int(environment["CONVERTER_SLOTS"]) + spares) * job_bytes(source_bytes) <= tmp_bytes(converter)


def test_a_document_that_can_be_uploaded_and_not_converted_is_so_by_the_same_number_everywhere():
    compose = yaml.safe_load((CHART.parents[1] / "compose" / "compose.yaml").read_text())["services"]
    values = yaml.safe_load((CHART / "values.yaml").read_text())
    default = ConverterSettings.model_fields["max_source_bytes"].default
    assert values["converter"]["maxSourceBytes"] == default
    assert str(default) in compose["converter"]["environment"]["CONVERTER_MAX_SOURCE_BYTES"]
    assert str(values["ingest"]["maxUploadBytes"]) in compose["ingest"]["environment"]["INGEST_MAX_UPLOAD_BYTES"]


def test_pods_of_ours_meet_the_restricted_pod_security_standard():
    for name, spec in pods(render()).items():
        assert spec["securityContext"]["runAsNonRoot"], name
        assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        assert spec["automountServiceAccountToken"] is False
        for container in spec["containers"]:
            assert container["securityContext"]["allowPrivilegeEscalation"] is False
            assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
            assert container["securityContext"]["readOnlyRootFilesystem"], name


def test_every_pod_has_a_policy_and_a_converters_gotenberg_no_way_out():
    documents = render("converter.engine=gotenberg", *BACKUPS)
    policies = of_kind(documents, "NetworkPolicy")
    components = {template["metadata"]["labels"][COMPONENT] for template in templates(documents).values()}
    assert {f"it-infoscreen-{component}" for component in components} <= policies.keys()
    assert policies["it-infoscreen-gotenberg"]["spec"]["egress"] == []


def test_the_bundled_store_has_its_inner_certificate_and_the_flags_of_compose():
    documents = render("bundled.s3.enabled=true")
    spec = pods(documents)["it-infoscreen-s3"]
    [container] = spec["containers"]
    [keys] = [volume["secret"]["items"] for volume in spec["volumes"] if "secret" in volume]
    assert {item["path"] for item in keys} == {"s3_identities.json", "s3_internal.crt", "s3_internal.key"}
    mounts = {mount["name"]: mount["mountPath"] for mount in container["volumeMounts"]}
    assert (mounts["security"], mounts["secrets"]) == ("/etc/seaweedfs", container["workingDir"])
    security = of_kind(documents, "ConfigMap")["it-infoscreen-s3"]["data"]["security.toml"]
    assert security.strip() == (DEPLOY / "seaweedfs" / "security.toml").read_text().strip()
    compose = (DEPLOY / "compose" / "compose.seaweedfs.yaml").read_text()
    assert container["args"] == re.findall(r"^ +- (-\S+|mini)$", compose, re.MULTILINE)


@pytest.mark.parametrize("upgrade", [False, True])
def test_migrations_come_before_an_upgrade_and_the_topology_beside_the_nats_that_it_needs(upgrade):
    """A stream with three copies needs the three servers that the same upgrade brings (error 10074)."""
    jobs = of_kind(render(upgrade=upgrade), "Job")
    hooks = {name: job["metadata"].get("annotations", {}).get("helm.sh/hook") for name, job in jobs.items()}
    assert len(hooks) == 4
    for name, hook in hooks.items():
        assert hook == ("pre-upgrade" if upgrade and "-migrate" in name else None), name


def test_a_job_that_ran_stays_under_a_name_that_changes_with_its_content():
    """A Job cannot be changed, and one that removes itself is made again by what applies manifests over and over."""
    before, again, after = (of_kind(render(*s), "Job") for s in ([], [], ["image.tag=1.0.1", "nats.replicas=5"]))
    assert before.keys() == again.keys()
    assert before.keys().isdisjoint(after)
    assert [name for name, job in before.items() if "ttlSecondsAfterFinished" in job["spec"]] == []


@pytest.mark.parametrize(("settings", "wave"), [([], "-1"), (["bundled.postgres.enabled=true"], None)])
def test_argo_cd_migrates_before_the_rest_unless_the_database_is_part_of_it(settings, wave):
    for name, job in of_kind(render(*settings), "Job").items():
        found = job["metadata"].get("annotations", {}).get("argocd.argoproj.io/sync-wave")
        assert found == (wave if "-migrate" in name else None)


def test_backups_alternate_between_two_directories_of_a_claim_and_reach_every_server():
    documents = render(*BACKUPS, "bundled.s3.enabled=true", "bundled.postgres.enabled=true")
    crons = of_kind(documents, "CronJob")
    assert {name: cron["spec"]["concurrencyPolicy"] for name, cron in crons.items()} == {
        "it-infoscreen-backup-even": "Forbid",
        "it-infoscreen-backup-odd": "Forbid",
    }
    spec = pods(documents)["it-infoscreen-backup-even"]
    assert spec["containers"][0]["args"] == ["backup", "/backups/even"]
    assert {"name": "backups", "persistentVolumeClaim": {"claimName": "vault"}} in spec["volumes"]
    policies = of_kind(documents, "NetworkPolicy")
    for server, port in (("nats", 4222), ("s3", 9000), ("postgres", 5432)):
        assert may_reach(policies, "backup", server, port)
        assert not may_reach(policies, "gotenberg", server, port)


def may_reach(policies: dict[str, dict], client: str, server: str, port: int) -> bool:
    """Whether the policies of both let one component connect to another."""

    def names(rules: list[dict], side: str, component: str) -> bool:
        return any(
            {"port": port} in rule.get("ports", [])
            and any(peer["podSelector"]["matchLabels"][COMPONENT] == component for peer in rule.get(side, []))
            for rule in rules
        )

    own, theirs = (policies[f"it-infoscreen-{name}"]["spec"] for name in (client, server))
    return names(own["egress"], "to", server) and names(theirs["ingress"], "from", client)


@pytest.mark.parametrize(
    ("endpoint", "port"),
    [("https://s3.example.org", 443), ("http://minio.storage", 80), ("http://minio.storage:9000", 9000)],
)
def test_services_may_reach_the_object_store_at_the_port_of_its_address(endpoint, port):
    policy = of_kind(render(f"s3.endpoint={endpoint}"), "NetworkPolicy")["it-infoscreen-ingest"]
    assert {"port": port} in [p for rule in policy["spec"]["egress"] for p in rule["ports"]]
    chosen = of_kind(render(f"s3.endpoint={endpoint}", "networkPolicy.s3Port=8333"), "NetworkPolicy")
    assert {"port": 8333} in [p for rule in chosen["it-infoscreen-ingest"]["spec"]["egress"] for p in rule["ports"]]


@pytest.mark.parametrize(("limit", "size_bytes"), [("1Gi", 2**30), ("500M", 500 * 10**6), ("1.5Gi", 1.5 * 2**30)])
def test_nats_collects_garbage_before_its_memory_limit_ends_it(limit, size_bytes):
    environment = environment_of(pods(render(f"nats.resources.limits.memory={limit}"))["it-infoscreen-nats"])
    assert int(environment["GOMEMLIMIT"]) == int(size_bytes * 0.9)


def test_servers_of_nats_are_on_nodes_of_their_own_unless_a_trial_has_fewer():
    def affinity(*settings: str) -> dict:
        return pods(render(*settings))["it-infoscreen-nats"]["affinity"]["podAntiAffinity"]

    [required] = affinity()["requiredDuringSchedulingIgnoredDuringExecution"]
    [preferred] = affinity("nats.antiAffinity=preferred")["preferredDuringSchedulingIgnoredDuringExecution"]
    assert required == preferred["podAffinityTerm"]
    assert required["labelSelector"]["matchLabels"][COMPONENT] == "nats"


def test_a_gateway_leads_to_the_edge_and_ends_no_upload():
    documents = render("gateway.enabled=true", "gateway.parentRefs=[{name: front, namespace: infra}]")
    route = of_kind(documents, "HTTPRoute")["it-infoscreen-edge"]["spec"]
    assert route["hostnames"] == ["screens.example.org"]
    assert route["parentRefs"] == [{"name": "front", "namespace": "infra"}]
    assert route["rules"] == [
        {"backendRefs": [{"name": "it-infoscreen-edge", "port": 80}], "timeouts": {"request": "0s"}}
    ]
    assert of_kind(documents, "Service")["it-infoscreen-edge"]["spec"]["ports"][0]["port"] == 80


def test_another_ingress_controller_gets_its_own_annotations_only():
    nginx = "nginx.ingress.kubernetes.io/proxy-"
    names = ("body-size", "request-buffering", "buffering", "read-timeout")
    own = {"haproxy.org/timeout-server": "1h"} | {f"{nginx}{name}": None for name in names}
    ingress = of_kind(render(values={"ingress": {"annotations": own}}), "Ingress")["it-infoscreen-edge"]
    assert ingress["metadata"]["annotations"] == {"haproxy.org/timeout-server": "1h"}


def test_a_cluster_of_nats_begins_only_after_a_look_for_the_data_of_a_single_server():
    """What it looks for and says: tests/chaos/test_nats_growth.py, on real servers."""
    [guard] = pods(render())["it-infoscreen-nats"]["initContainers"]
    assert guard["command"][1:3] == ["/etc/nats/refuse-lone-data", "/data"]
    assert "initContainers" not in pods(render("nats.replicas=1"))["it-infoscreen-nats"]
    policies = of_kind(render(), "NetworkPolicy")
    assert may_reach(policies, "nats", "nats", 8222)


def test_every_alert_links_to_where_the_runbook_is_published():
    documents = render("monitoring.enabled=true", "monitoring.runbookUrl=https://wiki.example/runbook")
    groups = of_kind(documents, "PrometheusRule")["it-infoscreen"]["spec"]["groups"]
    links = [rule["annotations"]["runbook_url"] for group in groups for rule in group["rules"]]
    assert links
    assert [link for link in links if not re.fullmatch(r"https://wiki\.example/runbook/[a-z-]+\.md", link)] == []


def test_routes_name_every_server_and_each_stream_has_as_many_copies_as_there_are_servers():
    documents = render()
    spec = pods(documents)["it-infoscreen-nats"]
    environment = {e["name"]: e.get("value") for e in spec["containers"][0]["env"]}
    assert environment["NATS_ROUTES"].count("nats://") == 3
    topology_job = pods(documents)["it-infoscreen-topology"]["containers"][0]["env"]
    assert {e["name"]: e.get("value") for e in topology_job}["NATS_STREAM_REPLICAS"] == "3"
