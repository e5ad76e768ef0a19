"""A service ends whole: what a person must mend is one sentence, what broke is an error, what was told to stop is 0."""

import asyncio
import socket
import subprocess
import sys

import pytest
from fastapi import FastAPI

from infoscreen.common import process
from infoscreen.common.process import ListenError, run_main, run_service
from infoscreen.common.settings import ListenSettings, NatsSettings


class EngineMissingError(Exception):
    """Something that a person must mend."""


def sentence_of(run, capsys, *expected):
    with pytest.raises(SystemExit) as exit_:
        run_main("demo", run, *expected)
    assert exit_.value.code == 2
    return capsys.readouterr().err


def test_a_missing_setting_is_named_in_one_sentence(capsys, monkeypatch):
    monkeypatch.delenv("NATS_URL", raising=False)

    async def run():
        NatsSettings()

    sentence = sentence_of(run, capsys)
    assert sentence.startswith("infoscreen demo: check the settings in the environment: NatsSettings.url: ")
    assert sentence.count("\n") == 1


def test_a_wrong_setting_is_named_without_its_value(capsys, monkeypatch):
    monkeypatch.setenv("HTTP_PORT", "s3cr3t")

    async def run():
        ListenSettings()

    sentence = sentence_of(run, capsys)
    assert "http_port" in sentence
    assert "s3cr3t" not in sentence


def test_an_expected_error_is_its_own_sentence(capsys):
    async def run():
        raise EngineMissingError("LibreOffice is not installed. Run make run.")

    assert sentence_of(run, capsys, EngineMissingError) == (
        "infoscreen demo: LibreOffice is not installed. Run make run.\n"
    )


def test_a_bug_keeps_its_trace():
    async def run():
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        run_main("demo", run)


def test_a_port_in_use_is_one_sentence(capsys):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        async def run():
            await run_service(host="127.0.0.1", apps=[(FastAPI(), port)], background=[], grace_seconds=1)

        assert (
            sentence_of(run, capsys) == f"infoscreen demo: cannot listen on 127.0.0.1:{port}: Address already in use\n"
        )


async def test_nothing_starts_where_an_address_is_taken():
    started = []

    async def background(stop):
        started.append(stop)

    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(ListenError):
        await run_service(
            host="127.0.0.1", apps=[(FastAPI(), taken.getsockname()[1])], background=[background], grace_seconds=1
        )
    assert started == []


async def test_a_service_ends_when_it_is_told_and_its_background_work_with_it():
    stop, ended = asyncio.Event(), []

    async def background(told):
        await told.wait()
        ended.append(True)

    stop.set()
    await run_service(host="127.0.0.1", apps=[], background=[background], grace_seconds=1, stop=stop)
    assert ended == [True]


async def test_background_work_that_ends_by_itself_ends_the_service():
    async def background(_):
        return

    with pytest.raises(ExceptionGroup) as caught:
        await run_service(host="127.0.0.1", apps=[], background=[background], grace_seconds=1)
    assert caught.group_contains(RuntimeError, match="ended by itself")


async def test_background_work_that_fails_ends_the_service():
    async def background(_):
        raise ZeroDivisionError

    with pytest.raises(ExceptionGroup) as caught:
        await run_service(host="127.0.0.1", apps=[], background=[background], grace_seconds=1)
    assert caught.group_contains(ZeroDivisionError)


async def test_background_work_that_does_not_end_when_told_is_cancelled(monkeypatch):
    monkeypatch.setattr(process, "HAND_BACK_SECONDS", 0.01)
    stop, ended = asyncio.Event(), []

    async def background(_):
        try:
            await asyncio.Event().wait()  # a call into a store that does not answer
        finally:
            ended.append(True)

    stop.set()
    await run_service(host="127.0.0.1", apps=[], background=[background], grace_seconds=0.01, stop=stop)
    assert ended == [True]


def test_a_thread_that_is_stuck_in_a_library_does_not_keep_the_process():
    code = (
        "import asyncio, concurrent.futures, time\n"
        "from infoscreen.common.process import run_main\n"
        "async def run():\n"
        "    asyncio.get_running_loop().run_in_executor(concurrent.futures.ThreadPoolExecutor(), time.sleep, 600)\n"
        "    print('all is done')\n"
        "run_main('demo', run)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout) == (0, "all is done\n")
