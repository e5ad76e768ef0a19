"""The life of a service: its HTTP servers and background work start together, stop together on SIGTERM, and exit 0.

When any part fails for good, the whole process ends with an error and its supervisor starts it anew: a service
is never half alive. That holds for an event loop that is held as well (see ``watchdog``).
"""

import asyncio
import contextlib
import gc
import logging
import math
import os
import signal
import socket
import sys
import threading
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Sequence
from typing import NoReturn

import structlog
import uvicorn
import uvloop
from fastapi import FastAPI
from pydantic import ValidationError

from infoscreen.common.auth import TokenFileError
from infoscreen.common.errors import InfoscreenError
from infoscreen.common.grace import HAND_BACK_SECONDS
from infoscreen.common.http_server import BoundedHttpProtocol
from infoscreen.common.settings import ProcessSettings
from infoscreen.common.version import VERSION
from infoscreen.common.watchdog import ended_when_hung

Background = Callable[[asyncio.Event], Awaitable[None]]
"""Work that runs until the event is set, and then returns."""

_KEEP_ALIVE_SECONDS = 75
"""Longer than the edge keeps idle connections, so that it never sends a request into one that is just closing."""

_log = structlog.get_logger(__name__)


class _Server(uvicorn.Server):
    """uvicorn without its own signal handling: the process has one, for all its parts."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class ListenError(InfoscreenError):
    """An address cannot be listened on; the message says which and why."""


def _listen(host: str, port: int) -> socket.socket:
    try:
        return socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except OSError as error:
        raise ListenError(f"cannot listen on {host}:{port}: {os.strerror(error.errno or 0)}") from error


async def _serve_http(app: FastAPI, listener: socket.socket, grace_seconds: float, stop: asyncio.Event) -> None:
    config = uvicorn.Config(
        app,
        http=BoundedHttpProtocol,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=_KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=math.ceil(grace_seconds),
    )
    server = _Server(config)

    async def stop_when_told() -> None:
        await stop.wait()
        server.should_exit = True

    stopper = asyncio.create_task(stop_when_told())
    try:
        await server.serve([listener])
    finally:
        stopper.cancel()


def run_main(service: str, run: Callable[[], Coroutine[None, None, None]], *expected: type[Exception]) -> None:
    """Run a service's composition root; an error that an operator can correct is one sentence, with exit code 2.

    It is the last thing that a process does: threads that are still busy do not keep it. A job or service whose event
    loop is held for longer than PROCESS_HANG_SECONDS ends with exit code 1.

    Args:
        service: its name, for the sentence.
        run: the composition root.
        expected: errors whose message says what to do, beside a missing setting, a port in use and a token file
            that cannot be read.
    """
    gc.collect()
    gc.freeze()  # imported objects stay: searching them for garbage was half of the projector's work
    try:
        runner = asyncio.Runner(loop_factory=uvloop.new_event_loop)
        # The runner closes first, so that the watchdog also ends a process that hangs while its loop closes.
        with ended_when_hung(runner.get_loop(), ProcessSettings().hang_seconds), runner:
            runner.run(run())
        _leave_threads_behind()
    except ValidationError as error:
        trouble = "; ".join(f"{error.title}.{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
        sys.stderr.write(f"infoscreen {service}: check the settings in the environment: {trouble}\n")
        sys.exit(2)
    except (ListenError, TokenFileError) as error:
        _exit_with(service, error)
    except expected as error:
        _exit_with(service, error)


def _leave_threads_behind() -> None:
    """End the process where a thread is still in a call that nothing can interrupt, such as of the S3 library.

    The interpreter would wait for that thread; all that the process was to do is done.
    """
    if any(not thread.daemon for thread in threading.enumerate() if thread is not threading.main_thread()):
        logging.shutdown()
        sys.stdout.flush()
        os._exit(0)


def _exit_with(service: str, error: Exception) -> NoReturn:
    sys.stderr.write(f"infoscreen {service}: {error}\n")
    sys.exit(2)


async def _cancel_late(tasks: Sequence[asyncio.Task[None]], stop: asyncio.Event, seconds: float) -> None:
    """Cancel tasks that still run so long after the stop: a call to a store that does not answer may take minutes."""
    await stop.wait()
    if tasks:
        _, late = await asyncio.wait(tasks, timeout=seconds)
        for task in late:
            _log.warning("background_work_cancelled", work=repr(task.get_coro()))
            task.cancel()


async def run_service(
    *,
    host: str,
    apps: Sequence[tuple[FastAPI, int]],
    background: Sequence[Background],
    grace_seconds: float,
    stop: asyncio.Event | None = None,
) -> None:
    """Run HTTP apps and background work until SIGTERM or SIGINT, or until one of them fails.

    Told to stop, background work ends by itself, as `grace` says; what does not is cancelled.

    Args:
        host: address to listen on.
        apps: the apps with their ports.
        background: what runs beside them.
        grace_seconds: how long open requests may take once the process is told to stop.
        stop: set from outside (by an app that must end its long polls) or on a signal.

    Raises:
        ListenError: an address is taken; nothing was started.
    """
    stop = stop or asyncio.Event()
    listeners = [(app, _listen(host, port)) for app, port in apps]
    loop = asyncio.get_running_loop()
    for signum in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(signum, stop.set)

    async def until_done(work: Background) -> None:
        await work(stop)
        if not stop.is_set():
            raise RuntimeError(f"background work {work!r} ended by itself")

    async with asyncio.TaskGroup() as group:
        for app, listener in listeners:
            group.create_task(_serve_http(app, listener, grace_seconds, stop))
        tasks = [group.create_task(until_done(work)) for work in background]
        group.create_task(_cancel_late(tasks, stop, grace_seconds + HAND_BACK_SECONDS))
        _log.info("started", version=VERSION, ports=[port for _, port in apps])
    _log.info("stopped")
