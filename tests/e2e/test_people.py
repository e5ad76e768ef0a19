"""`infoscreen people`, as an operator uses it on a running system."""

import os
import subprocess
import sys
from uuid import uuid4

import httpx
from support.until import wait_until


def people(system, *arguments: str) -> str:
    environment = {
        **os.environ,
        "INFOSCREEN_URL": system.endpoints["edge"],
        "INFOSCREEN_TOKEN": system.endpoints["operator_token"],
    }
    command = [sys.executable, "-m", "infoscreen.cli", "people", *arguments]
    run = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    return run.stdout


def test_a_person_is_invited_listed_promoted_and_disabled_on_the_terminal(system):
    email, password = f"{uuid4().hex}@example.org", "correct horse battery"
    link = people(system, "invite", "Ada", "--role", "viewer").strip()
    assert link.startswith(f"{system.endpoints['edge']}/#invite=isi_")
    with httpx.Client(base_url=system.endpoints["edge"], timeout=60, trust_env=False) as browser:
        account = {"invite": link.partition("=")[2], "name": "Ada", "email": email, "password": password}
        assert browser.post("/api/people", json=account).json()["role"] == "viewer"
        people(system, "role", email, "editor")
        [line] = [line for line in people(system, "list").splitlines() if email in line]
        assert "Ada" in line
        assert "editor" in line
        people(system, "disable", email)
        assert browser.post("/api/session", json={"email": email, "password": password}).status_code == 401
        people(system, "enable", email)
        assert browser.post("/api/session", json={"email": email, "password": password}).status_code == 200
        secret = people(system, "password", email).strip().partition("#password=")[2]
        answer = browser.post("/api/session/password", json={"invite": secret, "password": "another long password"})
        assert answer.json()["email"] == email


def test_a_disabled_account_repeats_its_upload_under_the_same_key_in_vain(system):
    email, edge = f"{uuid4().hex}@example.org", system.endpoints["edge"]
    secret = people(system, "invite", "Ada").strip().partition("=")[2]
    account = {"invite": secret, "name": "Ada", "email": email, "password": "correct horse battery"}
    with httpx.Client(base_url=edge, timeout=60, trust_env=False) as browser, system.client() as operator:
        browser.post("/api/people", json=account).raise_for_status()
        token = browser.post("/api/tokens", json={"name": "script"}).raise_for_status().json()["token"]
        upload = {
            "params": {"filename": f"{email}.pdf"},
            "content": b"%PDF-1.7\n",
            "headers": {"Authorization": f"Bearer {token}", "Idempotency-Key": "menu"},
        }
        made = httpx.post(f"{edge}/api/media", timeout=60, **upload).raise_for_status().json()["media_id"]
        assert httpx.post(f"{edge}/api/media", timeout=60, **upload).json()["media_id"] == made
        people(system, "disable", email)
        wait_until(
            lambda: httpx.post(f"{edge}/api/media", timeout=60, **upload).status_code == 401, "the token is refused"
        )
        assert [item["media_id"] for item in operator.get("/api/media", params={"q": email}).json()["items"]] == [made]
