"""What a service loads: memory is paid for by every process, all the time."""

import json
import subprocess
import sys

import pytest

REPORT = "import json, sys; import {module}; print(json.dumps(sorted(sys.modules)))"


@pytest.mark.parametrize("service", ["accounts", "catalog", "notifier"])
def test_a_running_service_does_not_load_what_only_its_migration_job_needs(service):
    report = REPORT.format(module=f"infoscreen.{service}.__main__")
    loaded = json.loads(subprocess.run([sys.executable, "-c", report], check=True, capture_output=True).stdout)
    assert f"infoscreen.{service}.settings" in loaded
    assert not {"alembic", "mako", "infoscreen.common.migrations"} & set(loaded)
