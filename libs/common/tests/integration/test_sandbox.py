"""Each fence is tried in a process of its own, because a fence cannot be taken down."""

import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

SANDBOX = "from infoscreen.common.isolation import sandbox; "


def run(code: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([sys.executable, "-c", SANDBOX + code], capture_output=True, text=True, check=False)


def confined(readable: list[Path], code: str) -> "subprocess.CompletedProcess[str]":
    paths = [sys.prefix, sys.base_prefix, *map(str, readable)]
    done = run(
        f"up = sandbox.confine(readable={paths!r}, writable=(), sockets=())\nif not up: raise SystemExit(77)\n{code}"
    )
    if done.returncode == 77:
        pytest.skip("this kernel has no Landlock")
    return done


def test_confined_files_are_read_where_allowed_and_nowhere_else(tmp_path):
    for name in ("open", "shut"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "file").write_text(name)
    read = f"open({str(tmp_path / 'open' / 'file')!r}).read()"
    assert confined([tmp_path / "open"], f"print({read})").stdout == "open\n"
    read = f"open({str(tmp_path / 'shut' / 'file')!r}).read()"
    assert "PermissionError" in confined([tmp_path / "open"], read).stderr


def test_readable_is_not_writable(tmp_path):
    assert "PermissionError" in confined([tmp_path], f"open({str(tmp_path / 'new')!r}, 'w')").stderr


def test_a_process_without_network_reaches_no_server():
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        code = (
            "import socket\n"
            "if not sandbox.leave_network(): raise SystemExit(77)\n"
            f"socket.create_connection(('127.0.0.1', {port}))"
        )
        done = run(code)
    if done.returncode == 77:
        pytest.skip("this kernel allows no network namespaces here")
    assert "Network is unreachable" in done.stderr


def test_limits_hold_for_what_is_started_afterwards():
    code = (
        "import subprocess, sys\n"
        "sandbox.limit_resources(address_space_bytes=400_000_000, file_size_bytes=1000, open_files=32)\n"
        "raise SystemExit(subprocess.call([sys.executable, '-c', 'bytearray(500_000_000)']))"
    )
    done = run(code)
    assert done.returncode == 1
    assert "MemoryError" in done.stderr


def test_a_process_that_uses_more_processor_time_than_it_may_is_killed():
    done = run("sandbox.limit_cpu(1)\nwhile True: pass")
    assert done.returncode == -signal.SIGXCPU


def test_each_job_has_processor_time_of_its_own():
    work = "sandbox.limit_cpu(1)\n end = time.process_time() + 0.6\n while time.process_time() < end: pass"
    assert run(f"import time\nfor _ in range(3):\n {work}").returncode == 0
