"""The committed OpenAPI documents are what the services serve: a change of the API is a change that reviewers see."""

import subprocess
import sys
from pathlib import Path

import pytest

DOCUMENTS = Path(__file__).parents[2] / "docs" / "api"
SERVICES = {"catalog": "infoscreen.catalog", "player-gateway": "infoscreen.player_gateway"}


@pytest.mark.parametrize("service", SERVICES)
def test_the_committed_document_is_what_the_service_serves(service):
    module, committed = SERVICES[service], DOCUMENTS / f"{service}.openapi.json"
    served = subprocess.run(
        [sys.executable, "-m", module, "openapi"], check=True, capture_output=True, text=True
    ).stdout
    message = f"the API changed: python -m {module} openapi > docs/api/{committed.name}"
    assert committed.read_text() == served, message
