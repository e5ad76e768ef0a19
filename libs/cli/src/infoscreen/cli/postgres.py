"""Runs Postgres 18 from the wheel directly, without the wheel's manager, which stops the server by rules of its own.

Postgres refuses to run as root. For root, it runs as the system user `infoscreen` with one capability kept
(dac_override), so that it reaches its data directory even below /root without a change of file modes.
"""

import os
import pwd
import shutil
import signal
import subprocess
from functools import cache
from pathlib import Path

from infoscreen.cli.child import ChildSpec, Liveness, server_environment
from infoscreen.cli.errors import SetupError
from infoscreen.cli.ports import LOOPBACK, PortBook
from infoscreen.cli.postgres_programs import binary
from infoscreen.cli.probes import LIVENESS_SECONDS, PROBE_SECONDS, Probe, command_succeeds

DATABASE = "infoscreen"
OWNER = "infoscreen"
SUPERUSER = "postgres"
SYSTEM_USER = "infoscreen"
_REJECTING = 1


def database_url(ports: PortBook, password: str, *, user: str = OWNER, database: str = DATABASE) -> str:
    """The clients' address, credentials included."""
    return f"postgresql://{user}:{password}@{LOOPBACK}:{ports.port('postgres')}/{database}"


def postgres(directory: Path, ports: PortBook, *, superuser_password: str, owner_password: str) -> ChildSpec:
    """A cluster with one database, `infoscreen`, and its owner of the same name, created at the first start."""
    directory.mkdir(parents=True, exist_ok=True)
    data = directory / "data"
    if not data.exists():
        _create_cluster(directory, data, superuser_password, owner_password)
    port = ports.port("postgres")
    return ChildSpec(
        name="postgres",
        # -k '': no socket files. Statement logging stays off: statements contain passwords and file names.
        argv=(binary("postgres"), "-D", str(data), "-h", LOOPBACK, "-p", str(port), "-k", ""),
        env=server_environment(directory),
        probe=_accepts_connections(port),
        liveness=Liveness(_answers(port)),
        credentials=_credentials(),
        stop_signal=signal.SIGINT,  # fast shutdown: SIGTERM would wait for every client to leave
        death_signal=signal.SIGINT,
    )


def _accepts_connections(port: int) -> Probe:
    return command_succeeds(lambda: _pg_isready(port, PROBE_SECONDS), "not accepting connections yet")


def _answers(port: int) -> Probe:
    """Also alive while it refuses connections, as it does during crash recovery."""
    return command_succeeds(lambda: max(_pg_isready(port, LIVENESS_SECONDS) - _REJECTING, 0), "no answer")


def _pg_isready(port: int, timeout_seconds: float) -> int:
    """0: takes connections, 1: answers and refuses them, 2: does not answer."""
    where = ("--host", LOOPBACK, "--port", str(port), "--timeout", f"{timeout_seconds:.0f}")
    return subprocess.run([binary("pg_isready"), "--quiet", *where], check=False).returncode


def _create_cluster(directory: Path, data: Path, superuser_password: str, owner_password: str) -> None:
    """Creates the cluster under a temporary name and renames it when complete; an interrupted start leaves none."""
    fresh, password_file = directory / "data.new", directory / "superuser.password"
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(mode=0o700)
    password_file.touch(mode=0o600)
    password_file.write_text(superuser_password)
    _give_to_system_user(fresh)
    try:
        authentication = ["-U", SUPERUSER, f"--pwfile={password_file}", "--auth=scram-sha-256"]
        _run(directory, [binary("initdb"), "-D", str(fresh), *authentication, "--encoding=UTF8", "--locale=C.UTF-8"])
    finally:
        password_file.unlink()
    _run(directory, [binary("postgres"), "--single", "-D", str(fresh), SUPERUSER], stdin=_roles(owner_password))
    fresh.rename(data)


def _roles(owner_password: str) -> str:
    """Single-user mode's input: one statement a line. The owner may create roles (for migrations) only."""
    return (
        f"CREATE ROLE {OWNER} LOGIN CREATEROLE PASSWORD '{owner_password}';\n"
        f"CREATE DATABASE {DATABASE} OWNER {OWNER};\n"
    )


def _run(directory: Path, command: list[str], stdin: str = "") -> None:
    result = subprocess.run(
        ["setpriv", *_credentials(), "--", *command] if _credentials() else command,
        input=stdin,
        env=server_environment(directory),
        cwd="/",
        capture_output=True,
        text=True,
        check=False,
    )
    if result.returncode:
        last_line = (result.stderr.strip().splitlines() or ["no message"])[-1]
        raise SetupError(f"Postgres could not create its database in {directory}: {last_line}")


def _credentials() -> tuple[str, ...]:
    """The arguments by which setpriv runs the process as the system user; none if this process is not root."""
    if os.geteuid() != 0:
        return ()
    user = _system_user()
    keep = ("--inh-caps=+dac_override", "--ambient-caps=+dac_override")
    return (f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups", *keep)


def _give_to_system_user(path: Path) -> None:
    if os.geteuid() == 0:
        os.chown(path, _system_user().pw_uid, _system_user().pw_gid)


@cache
def _system_user() -> pwd.struct_passwd:
    try:
        return pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        command = ["useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", SYSTEM_USER]
        result = subprocess.run(command, capture_output=True, text=True, check=False)
        if result.returncode:
            reason = result.stderr.strip()
            raise SetupError(f"Postgres cannot run as root and its user could not be created: {reason}") from None
        return pwd.getpwnam(SYSTEM_USER)
