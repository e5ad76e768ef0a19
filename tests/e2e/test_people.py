"""`infoscreen people`, as an operator uses it on a running system."""

import os
import subprocess
import sys
from uuid import uuid4

import httpx


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
