"""The embedded system's secrets: created once, kept in the data directory, the same after every restart."""

import hashlib
import json
import secrets
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path

from infoscreen.cli.errors import SetupError
from infoscreen.cli.files import write_private
from infoscreen.common.messaging import permissions


def _token(prefix: str) -> str:
    """A token whose prefix tells people and secret scanners what it is."""
    return f"{prefix}_{secrets.token_urlsafe(32)}"


def _nats_password() -> str:
    """One that begins with a letter: NATS reads it from its environment as a word, not a number."""
    return f"n{secrets.token_hex()}"


_RETIRED = ("nats_token",)
"""Secrets of former releases: until 1.0.0 the services shared one token."""


@dataclass(frozen=True)
class Secrets:
    """All secrets of one system. Those that URLs or SQL contain are hexadecimal."""

    operator_token: str = field(default_factory=partial(_token, "iso"))
    uploader_token: str = field(default_factory=partial(_token, "isu"))
    player_token: str = field(default_factory=partial(_token, "isp"))
    nats_passwords: dict[str, str] = field(default_factory=dict)
    s3_access_key: str = field(default_factory=partial(secrets.token_hex, 10))
    s3_secret_key: str = field(default_factory=secrets.token_hex)
    postgres_superuser_password: str = field(default_factory=secrets.token_hex)
    postgres_owner_password: str = field(default_factory=secrets.token_hex)
    postgres_gateway_password: str = field(default_factory=secrets.token_hex)
    postgres_notifier_password: str = field(default_factory=secrets.token_hex)
    postgres_accounts_password: str = field(default_factory=secrets.token_hex)

    def __post_init__(self) -> None:
        """Give each user of NATS a password that has none yet."""
        made = {user: _nats_password() for user in permissions.USERS}
        object.__setattr__(self, "nats_passwords", made | self.nats_passwords)


def load_or_create(path: Path) -> Secrets:
    """The secrets of the file; creates those that are missing, as after an upgrade, and drops those without a use.

    Raises:
        SetupError: the file exists and cannot be read. New secrets would lock the existing data, so none are created.
    """
    try:
        known = json.loads(path.read_text()) if path.exists() else {}
        loaded = Secrets(**{name: value for name, value in known.items() if name not in _RETIRED})
    except (OSError, ValueError, TypeError) as error:
        raise SetupError(f"The secrets in {path} cannot be read ({error}): restore the file from a backup.") from error
    if asdict(loaded) != known:
        write_private(path, json.dumps(asdict(loaded), indent=2) + "\n")
    return loaded


def tokens_file(loaded: Secrets) -> str:
    """The content of AUTH_TOKENS_FILE: services get the tokens' hashes only."""
    tokens = {
        "operator": loaded.operator_token,
        "uploader": loaded.uploader_token,
        "player": loaded.player_token,
    }
    entries = [
        {"name": f"embedded-{role}", "role": role, "sha256": hashlib.sha256(token.encode()).hexdigest()}
        for role, token in tokens.items()
    ]
    return json.dumps(entries, indent=2) + "\n"
