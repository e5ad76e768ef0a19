"""Alerts and dashboard speak of metrics that exist, each alert has its runbook page, promtool fires each.

tests/alerts fires them from what broken services really export.
"""

import json
import re
from importlib import import_module

import pytest
import yaml
from alerts.promtool import OBSERVABILITY, promtool
from prometheus_client import REGISTRY, generate_latest

from infoscreen.cli.requirements import repository_root

ROOT = repository_root()
RULES = yaml.safe_load((OBSERVABILITY / "rules.yaml").read_text())
ALERTS = [rule for group in RULES["groups"] for rule in group["rules"]]
DASHBOARD = json.loads((OBSERVABILITY / "grafana" / "dashboards" / "infoscreen.json").read_text())
FROM_ELSEWHERE = {"up", "ALERTS", "process_resident_memory_bytes", "probe_success", "probe_ssl_earliest_cert_expiry"}


def metrics_in(expression: str) -> set[str]:
    """The names of the metrics that a PromQL expression reads."""
    bare = re.sub(r"\{[^}]*\}|\[[^\]]*\]|\"[^\"]*\"|'[^']*'", "", expression)
    bare = re.sub(r"\b(by|on|without|ignoring)\s*\([^)]*\)", "", bare)
    return set(re.findall(r"\b(?:infoscreen|node|probe|process)_[a-z_]+\b|\bup\b|\bALERTS\b", bare))


def exported() -> set[str]:
    """The names that the services' modules export, as Prometheus sees them."""
    for package in ("common", "ingest", "catalog", "player_gateway"):
        import_module(f"infoscreen.{package}.observability")
    text = generate_latest(REGISTRY).decode()
    families = {(name, kind) for name, kind in re.findall(r"^# TYPE (\S+) (\S+)$", text, re.MULTILINE)}
    histograms = [name for name, kind in families if kind == "histogram"]
    return {name for name, _ in families} | {f"{h}_{part}" for h in histograms for part in ("bucket", "sum", "count")}


PANELS = [target["expr"] for panel in DASHBOARD["panels"] for target in panel.get("targets", [])]


@pytest.mark.parametrize("expression", [rule["expr"] for rule in ALERTS] + PANELS)
def test_every_metric_that_is_read_is_exported(expression):
    theirs = {name for name in metrics_in(expression) if name.startswith("node_")} | FROM_ELSEWHERE
    assert metrics_in(expression) - theirs <= exported()


@pytest.mark.parametrize("rule", ALERTS, ids=lambda rule: rule["alert"])
def test_every_alert_says_how_bad_it_is_and_has_a_runbook_page(rule):
    assert rule["labels"]["severity"] in {"page", "ticket"}
    folder, _, name = rule["annotations"]["runbook_url"].rpartition("/")
    assert folder == "{{ $externalLabels.runbooks }}", "where the runbook is published is a setting"
    page = ROOT / "docs" / "runbook" / name
    text = page.read_text()
    assert re.search(rf"^Alert: .*\b{rule['alert']}\b.*\({rule['labels']['severity']}\)$", text, re.MULTILINE)
    for heading in ("## What it means", "## Diagnose", "## Fix"):
        assert heading in text, f"{page.name} lacks {heading}"


def test_every_runbook_page_belongs_to_an_alert():
    named = {rule["annotations"]["runbook_url"].rpartition("/")[2] for rule in ALERTS}
    assert {page.name for page in (ROOT / "docs" / "runbook").glob("*.md")} == named | {"README.md"}


def test_the_runbooks_contents_list_every_page_with_its_alerts():
    contents = (ROOT / "docs" / "runbook" / "README.md").read_text()
    listed = {
        (page, alert)
        for page, alerts in re.findall(r"^- \[[^\]]+\]\(([a-z-]+\.md)\): (.+)$", contents, re.MULTILINE)
        for alert in alerts.split(", ")
    }
    assert listed == {(rule["annotations"]["runbook_url"].rpartition("/")[2], rule["alert"]) for rule in ALERTS}


def test_every_alert_is_fired_by_a_test():
    tests = yaml.safe_load((OBSERVABILITY / "rules.test.yaml").read_text())["tests"]
    fired = {case["alertname"] for test in tests for case in test["alert_rule_test"] if case["exp_alerts"]}
    assert fired == {rule["alert"] for rule in ALERTS}


def test_promtool_accepts_rules_and_configuration_and_every_alert_fires():
    promtool("check", "rules", "rules.yaml")
    promtool("check", "config", "prometheus.yaml")
    promtool("test", "rules", "rules.test.yaml")


def test_promtool_accepts_every_expression_of_the_dashboard(tmp_path):
    """As recording rules, with Grafana's own variables filled in."""
    filled = [re.sub(r"\$__\w+", "5m", expression) for expression in PANELS]
    rules = [{"record": f"panel:{number}", "expr": expression} for number, expression in enumerate(filled)]
    (tmp_path / "panels.yaml").write_text(yaml.safe_dump({"groups": [{"name": "dashboard", "rules": rules}]}))
    promtool("check", "rules", tmp_path / "panels.yaml")


def test_prometheus_finds_every_service_that_compose_runs():
    configuration = yaml.safe_load((OBSERVABILITY / "prometheus.yaml").read_text())
    jobs = {job["job_name"] for job in configuration["scrape_configs"]}
    assert {"accounts", "ingest", "catalog", "player-gateway", "converter", "nats", "edge", "node"} <= jobs
