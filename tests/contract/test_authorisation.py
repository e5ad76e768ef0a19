"""Every route of every service, for every role: the table says who is let in, the documents and the services agree."""

import json
import re
from pathlib import Path

import pytest

from infoscreen.common.roles import EDITORS, PEOPLE, UPLOADERS, Role

DOCUMENTS = Path(__file__).parents[2] / "docs" / "api"
SERVICES = ("accounts", "ingest", "catalog", "notifier", "player-gateway")
PDF = b"%PDF-1.7\n"
SOME_ID = "01935f3a-0000-7000-8000-000000000001"

ADMITTED = {
    PEOPLE: (
        "GET /api/conversions/{media_id}/status",
        "GET /api/events",
        "GET /api/media",
        "GET /api/media/{media_id}",
        "GET /api/media/{media_id}/original",
        "GET /api/media/{media_id}/report",
        "GET /api/media/{media_id}/screens",
        "GET /api/media/{media_id}/sheets/{number}",
        "GET /api/media/{media_id}/versions",
        "GET /api/people/names",
        "GET /api/session",
        "PUT /api/session/password",
        "GET /api/sessions",
        "GET /api/tokens",
        "POST /api/tokens",
        "DELETE /api/tokens/{token_id}",
        "GET /api/trash",
    ),
    (Role.PLAYER, *PEOPLE): (
        "GET /api/files/converted/{path}",
        "GET /api/media/{media_id}/display",
        "GET /api/media/{media_id}/thumbnail",
    ),
    UPLOADERS: (
        "POST /api/conversions/{media_id}/pdf",
        "POST /api/media",
        "POST /api/media/actions",
        "DELETE /api/media/{media_id}",
        "PATCH /api/media/{media_id}",
        "PUT /api/media/{media_id}",
        "POST /api/media/{media_id}/restore",
        "POST /api/media/{media_id}/versions/{generation}/show",
        "OPTIONS /api/uploads",
        "POST /api/uploads",
        "DELETE /api/uploads/{upload_id}",
        "HEAD /api/uploads/{upload_id}",
        "PATCH /api/uploads/{upload_id}",
    ),
    EDITORS: (
        "GET /api/groups",
        "POST /api/groups",
        "DELETE /api/groups/{group_id}",
        "GET /api/groups/{group_id}",
        "PATCH /api/groups/{group_id}",
        "GET /api/overrides",
        "POST /api/overrides",
        "DELETE /api/overrides/{override_id}",
        "GET /api/overrides/{override_id}",
        "GET /api/players",
        "POST /api/players",
        "DELETE /api/players/{player_id}",
        "GET /api/players/{player_id}",
        "PATCH /api/players/{player_id}",
        "POST /api/players/{player_id}/code",
        "GET /api/players/{player_id}/commands",
        "POST /api/players/{player_id}/commands",
        "PUT /api/players/{player_id}/group",
        "PUT /api/players/{player_id}/media",
        "GET /api/players/{player_id}/snapshot",
        "GET /api/playlists",
        "POST /api/playlists",
        "DELETE /api/playlists/{playlist_id}",
        "GET /api/playlists/{playlist_id}",
        "PATCH /api/playlists/{playlist_id}",
        "PUT /api/playlists/{playlist_id}/items",
        "GET /api/plays",
        "GET /api/schedule",
        "POST /api/schedule",
        "DELETE /api/schedule/{entry_id}",
        "GET /api/schedule/{entry_id}",
        "PATCH /api/schedule/{entry_id}",
        "PATCH /api/screens/media",
    ),
    (Role.OPERATOR,): (
        "GET /api/channels",
        "POST /api/channels",
        "DELETE /api/channels/{channel_id}",
        "GET /api/channels/{channel_id}",
        "PATCH /api/channels/{channel_id}",
        "PUT /api/channels/{channel_id}",
        "POST /api/channels/{channel_id}/test",
        "GET /api/admin/conversions/status",
        "GET /api/admin/converters",
        "GET /api/admin/dead-letters",
        "DELETE /api/admin/dead-letters/{sequence}",
        "GET /api/admin/dead-letters/{sequence}",
        "POST /api/admin/dead-letters/{sequence}/retry",
        "GET /api/admin/poison-events",
        "GET /api/audit",
        "GET /api/audit.csv",
        "GET /api/channels",
        "POST /api/channels",
        "DELETE /api/channels/{channel_id}",
        "GET /api/channels/{channel_id}",
        "PATCH /api/channels/{channel_id}",
        "PUT /api/channels/{channel_id}",
        "POST /api/channels/{channel_id}/test",
        "GET /api/invites",
        "POST /api/invites",
        "DELETE /api/invites/{invite_id}",
        "GET /api/people",
        "PATCH /api/people/{account_id}",
        "POST /api/people/{account_id}/password-link",
        "DELETE /api/people/{account_id}/sessions",
    ),
    (Role.PLAYER,): (
        "GET /api/player/manifest",
        "POST /api/player/report",
        "PUT /api/player/snapshot",
    ),
}
"""The roles that each route lets in."""


