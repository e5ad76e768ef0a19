"""The data directory of one embedded system: its paths, its permissions, and the lock against a second system."""

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
_SYSTEM_FILES = (
    *("logs", "nats", "s3", "postgres", "edge", "work", "fonts", "lock"),
    *("endpoints.json", "secrets.json", "tokens.json", "ports.json", "sample.json"),
)


@dataclass(frozen=True)
class DataDir:
    """Paths below the data directory."""

    path: Path

    @property
    def logs(self) -> Path:
        """One log per child."""
        return self.path / "logs"

    @property
    def endpoints(self) -> Path:
        """Addresses, tokens and pids of the running system; absent while none runs."""
        return self.path / "endpoints.json"

    @property
    def secrets(self) -> Path:
        """The system's secrets."""
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
        """The ports of the previous run."""
        return self.path / "ports.json"

    @property
    def sample(self) -> Path:
        """The media id of the sample deck."""
        return self.path / "sample.json"

    @property
    def control_socket(self) -> Path:
        """The unix socket of the control channel."""
        return self.path / "control.sock"

    @property
    def lock(self) -> Path:
        """The file that the running system locks."""
        return self.path / "lock"

    def prepare(self) -> None:
        """Creates the directory, checks that it is writable, and closes it and the system's files in it to other users.

        Raises:
            SetupError: the directory is unsuitable or not writable.
        """
        if len(os.fsencode(self.path / _LONGEST_SOCKET_NAME)) > _LONGEST_SOCKET_PATH_BYTES:
            raise SetupError(
                f"The path of the data directory {self.path} is too long for sockets: choose a shorter one."
            )
        try:
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._refuse_shared_directory()
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

    def _refuse_shared_directory(self) -> None:
        if self.path.stat().st_mode & stat.S_ISVTX:
            raise SetupError(
                f"The directory {self.path} is shared by all users: choose one of its own with --data-dir, such as "
                f"{self.path / 'infoscreen'}."
            )

    def _close_to_others(self) -> None:
        """Removes other users' permissions from every file of the system, however it was created or copied.

        Other files in the directory keep their modes.
        """
        self.path.chmod(0o700)
        for name in _SYSTEM_FILES:
            ours = self.path / name
            for path in (ours, *ours.rglob("*")):
                if not path.is_symlink() and path.exists() and path.stat().st_mode & _OTHERS:
                    path.chmod(path.stat().st_mode & stat.S_IRWXU)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Locks the directory for this process; the kernel releases the lock however the process ends.

        Raises:
            SetupError: another `infoscreen up` holds the lock.
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
