"""Faults of processes: killed, told to stop, paused, killed between two effects; and LibreOffices that misbehave."""

import asyncio
import random
import signal

import psutil

from chaos.arena import Arena, MissedError
from chaos.fault import Injection
from chaos.stack import failpoints_file

_RESTART_SECONDS = 30
_FAILPOINT_SECONDS = 40
_POLL_SECONDS = 0.1


def kill(name: str) -> Injection:
    """SIGKILL for a part."""

    async def inject(arena: Arena, _: random.Random) -> None:
        _signal(arena, name, signal.SIGKILL)

    return inject


def kill_thrice(name: str) -> Injection:
    """SIGKILL, and again while it is coming back."""

    async def inject(arena: Arena, chance: random.Random) -> None:
        for _ in range(3):
            _signal(arena, name, signal.SIGKILL)
            await asyncio.sleep(chance.uniform(1, 4))

    return inject


def terminate(name: str) -> Injection:
    """SIGTERM: it must end by itself."""

    async def inject(arena: Arena, _: random.Random) -> None:
        _signal(arena, name, signal.SIGTERM)

    return inject


def pause(name: str, shortest: float, longest: float) -> Injection:
    """SIGSTOP for a while."""

    async def inject(arena: Arena, chance: random.Random) -> None:
        pid = arena.stack.pid(name)
        _signal(arena, name, signal.SIGSTOP)
        await asyncio.sleep(chance.uniform(shortest, longest))
        if arena.stack.pid(name) == pid:
            arena.stack.signal(name, signal.SIGCONT)

    return inject


def terminate_with_a_giant_in_hand(name: str) -> Injection:
    """SIGTERM to a converter whose offices stand still: whatever they have in hand outlasts the grace."""

    async def inject(arena: Arena, _: random.Random) -> None:
        for office in _offices(arena, name):
            office.suspend()
        _signal(arena, name, signal.SIGTERM)

    return inject


def hang_at(name: str, failpoint: str) -> Injection:
    """Have a part hold its interpreter for good at a named place in its code, until it ends itself."""
    return die_at(name, failpoint, "hang")


def die_at(name: str, failpoint: str, action: str = "kill") -> Injection:
    """Have a part kill itself at a named place in its code, the next time it comes there."""

    async def inject(arena: Arena, _: random.Random) -> None:
        request = failpoints_file(arena.stack.data_dir, name)
        request.write_text(f"{failpoint}={action}")
        _signal(arena, name, signal.SIGKILL)
        try:
            async with asyncio.timeout(_RESTART_SECONDS):
                while request.exists():
                    await asyncio.sleep(_POLL_SECONDS)
                armed = await _running(arena, name)
            async with asyncio.timeout(_FAILPOINT_SECONDS):
                await asyncio.to_thread(armed.wait)
        except TimeoutError:
            request.unlink(missing_ok=True)
            arena.stack.signal(name, signal.SIGKILL)  # the next start is unarmed
            raise MissedError(f"{name} did not come to {failpoint}") from None

    return inject


async def _running(arena: Arena, name: str) -> psutil.Process:
    while True:
        pid = arena.stack.pid(name)
        if pid is not None and psutil.pid_exists(pid):
            return psutil.Process(pid)
        await asyncio.sleep(_POLL_SECONDS)


def signal_office(signum: int) -> Injection:
    """A signal for one LibreOffice."""

    async def inject(arena: Arena, chance: random.Random) -> None:
        _office(arena, chance).send_signal(signum)

    return inject


async def starve_office(arena: Arena, chance: random.Random) -> None:
    """One LibreOffice gets no more memory than it has, for a while."""
    office = _office(arena, chance)
    before = await _prlimit(office, "--as", "--output=SOFT", "--noheadings", "--raw")
    await _prlimit(office, f"--as={office.memory_info().vms}:")
    await asyncio.sleep(chance.uniform(3, 8))
    if office.is_running():
        await _prlimit(office, f"--as={before}:")


async def _prlimit(office: psutil.Process, *arguments: str) -> str:
    """What prlimit prints, run as the office's own user: where root lacks CAP_SYS_RESOURCE, no other user may."""
    process = await asyncio.create_subprocess_exec(
        *("prlimit", "--pid", str(office.pid), *arguments),
        stdout=asyncio.subprocess.PIPE,
        user=office.uids().real,
        group=office.gids().real,
        extra_groups=[],
    )
    printed, _ = await process.communicate()
    if process.returncode != 0:
        raise MissedError("the limit of the office's memory cannot be read or set")
    return printed.decode().strip()


def _office(arena: Arena, chance: random.Random) -> psutil.Process:
    return chance.choice(_offices(arena, "converter-"))


def _offices(arena: Arena, prefix: str) -> list[psutil.Process]:
    """The LibreOffices of the converters whose names begin so."""
    found = []
    for name, pid in arena.stack.endpoints["pids"].items():
        if name.startswith(prefix) and psutil.pid_exists(pid):
            children = psutil.Process(pid).children(recursive=True)
            found += [child for child in children if "soffice.bin" in " ".join(child.cmdline())]
    if not found:
        raise MissedError("no office runs")
    return found


def _signal(arena: Arena, name: str, signum: int) -> None:
    if not arena.stack.signal(name, signum):
        raise MissedError(f"{name} does not run")
