"""A NATS server that a test may break."""

import signal
import subprocess
from contextlib import ExitStack
from pathlib import Path

from support import nats_users
from support.until import until

from infoscreen.cli.background import running
from infoscreen.cli.ports import PortBook
from infoscreen.common.messaging.connection import Connection
from infoscreen.common.settings import NatsSettings


class BreakableNats:
    """A NATS server that can be killed and paused; it comes back at the same address with the same data."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._ports = PortBook()
        self._stack = ExitStack()
        self._process: subprocess.Popen[bytes] | None = None
        self.start()

    @property
    def url(self) -> str:
        return nats_users.url(self._ports)

    @property
    def settings(self) -> NatsSettings:
        return NatsSettings(url=self.url)

    def start(self) -> None:
        """Whole again, whatever was done to it."""
        self.resume()
        if self._process is not None and self._process.poll() is None:
            return
        spec = nats_users.nats(self._directory / "nats", self._ports)
        self._process = self._stack.enter_context(running(spec, self._directory / "nats.log"))

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()

    async def kill_and_be_missed(self, connection: Connection) -> None:
        """Returns once the connection knows; until then, a request only times out."""
        self.kill()
        await until(lambda: not connection.client.is_connected, "the client misses its server")

    def pause(self) -> None:
        self._process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        if self._process is not None:
            self._process.send_signal(signal.SIGCONT)

    def close(self) -> None:
        self.resume()
        self._stack.close()
