"""`up`, Compose and Kubernetes alike: a service that hangs is started again, and one that is told to stop has its time.

The figures in deploy/ are compared with those in the code: infoscreen.common.grace and infoscreen.cli.child.Liveness.
"""

import ast
import re

import pytest
import yaml
from support import nats_users

from infoscreen.accounts.settings import AccountsSettings
from infoscreen.catalog.settings import CatalogSettings
from infoscreen.cli import servers
from infoscreen.cli.child import Liveness
from infoscreen.cli.datadir import DataDir
from infoscreen.cli.ports import PortBook
from infoscreen.cli.requirements import repository_root
from infoscreen.cli.system import Options, System
from infoscreen.cli.system_secrets import Secrets
from infoscreen.common.grace import HAND_BACK_SECONDS, WIND_UP_SECONDS
from infoscreen.converter.settings import ConverterSettings
from infoscreen.ingest.settings import IngestSettings
from infoscreen.notifier.settings import NotifierSettings
from infoscreen.player_gateway.settings import GatewaySettings

ROOT = repository_root()
SETTINGS = {
    "accounts": AccountsSettings,
    "ingest": IngestSettings,
    "catalog": CatalogSettings,
    "player-gateway": GatewaySettings,
    "notifier": NotifierSettings,
    "converter": ConverterSettings,
}
TEMPLATES = ROOT / "deploy" / "helm" / "infoscreen" / "templates"


def prefix(service: str) -> str:
    return service.upper().replace("-", "_")


def default_grace(service: str) -> float:
    return SETTINGS[service].model_fields["shutdown_grace_seconds"].default


def only(pattern: str, text: str) -> float:
    [found] = re.findall(pattern, text)
    return float(found)


@pytest.fixture
def system(tmp_path):
    return System(Options(data_dir=tmp_path), DataDir(tmp_path), ROOT, Secrets(), PortBook())


@pytest.fixture(scope="module")
def compose() -> dict:
    return yaml.safe_load((ROOT / "deploy" / "compose" / "compose.yaml").read_text())["services"]


@pytest.mark.parametrize("service", SETTINGS)
def test_up_waits_for_longer_than_a_service_needs(system, service):
    specs = {spec.name.removesuffix("-1"): spec for spec in system.services()}
    assert specs[service].grace_seconds >= default_grace(service) + WIND_UP_SECONDS


@pytest.mark.parametrize("service", SETTINGS)
def test_up_waits_for_longer_than_the_grace_that_an_operator_sets(system, service, monkeypatch):
    monkeypatch.setenv(f"{prefix(service)}_SHUTDOWN_GRACE_SECONDS", "100")
    specs = {spec.name.removesuffix("-1"): spec for spec in system.services()}
    assert specs[service].grace_seconds >= 100 + WIND_UP_SECONDS


@pytest.mark.parametrize("service", SETTINGS)
def test_compose_waits_for_longer_than_a_service_needs(compose, service):
    given = compose[service]["environment"].get(f"{prefix(service)}_SHUTDOWN_GRACE_SECONDS")
    outer = float(compose[service]["stop_grace_period"].removesuffix("s"))
    assert outer >= float(given or default_grace(service)) + WIND_UP_SECONDS


def test_kubernetes_waits_for_longer_than_the_http_services_need():
    text = (TEMPLATES / "http-services.yaml").read_text()
    before = only(r'command: \[sleep, "(\d+)"\]', text)
    grace = only(r'_SHUTDOWN_GRACE_SECONDS, value: "(\d+)"', text)
    assert only(r"terminationGracePeriodSeconds: (\d+)", text) >= before + grace + WIND_UP_SECONDS


def test_kubernetes_waits_for_longer_than_the_converter_needs():
    text = (TEMPLATES / "converter.yaml").read_text()
    assert only(r"\$grace := add \.Values\.converter\.deadlineMaxSeconds (\d+)", text) > 0
    assert only(r"terminationGracePeriodSeconds: \{\{ add \$grace (\d+) \}\}", text) >= WIND_UP_SECONDS


def test_a_service_cancels_what_does_not_end_before_it_is_killed():
    assert 0 < HAND_BACK_SECONDS < WIND_UP_SECONDS


@pytest.mark.parametrize("service", SETTINGS)
def test_every_service_ends_itself_when_its_loop_hangs(service):
    """`run_main` is what watches the loop, whatever the service does."""
    main = ROOT / "services" / service / "src" / "infoscreen" / service.replace("-", "_") / "__main__.py"
    called = [node.func for node in ast.walk(ast.parse(main.read_text())) if isinstance(node, ast.Call)]
    assert "run_main" in {function.id for function in called if isinstance(function, ast.Name)}


def test_up_asks_every_service_and_server_whether_it_lives(system, tmp_path):
    parts = [
        *system.services(),
        system.edge(),
        nats_users.nats(tmp_path / "nats", system.ports),
        servers.s3(tmp_path / "s3", system.ports, system.s3_access),
    ]
    assert [part.name for part in parts if part.liveness is None] == []


@pytest.mark.parametrize("service", SETTINGS)
def test_compose_starts_a_service_that_ended_again(compose, service):
    assert compose[service]["restart"] == "unless-stopped"


def test_kubernetes_and_up_give_a_hung_service_the_same_time():
    text = (TEMPLATES / "_helpers.tpl").read_text()
    [probe] = re.findall(r"livenessProbe:\n((?:  .*\n)+)", text)
    figures = yaml.safe_load(probe)
    ours = Liveness(probe=lambda: None)
    assert (figures["periodSeconds"], figures["failureThreshold"]) == (ours.every_seconds, ours.failures)
    assert ours.every_seconds * ours.failures == 60
    assert figures["httpGet"]["path"] == "/livez"
