"""The committed OpenAPI documents are what the services serve: a change of the API is a change that reviewers see."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

DOCUMENTS = Path(__file__).parents[2] / "docs" / "api"
SERVICES = {
    "accounts": "infoscreen.accounts",
    "ingest": "infoscreen.ingest",
    "catalog": "infoscreen.catalog",
    "player-gateway": "infoscreen.player_gateway",
    "notifier": "infoscreen.notifier",
}


DESCRIBED = {service: json.loads((DOCUMENTS / f"{service}.openapi.json").read_text()) for service in SERVICES}
OPERATIONS = {
    f"{service} {operation['operationId']}": operation
    for service, described in DESCRIBED.items()
    for path in described["paths"].values()
    for operation in path.values()
}


@pytest.mark.parametrize("service", SERVICES)
def test_the_committed_document_is_what_the_service_serves(service):
    module, committed = SERVICES[service], DOCUMENTS / f"{service}.openapi.json"
    served = subprocess.run(
        [sys.executable, "-m", module, "openapi"], check=True, capture_output=True, text=True
    ).stdout
    message = f"the API changed: python -m {module} openapi > docs/api/{committed.name}"
    assert committed.read_text() == served, message


def test_every_error_is_a_problem_details_object(subtests):
    for name, operation in OPERATIONS.items():
        with subtests.test(operation=name):
            errors = {status: answer for status, answer in operation["responses"].items() if int(status) >= 400}
            assert operation.get("security") == [] or {"401", "403", "503"} <= errors.keys()
            assert "requestBody" not in operation or {"400", "413", "422"} <= errors.keys()
            assert all(list(answer["content"]) == ["application/problem+json"] for answer in errors.values())


def test_every_operation_has_a_name_of_its_own_and_says_what_it_does():
    assert [name for name, op in OPERATIONS.items() if not op["operationId"].isidentifier()] == []
    assert [name for name, op in OPERATIONS.items() if not op["description"]] == []


def test_every_operation_with_a_token_says_which_roles_it_admits():
    guarded = {name: op for name, op in OPERATIONS.items() if op.get("security") != []}
    assert [name for name, operation in guarded.items() if not operation.get("x-roles")] == []


def test_only_who_signs_in_or_out_or_has_a_link_or_enrols_needs_no_token():
    public = [operation for operation in OPERATIONS.values() if operation.get("security") == []]
    assert {operation["operationId"] for operation in public} == {
        "sign_in",
        "sign_out",
        "reset_password",
        "accept_invite",
        "enrol_player",
    }
