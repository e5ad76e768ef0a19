"""What dashboard and rules read, put to a Prometheus that scrapes the running project."""

import json
import re

import httpx
import yaml

from infoscreen.cli.requirements import repository_root

_OBSERVABILITY = repository_root() / "deploy" / "observability"
_DASHBOARD = json.loads((_OBSERVABILITY / "grafana" / "dashboards" / "infoscreen.json").read_text())
_RULES = yaml.safe_load((_OBSERVABILITY / "rules.yaml").read_text())
_METRIC = re.compile(r"\b(?:infoscreen|node|probe|process|gotenberg|minio)_[a-z_]+\b|\bup\b")
PANELS = {
    f"{panel['title']} {number}": re.sub(r"\$__\w+", "2m", target["expr"])
    for panel in _DASHBOARD["panels"]
    for number, target in enumerate(panel.get("targets", []), 1)
}
"""The expression of each line of a panel, with Grafana's own variables filled in."""

ALERTS = {
    rule["alert"]: sorted(set(_METRIC.findall(re.sub(r'"[^"]*"', '""', rule["expr"]))))
    for group in _RULES["groups"]
    for rule in group["rules"]
}
"""The metrics that each alert reads: their expressions are empty as long as all is well."""


def has_data(address: str, query: str) -> bool:
    """Return True where the Prometheus at an address has a series for the query now."""
    answer = httpx.get(f"{address}/api/v1/query", params={"query": query}, timeout=30)
    answer.raise_for_status()
    return bool(answer.json()["data"]["result"])