def documented():
    """Each guarded operation: its service, its method with its path, and the roles that its document names."""
    for service in SERVICES:
        described = json.loads((DOCUMENTS / f"{service}.openapi.json").read_text())
        for path, operations in described["paths"].items():
            for method, operation in operations.items():
                if operation.get("security") != []:
                    yield service, f"{method.upper()} {path}", operation["x-roles"]


OPERATIONS = list(documented())


def test_the_table_has_every_route_and_the_documents_say_the_same():
    table = {operation: sorted(roles) for roles, operations in ADMITTED.items() for operation in operations}
    assert {operation: sorted(roles) for _, operation, roles in OPERATIONS} == table


@pytest.mark.parametrize("role", list(Role))
def test_each_route_lets_in_the_roles_of_the_table_and_no_other(services, role, subtests):
    clients = {service: services.client(service, role) for service in SERVICES}
    for service, operation, roles in OPERATIONS:
        method, path = operation.split()
        with (
            subtests.test(operation=operation),
            clients[service].stream(
                method, re.sub(r"\{\w*\}", SOME_ID, path).replace(f"/versions/{SOME_ID}/", "/versions/1/")
            ) as answer,
        ):
            refused = answer.status_code == 403 and (method == "HEAD" or "needs the role" in _detail(answer))
            assert refused is (role not in roles), f"{answer.status_code}"
    for client in clients.values():
        client.close()


CHANGES = (
    ("ingest", "PATCH /api/media/{media_id}", {"json": {"title": "Menu"}}),
    ("ingest", "PUT /api/media/{media_id}", {"params": {"filename": "b.pdf"}, "content": PDF}),
    ("ingest", "POST /api/media/{media_id}/versions/{generation}/show", {}),
    ("catalog", "POST /api/conversions/{media_id}/pdf", {}),
    ("ingest", "POST /api/media/actions", {"json": {"action": "tag", "add": ["menu"]}}),
    ("ingest", "DELETE /api/media/{media_id}", {}),
    ("ingest", "POST /api/media/{media_id}/restore", {}),
)
"""Every route that changes one medium, in an order in which each can be done, with a body for it."""


def test_the_table_of_changes_has_every_route_that_uploaders_change_a_medium_by():
    of_media = {o for o in ADMITTED[UPLOADERS] if "{media_id}" in o or o == "POST /api/media/actions"}
    assert {operation for _, operation, _ in CHANGES} == of_media


@pytest.mark.parametrize("owner", [Role.UPLOADER, Role.EDITOR])
@pytest.mark.parametrize("role", UPLOADERS)
def test_uploaders_change_their_own_media_only_and_editors_any(services, role, owner, subtests):
    media_id, generation = _medium_of(services, owner)
    for service, operation, content in CHANGES:
        method, path = operation.split()
        path = path.replace("{media_id}", media_id).replace("{generation}", str(generation))
        of_many = {"json": {**content["json"], "media_ids": [media_id]}} if path.endswith("/actions") else None
        with subtests.test(operation=operation), services.client(service, role) as client:
            answer = client.request(method, path, **(of_many or content))
            status = answer.json()["results"][0]["status"] if of_many else answer.status_code
            assert status in ((200, 202, 204) if role in EDITORS or role == owner else (403,)), answer.text


@pytest.mark.parametrize("role", UPLOADERS)
def test_only_editors_hand_media_over(services, role):
    media_id, _ = _medium_of(services, role)
    with services.client("ingest", role) as client:
        answer = client.patch(f"/api/media/{media_id}", json={"owner": "another"})
    assert answer.status_code == (200 if role in EDITORS else 403)


def test_a_resumable_upload_is_for_who_began_it_whatever_the_role(services):
    tus = {"Tus-Resumable": "1.0.0"}
    with services.client("ingest", Role.UPLOADER) as uploader:
        begun = {"Upload-Length": "10", "Upload-Metadata": "filename bWVudS5wcHR4"}
        location = uploader.post("/api/uploads", headers=tus | begun).headers["location"]
        assert uploader.head(location, headers=tus).status_code == 200
    with services.client("ingest", Role.OPERATOR) as operator:
        offset = {"Upload-Offset": "0", "Content-Type": "application/offset+octet-stream"}
        assert operator.head(location, headers=tus).status_code == 403
        assert operator.patch(location, content=b"0", headers=tus | offset).json()["code"] == "foreign_upload"
        assert operator.delete(location, headers=tus).json()["code"] == "foreign_upload"


def _medium_of(services, owner: Role) -> tuple[str, int]:
    """A medium of a role's principal with an earlier version: its id and that version's generation."""
    with services.client("ingest", owner) as client, services.client("catalog", owner) as catalog:
        made = client.post("/api/media", params={"filename": "a.pdf"}, content=PDF).raise_for_status().json()
        path = made["links"]["self"]
        generation = catalog.get(path).raise_for_status().json()["generation"]
        client.put(path, params={"filename": "b.pdf"}, content=PDF + b" ").raise_for_status()
    return made["media_id"], generation


def _detail(answer) -> str:
    return json.loads(answer.read())["detail"]
