"""A page of another site changes nothing with the dashboard's cookie, in no service and on no route."""

import json
import re
from pathlib import Path

import httpx
import pytest

from infoscreen.common.auth import SESSION_COOKIE

DOCUMENTS = Path(__file__).parents[2] / "docs" / "api"
ROLES = {"accounts": "operator", "ingest": "uploader", "catalog": "operator", "player-gateway": "player"}
SOME_ID = "01935f3a-0000-7000-8000-000000000001"
READING = {"get", "head", "options"}
NEEDS_NO_COOKIE = "enrol_player"


def changing_operations():
    for service in ROLES:
        described = json.loads((DOCUMENTS / f"{service}.openapi.json").read_text())
        for path, operations in described["paths"].items():
            for method, operation in operations.items():
                if method not in READING and operation["operationId"] != NEEDS_NO_COOKIE:
                    yield service, method.upper(), path


@pytest.mark.parametrize(("service", "method", "path"), list(changing_operations()))
def test_a_cookie_from_another_site_is_refused(services, service, method, path):
    target = re.sub(r"\{\w+_id\}", SOME_ID, path).replace("{sequence}", "1")
    cookie = {SESSION_COOKIE: ROLES[service]}
    for foreign in ({"Origin": "http://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
        with httpx.Client(base_url=services.urls[service], headers=foreign, cookies=cookie, trust_env=False) as browser:
            answer = browser.request(method, target, json={"token": ROLES[service]})
        assert (answer.status_code, answer.json()["code"]) == (403, "cross_site")
