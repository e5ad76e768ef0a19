"""Whatever a client sends within an OpenAPI document, or a little beside it, is answered as the document says."""

import re
import zlib
from http.cookiejar import DefaultCookiePolicy
from pathlib import Path

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.specs.openapi.checks import ignored_auth, positive_data_acceptance

DOCUMENTS = Path(__file__).parents[2] / "docs" / "api"
EVENTS = "/api/events"  # has no end; its own tests ask for it
LONGEST_WAIT_SECONDS = 0.05
UUID = r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
PATTERNS = {"path": rf"[0-9a-f]{{64}}/{UUID}\.(pdf|webp)"}

schemathesis.serializer.alias("application/offset+octet-stream", "application/octet-stream")


def document(service):
    return schemathesis.openapi.from_path(DOCUMENTS / f"{service}.openapi.json").exclude(path=EVENTS)


def bounded(examples):
    return settings(
        max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True, database=None
    )


@pytest.fixture(scope="module")
def session():
    """Connections that are kept; without cookies, for a sign-in would answer for all that follows."""
    with requests.Session() as session:
        session.trust_env = False
        session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        yield session


def ask_for_what_is_there(case, services):
    """Every other id is exchanged for one that the services know."""
    known = {"media_id": services.media_ids, "player_id": services.player_ids, "path": services.converted_paths}
    for name, value in case.path_parameters.items():
        number = zlib.crc32(str(value).encode())
        if name in known and number % 2 and re.fullmatch(PATTERNS.get(name, UUID), str(value)):
            case.path_parameters[name] = str(known[name][number % len(known[name])])


AUTH_CHECKED = set()


def already_checked(operation):
    """Whether a route asks for a token does not depend on the data: one case tells, and each may take 0.5 s."""
    if operation in AUTH_CHECKED:
        return [ignored_auth]
    AUTH_CHECKED.add(operation)
    return []


def send(case, services, session, service, role):
    ask_for_what_is_there(case, services)
    if isinstance(case.query, dict) and isinstance(case.query.get("wait"), float | int):
        case.query["wait"] = min(case.query["wait"], LONGEST_WAIT_SECONDS)
    case.call_and_validate(
        base_url=services.urls[service],
        session=session,
        headers={"Authorization": f"Bearer {role}"},
        # Which bytes are a document, or which text is a code, is more than a schema can say.
        excluded_checks=[positive_data_acceptance, *already_checked(case.operation.label)],
        allow_redirects=False,
        timeout=20,
    )


def checked(service, role):
    """A quick and a thorough test of a service, sent with a token of this role."""
    schema = document(service)

    @schema.parametrize()
    @bounded(10)
    def quick(case, services, session):
        send(case, services, session, service, role)

    @schema.parametrize()
    @bounded(300)
    def thorough(case, services, session):
        send(case, services, session, service, role)

    return quick, pytest.mark.exhaustive(thorough)


test_accounts, test_accounts_thoroughly = checked("accounts", "operator")
test_ingest, test_ingest_thoroughly = checked("ingest", "uploader")
test_the_catalog, test_the_catalog_thoroughly = checked("catalog", "operator")
test_the_gateway, test_the_gateway_thoroughly = checked("player-gateway", "player")
