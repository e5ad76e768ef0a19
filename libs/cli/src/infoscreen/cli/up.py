"""`infoscreen up`: starts all processes in order, keeps them running, and stops them in reverse order.

The order is servers, jobs, services, edge. `endpoints.json` exists from the moment when all are ready until the stop
begins. The first SIGINT or SIGTERM stops the processes in order, the second kills them.
"""

import os
import signal
from collections.abc import Awaitable, Callable
from pathlib import Path

import anyio
import anyio.abc
from anyio.to_thread import run_sync

from infoscreen.cli import control, requirements, system_secrets
from infoscreen.cli.converters import Converters
from infoscreen.cli.datadir import DataDir
from infoscreen.cli.descendants import kill_marked
from infoscreen.cli.errors import CliError, SetupError
from infoscreen.cli.files import write_private
from infoscreen.cli.ports import PortBook
from infoscreen.cli.supervisor import Supervisor
from infoscreen.cli.system import EngineChoice, Options, System
from infoscreen.cli.terminal import Terminal

WhenReady = Callable[[System, Terminal], Awaitable[None]]
LOOPBACK_NAMES = ("127.0.0.1", "localhost", "::1")


def up(options: Options, terminal: Terminal, when_ready: WhenReady, describe: type[System] = System) -> None:
    """Runs the system until a signal stops it. Files that it and its children write are readable by its user only.

    Raises:
        SetupError: a requirement is not met; nothing was started.
        CliError: a process did not start; those that had started were stopped.
    """
    os.umask(0o077)  # inherited by every child
    data = DataDir(options.data_dir.absolute())
    data.prepare()
    with data.locked():
        root = _check(options)
        loaded = system_secrets.load_or_create(data.secrets)
        write_private(data.tokens, system_secrets.tokens_file(loaded))
        system = describe(options, data, root, loaded, PortBook(data.ports, reserved=options.port))
        # Leftovers of a killed supervisor: the lock excludes a running one.
        data.endpoints.unlink(missing_ok=True)
        kill_marked(f"{data.path}:")
        try:
            anyio.run(_run, system, terminal, when_ready)
        finally:
            data.endpoints.unlink(missing_ok=True)
            data.control_socket.unlink(missing_ok=True)


def _check(options: Options) -> Path:
    if options.host not in LOOPBACK_NAMES and not options.public_url:
        raise SetupError(
            f"With --host {options.host}, give --public-url http://NAME:{options.port} as others reach it."
        )
    if options.engine is EngineChoice.GOTENBERG and not options.gotenberg_url:
        raise SetupError("With --engine gotenberg, give --gotenberg-url or set GOTENBERG_URL.")
    root = requirements.repository_root()
    requirements.check_programs()
    if options.engine is EngineChoice.LIBREOFFICE:
        requirements.check_libreoffice()
    requirements.check_port(options.host, options.port)
    return root


async def _run(system: System, terminal: Terminal, when_ready: WhenReady) -> None:
    failure: CliError | None = None
    async with anyio.create_task_group() as tasks:
        supervisor = Supervisor(tasks, owner=str(system.data.path), logs=system.data.logs, terminal=terminal)
        with anyio.CancelScope() as work:
            tasks.start_soon(_obey_signals, work, supervisor, terminal)
            try:
                await _start(system, supervisor, terminal)
                await _serve(system, supervisor, terminal, when_ready)
            except CliError as error:
                failure = error
        supervisor.on_change = lambda: None
        system.data.endpoints.unlink(missing_ok=True)
        await supervisor.stop_all()
        terminal.say("Stopped.")
        tasks.cancel_scope.cancel()
    if failure:
        raise failure


async def _obey_signals(work: anyio.CancelScope, supervisor: Supervisor, terminal: Terminal) -> None:
    with anyio.open_signal_receiver(signal.SIGINT, signal.SIGTERM, signal.SIGHUP) as signals:
        async for _ in signals:
            if work.cancel_called:
                supervisor.kill_all()
            else:
                terminal.say("Stopping in order; Ctrl-C again kills.")
                work.cancel()


async def _start(system: System, supervisor: Supervisor, terminal: Terminal) -> None:
    terminal.say(f"Starting in {system.data.path}; logs are in {system.data.logs}.")
    await supervisor.start("servers", await run_sync(system.servers))
    await supervisor.run_jobs(system.jobs(), system.environment())
    await supervisor.start("services", system.services())
    await supervisor.start("edge", [system.edge()])


async def _serve(system: System, supervisor: Supervisor, terminal: Terminal, when_ready: WhenReady) -> None:
    """Runs until cancelled: writes endpoints.json at every change, and answers the control channel."""

    def publish() -> None:
        system.endpoints(supervisor.pids).write(system.data.endpoints)

    publish()
    supervisor.on_change = publish
    terminal.say(f"Ready: {system.options.edge_url}")
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(control.serve, system.data.control_socket, Converters(supervisor, system).handle)
        await when_ready(system, terminal)
