"""``infoscreen-player enrol``: exchanges a one-time code for the player's token and stores that."""

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
    """Exchange a code for a token and store it; returns the player's name.

    Raises:
        EnrolmentError: the address or the code is wrong, or the token cannot be stored.
    """
    if not server.startswith(("http://", "https://")):
        raise EnrolmentError(f"{server!r} is not an address: give it with http:// or https://.")
    server = server.rstrip("/")
    code = ask_code().strip()
    if not code:
        raise EnrolmentError("The code is empty. Type the one-time code that the infoscreen's page shows.")
    name, token = await gateway.enrol(server, code)
    try:
        credentials.store(server, token)
    except OSError as error:
        user = getpass.getuser()
        raise EnrolmentError(
            f"The token cannot be stored in {credentials.directory} by {user} ({error.strerror}): run this with sudo, "
            "with a new code."
        ) from error
    return name
