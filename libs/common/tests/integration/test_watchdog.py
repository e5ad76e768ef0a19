"""A process whose event loop is held ends by itself, with the traceback of what held it; one whose loop turns lives."""

import os
import signal
import subprocess
import sys

import pytest

LIMIT_SECONDS = "2"
ROOT_OF_A_SERVICE = """
import asyncio, ctypes, sys, time
from infoscreen.common.failpoints import failpoint
from infoscreen.common.process import run_main, run_service

def deadlock():
    mutex = ctypes.create_string_buffer(128)
    for _ in range(2):
        ctypes.PyDLL(None).pthread_mutex_lock(mutex)

async def hold(stop):
    print("running", flush=True)
    {work}
    print("still running", flush=True)
    await stop.wait()

async def run():
    await run_service(host="127.0.0.1", apps=[], background=[hold], grace_seconds=1)

run_main("demo", run)
"""
HELD = {
    "the interpreter, by a regular expression": "failpoint('demo.hold')",
    "the interpreter's lock, by a deadlock": "deadlock()",
    "the loop only": "time.sleep(600)",
}


@pytest.fixture
def start():
    """Starts a service whose background work does something; killed after the test."""
    started: list[subprocess.Popen[str]] = []

    def run(work: str) -> "subprocess.Popen[str]":
        environment = {**os.environ, "PROCESS_HANG_SECONDS": LIMIT_SECONDS, "INFOSCREEN_FAILPOINTS": "demo.hold=hang"}
        command = [sys.executable, "-c", ROOT_OF_A_SERVICE.format(work=work)]
        process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        started.append(process)
        assert "running\n" in process.stdout
        return process

    yield run
    for process in started:
        with process:
            process.kill()


@pytest.mark.parametrize("held", HELD.values(), ids=HELD)
def test_a_process_whose_loop_is_held_ends_and_says_where(start, held):
    process = start(held)
    process.send_signal(signal.SIGTERM)  # what a hung service is deaf to
    _, said = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "in hold" in said
    assert said.startswith("Timeout (")


def test_a_process_whose_loop_turns_lives_on_and_stops_when_it_is_told(start):
    process = start(f"await asyncio.sleep(3 * {LIMIT_SECONDS})")
    assert "still running\n" in process.stdout
    process.send_signal(signal.SIGTERM)
    assert process.wait(60) == 0
