"""``infoscreen-player enrol``: a person types a one-time code, the player gets its token and keeps it."""

import getpass
import sys
from collections.abc import Callable

from infoscreen.player.credentials import Credentials
from infoscreen.player.errors import EnrolmentError
from infoscreen.player.gateway import Gateway

AskCode = Callable[[], str]


def typed_code() -> str:
    """Ask for the code on the terminal, or read it from a pipe."""
    prompt = "One-time code (an operator sees it when creating the screen): "
    return input(prompt) if sys.stdin.isatty() else sys.stdin.readline()


async def enrol(gateway: Gateway, credentials: Credentials, server: str, ask_code: AskCode = typed_code) -> str:
    """Exchange a code for a token and store it; returns what the server calls this player.

    Raises:
        EnrolmentError: the address or the code is not good, or the token cannot be stored.
    """
    if not server.startswith(("http://", "https://")):
        raise EnrolmentError(f"{server!r} is not an address: give it with http:// or https://.")
    server = server.rstrip("/")
    code = ask_code().strip()
    if not code:
        raise EnrolmentError("No code was given.")
    name, token = await gateway.enrol(server, code)
    try:
        credentials.store(server, token)
    except OSError as error:
        who = getpass.getuser()
        raise EnrolmentError(
            f"The token cannot be stored in {credentials.directory} by {who} ({error.strerror}): run this with sudo, "
            "with a new code."
        ) from error
    return name
