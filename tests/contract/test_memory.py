"""What a service loads: memory is paid for by every process, all the time."""

import json
import subprocess
import sys

import pytest

REPORT = "import json, sys; import {module}; print(json.dumps(sorted(sys.modules)))"


MIGRATIONS = {"alembic", "mako", "infoscreen.common.migrations"}
DOCUMENTS = {"fontTools", "lxml", "pikepdf", "pypdfium2"}
"""What converters open documents and fonts with, in processes of their own."""


@pytest.mark.parametrize(
    ("service", "unwanted"),
    [("accounts", MIGRATIONS), ("catalog", MIGRATIONS), ("notifier", MIGRATIONS), ("converter", DOCUMENTS)],
)
def test_a_running_service_does_not_load_what_only_its_other_processes_need(service, unwanted):
    report = REPORT.format(module=f"infoscreen.{service}.__main__")
    loaded = json.loads(subprocess.run([sys.executable, "-c", report], check=True, capture_output=True).stdout)
    assert f"infoscreen.{service}.settings" in loaded
    assert not unwanted & set(loaded)
