"""Creates the certificate that the parts of one server present to each other, at each start."""

import subprocess
from pathlib import Path

from infoscreen.cli.errors import SetupError

_COMMAND = (
    *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"),
    *("-days", "36500", "-subj", "/CN=infoscreen", "-addext", "subjectAltName=IP:127.0.0.1"),
)


def make_certificate(directory: Path, name: str) -> None:
    """Writes NAME.crt, self-signed and valid for 127.0.0.1, and NAME.key (mode 0600).

    Raises:
        SetupError: openssl failed.
    """
    key, certificate = directory / f"{name}.key", directory / f"{name}.crt"
    key.unlink(missing_ok=True)  # openssl sets the mode of a new file only
    command = [*_COMMAND, "-keyout", str(key), "-out", str(certificate)]
    made = subprocess.run(command, capture_output=True, text=True, check=False)
    if made.returncode:
        raise SetupError(f"openssl could not make a certificate in {directory}: {made.stderr.strip()[-300:]}")
