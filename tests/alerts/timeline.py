"""Hours in an instant: what was scraped from a healthy and from a broken system, each for as long as alerts need.

The alerts' `for` and the windows of their expressions run in promtool's time, over the scraped values; nothing waits.
"""

import re
import time
from pathlib import Path

import yaml

from alerts.promtool import OBSERVABILITY, promtool
from alerts.scrape import Series

_MINUTES = 120  # longer than any window and any `for`
_INSTANT = re.compile(r"\w+_expiry\{")  # these are points in time, and promtool's begins at 0


def expect_alert(name: str, healthy: Series, broken: Series, directory: Path, *, times: int = 1) -> None:
    """Fails unless nothing fires while the system is healthy, and this alert does when it breaks and stays broken.

    Args:
        times: for how many targets it fires.
    """
    series = [
        {"series": each, "values": f"{_lasting(each, healthy)} {_lasting(each, broken)}"}
        for each in sorted(healthy.keys() | broken.keys())
    ]
    firing = f'ALERTS{{alertname="{name}",alertstate="firing"}}'
    checks = [
        {
            "expr": 'ALERTS{alertstate="firing"}',
            "eval_time": f"{_MINUTES - 1}m",
            "exp_samples": [],
        },
        {
            "expr": f"count(max_over_time({firing}[{_MINUTES}m]))",
            "eval_time": f"{2 * _MINUTES - 1}m",
            "exp_samples": [{"labels": "{}", "value": times}],
        },
    ]
    case = {
        "rule_files": [str(OBSERVABILITY / "rules.yaml")],
        "tests": [{"name": name, "interval": "1m", "input_series": series, "promql_expr_test": checks}],
    }
    (directory / f"{name}.yaml").write_text(yaml.safe_dump(case))
    promtool("test", "rules", directory / f"{name}.yaml")


def _lasting(series: str, scraped: Series) -> str:
    if series not in scraped:
        return f"stale _x{_MINUTES - 1}"
    value = scraped[series] - (time.time() if _INSTANT.match(series) else 0)
    return f"{value:.17g}x{_MINUTES - 1}"
