"""The data directory of one embedded system: where everything is, and the lock that keeps a second one out."""

import fcntl
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from infoscreen.cli.errors import SetupError

_LONGEST_SOCKET_PATH_BYTES = 107  # sockaddr_un
_LONGEST_SOCKET_NAME = "s3/filer.sock"
_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_OURS = (
    *("logs", "nats", "s3", "postgres", "edge", "work", "lock"),
    *("endpoints.json", "secrets.json", "tokens.json", "ports.json", "sample.json"),
)


@dataclass(frozen=True)
class DataDir:
    """Paths below the data directory."""

    path: Path

    @property
    def logs(self) -> Path:
        """One log a child."""
        return self.path / "logs"

    @property
    def endpoints(self) -> Path:
        """What runs where, while it runs."""
        return self.path / "endpoints.json"

    @property
    def secrets(self) -> Path:
        """The credentials."""
        return self.path / "secrets.json"

    @property
    def tokens(self) -> Path:
        """The tokens' hashes, for the services."""
        return self.path / "tokens.json"

    @property
    def fonts(self) -> Path:
        """An operator's own fonts, for the converters."""
        return self.path / "fonts"

    @property
    def ports(self) -> Path:
        """Yesterday's ports."""
        return self.path / "ports.json"

    @property
    def sample(self) -> Path:
        """Which medium the sample deck is."""
        return self.path / "sample.json"

    @property
    def control_socket(self) -> Path:
        """How a running system is asked for something."""
        return self.path / "control.sock"

    @property
    def lock(self) -> Path:
        """Held by the running system."""
        return self.path / "lock"

    def prepare(self) -> None:
        """Makes the directory, tries whether it can be written to, and closes it and what is ours below it to others.

        Raises:
            SetupError: it cannot.
        """
        if len(os.fsencode(self.path / _LONGEST_SOCKET_NAME)) > _LONGEST_SOCKET_PATH_BYTES:
            raise SetupError(
                f"The path of the data directory {self.path} is too long for sockets: choose a shorter one."
            )
        try:
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._refuse_a_shared_one()
            self.logs.mkdir(exist_ok=True)
            self.fonts.mkdir(exist_ok=True)
            probe = self.path / ".writable"
            probe.write_bytes(b"1")
            probe.unlink()
            self._close_to_others()
        except OSError as error:
            raise SetupError(
                f"The data directory {self.path} cannot be written to ({error.strerror}): "
                "choose another with --data-dir or INFOSCREEN_DATA_DIR."
            ) from error

    def _refuse_a_shared_one(self) -> None:
        if self.path.stat().st_mode & stat.S_ISVTX:
            raise SetupError(
                f"The directory {self.path} is shared by all users: choose one of its own with --data-dir, such as "
                f"{self.path / 'infoscreen'}."
            )

    def _close_to_others(self) -> None:
        """Whatever made them, or copied them here: no directory or file of ours is open to another user.

        What else is in the directory is not ours to change.
        """
        self.path.chmod(0o700)
        for name in _OURS:
            ours = self.path / name
            for path in (ours, *ours.rglob("*")):
                if not path.is_symlink() and path.exists() and path.stat().st_mode & _OTHERS:
                    path.chmod(path.stat().st_mode & stat.S_IRWXU)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Holds the directory for this process; the kernel lets go of it however the process ends.

        Raises:
            SetupError: another `infoscreen up` holds it.
        """
        with self.lock.open("a+") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise SetupError(
                    f"Another `infoscreen up` is using the data directory {self.path}: stop it, or choose another "
                    "with --data-dir."
                ) from None
            yield
