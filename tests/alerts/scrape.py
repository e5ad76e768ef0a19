"""Reads metrics as Prometheus does: what a target exports, labelled with its job and instance, and whether it is up."""

import json
import re
from collections.abc import Iterator
from urllib.parse import urlsplit

import httpx
import yaml
from prometheus_client.parser import text_string_to_metric_families

from alerts.promtool import OBSERVABILITY

_SCRAPE_SECONDS = 8.0  # Prometheus's default is 10; the blackbox exporter gives up after 5, a service's checks after 3
_RULES = yaml.safe_load((OBSERVABILITY / "rules.yaml").read_text())
EXPRESSIONS = {rule["alert"]: str(rule["expr"]) for group in _RULES["groups"] for rule in group["rules"]}
_READ = {word for expression in EXPRESSIONS.values() for word in re.findall(r"\b[a-z][a-z_]+\b", expression)}

Series = dict[str, float]
"""Values by series, as `name{label="value",…}`."""


def scrape(job: str, url: str, *, instance: str | None = None, **parameters: str) -> Series:
    """The series that some alert reads."""
    target = {"job": job, "instance": instance or urlsplit(url).netloc}
    try:
        answer = httpx.get(url, params=parameters, timeout=_SCRAPE_SECONDS)
        found = dict(_series(answer.text, target)) if answer.is_success else {}
    except httpx.HTTPError:
        return {_name("up", target): 0}
    return {**found, _name("up", target): float(answer.is_success)}


def _series(text: str, target: dict[str, str]) -> Iterator[tuple[str, float]]:
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            if sample.name in _READ:
                yield _name(sample.name, sample.labels | target), sample.value


def _name(metric: str, labels: dict[str, str]) -> str:
    # JSON's strings are PromQL's.
    return f"{metric}{{{','.join(f'{name}={json.dumps(value)}' for name, value in sorted(labels.items()))}}}"
