"""One child's log, kept across restarts and limited to two files of 10 MiB."""

from pathlib import Path

LIMIT_BYTES = 10 * 1024 * 1024


class LogFile:
    """Appends lines to NAME.log; keeps the previous file as NAME.log.1."""

    def __init__(self, path: Path, limit_bytes: int = LIMIT_BYTES) -> None:
        self.path = path
        self._limit_bytes = limit_bytes
        self._file = path.open("ab", buffering=0)

    def write(self, line: bytes) -> None:
        """Appends the line, with its end. A full disk costs log lines, never the child."""
        try:
            if self._file.tell() > self._limit_bytes:
                self._rotate()
            self._file.write(line + b"\n")
        except OSError:
            return

    def _rotate(self) -> None:
        self._file.close()
        self.path.replace(self.path.with_name(f"{self.path.name}.1"))
        self._file = self.path.open("ab", buffering=0)

    def close(self) -> None:
        """Closes the file."""
        self._file.close()
