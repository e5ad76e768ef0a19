"""The committed OpenAPI document of ingest says what the code does."""

import json
from pathlib import Path

from infoscreen.ingest.openapi import document

COMMITTED = Path(__file__).parents[2] / "docs" / "api" / "ingest.openapi.json"


def test_the_committed_document_is_up_to_date():
    assert COMMITTED.read_text() == document(), (
        "run: python -m infoscreen.ingest openapi > docs/api/ingest.openapi.json"
    )


def test_every_error_is_a_problem_details_object():
    described = json.loads(document())
    for path in described["paths"].values():
        for operation in path.values():
            errors = {status: answer for status, answer in operation["responses"].items() if int(status) >= 400}
            assert {"401", "403", "429", "503"} <= errors.keys()
            for answer in errors.values():
                assert list(answer["content"]) == ["application/problem+json"]


def test_every_operation_has_a_name_and_says_what_it_does():
    described = json.loads(document())
    operations = [operation for path in described["paths"].values() for operation in path.values()]
    assert {operation["operationId"] for operation in operations} == {"upload_media", "replace_media", "delete_media"}
    assert all(operation["description"] for operation in operations)
