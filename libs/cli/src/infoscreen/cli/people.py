"""`infoscreen people`: lists accounts, invites people, and changes what an account may do.

The commands work on a system on this machine (by its data directory), or on any other (by INFOSCREEN_URL and
INFOSCREEN_TOKEN, an operator's).
"""

import json
import os
from enum import StrEnum
from http import HTTPStatus
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from infoscreen.cli import endpoints
from infoscreen.cli.datadir import DataDir
from infoscreen.cli.errors import CliError
from infoscreen.cli.http_client import NoResponseError, send
from infoscreen.cli.parameters import DEFAULT_DATA_DIR, DataDirOption
from infoscreen.common.roles import Role

_WIDTH_OFF_TERMINAL = 400  # so that a line is an account, for grep

app = typer.Typer(help="The people who may sign in.", no_args_is_help=True)


class AccountRole(StrEnum):
    """The roles that an account may have."""

    VIEWER = Role.VIEWER.value
    UPLOADER = Role.UPLOADER.value
    EDITOR = Role.EDITOR.value
    OPERATOR = Role.OPERATOR.value


RoleOption = Annotated[AccountRole, typer.Option("--role", help="What the account may do.")]
Email = Annotated[str, typer.Argument(help="The account's e-mail address.")]


class People:
    """The accounts of a running system, by its public API.

    Args:
        edge: the address of the edge.
        token: an operator's.
    """

    def __init__(self, edge: str, token: str) -> None:
        self._edge = edge.rstrip("/")
        self._token = token

    def all(self) -> list[dict[str, Any]]:
        """Every account.

        Raises:
            CliError: the system does not answer, or refuses.
        """
        items: list[dict[str, Any]] = self._ask("items", "GET", "/api/people")
        return items

    def invite(self, name: str, role: AccountRole) -> str:
        """Make an invite; returns its link.

        Raises:
            CliError: as ``all``.
        """
        return str(self._ask("link", "POST", "/api/invites", {"name": name, "role": role.value}))

    def change(self, email: str, change: dict[str, Any]) -> None:
        """Change the account with an address.

        Raises:
            CliError: there is none, or as ``all``.
        """
        self._ask("role", "PATCH", self._path(email), change)

    def password_link(self, email: str) -> str:
        """Make a link that sets another password of the account with an address.

        Raises:
            CliError: there is none, or as ``all``.
        """
        return str(self._ask("link", "POST", f"{self._path(email)}/password-link"))

    def _path(self, email: str) -> str:
        found = [person["account_id"] for person in self.all() if person["email"] == email.strip().lower()]
        if not found:
            raise CliError(f"There is no account with the address {email}: `infoscreen people list` shows them.")
        return f"/api/people/{found[0]}"

    def _ask(self, field: str, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        """One field of an answer."""
        headers = {"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"}
        data = None if body is None else json.dumps(body).encode()
        try:
            answer = send(method, self._edge + path, data=data, headers=headers)
        except NoResponseError as error:
            raise CliError(f"{self._edge} did not answer: {error}.") from error
        if answer.status >= HTTPStatus.MULTIPLE_CHOICES or field not in answer.json:
            raise CliError(f"{self._edge}{path} answered {answer}")
        return answer.json[field]


def _people(data_dir: Path) -> People:
    if "INFOSCREEN_URL" in os.environ:
        return People(os.environ["INFOSCREEN_URL"], os.environ.get("INFOSCREEN_TOKEN", ""))
    running = endpoints.read(DataDir(data_dir.absolute()).endpoints)
    return People(running.edge, running.operator_token)


@app.command("list")
def list_people(data_dir: DataDirOption = DEFAULT_DATA_DIR) -> None:
    """List every account, its role, and when it was last seen."""
    table = Table("name", "e-mail", "role", "last seen", "sessions", "tokens", box=None)
    for person in _people(data_dir).all():
        role = f"{person['role']} (disabled)" if person["disabled_at"] else person["role"]
        seen = str(person["last_seen_at"] or "never")[:16].replace("T", " ")
        table.add_row(person["name"], person["email"], role, seen, str(person["sessions"]), str(person["tokens"]))
    console = Console(markup=False, highlight=False)
    if not console.is_terminal:
        console.width = _WIDTH_OFF_TERMINAL
    console.print(table)


@app.command()
def invite(
    name: Annotated[str, typer.Argument(help="Whom the invite is for.")],
    role: RoleOption = AccountRole.UPLOADER,
    data_dir: DataDirOption = DEFAULT_DATA_DIR,
) -> None:
    """Print a link that makes one account. It is good for three days; it works once."""
    typer.echo(_people(data_dir).invite(name, role))


@app.command()
def role(
    email: Email,
    new_role: Annotated[AccountRole, typer.Argument(metavar="ROLE", help="viewer, uploader, editor or operator.")],
    data_dir: DataDirOption = DEFAULT_DATA_DIR,
) -> None:
    """Change what an account may do."""
    _people(data_dir).change(email, {"role": new_role.value})


@app.command()
def password(email: Email, data_dir: DataDirOption = DEFAULT_DATA_DIR) -> None:
    """Print a link that sets another password of an account. It is good for three days; it works once."""
    typer.echo(_people(data_dir).password_link(email))


@app.command()
def disable(email: Email, data_dir: DataDirOption = DEFAULT_DATA_DIR) -> None:
    """Sign an account out everywhere, and let it in no more."""
    _people(data_dir).change(email, {"disabled": True})


@app.command()
def enable(email: Email, data_dir: DataDirOption = DEFAULT_DATA_DIR) -> None:
    """Let a disabled account sign in again."""
    _people(data_dir).change(email, {"disabled": False})
