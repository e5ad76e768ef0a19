import asyncio
import sys
from pathlib import Path

import pytest
from support.until import until

from infoscreen.common.isolation.worker_process import WorkerDiedError, WorkerProcess, WorkerTimeoutError

ECHO = "import sys\nfor line in sys.stdin: print(line, end='', flush=True)"
SILENT = "import sys\nfor line in sys.stdin: pass"
DYING = "import sys; sys.stdin.readline(); sys.exit('the reason')"
PARENT = """
import subprocess, sys
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
print('{"child": %d}' % child.pid, flush=True)
sys.stdin.read()
"""


@pytest.fixture
async def spawn(tmp_path):
    workers = []

    async def run(program: str) -> WorkerProcess:
        worker = await WorkerProcess.spawn([sys.executable, "-c", program], environment={}, directory=tmp_path)
        workers.append(worker)
        return worker

    yield run
    for worker in workers:
        await worker.kill()


async def test_a_worker_process_answers_each_line(spawn):
    worker = await spawn(ECHO)
    for number in range(3):
        assert await worker.request({"n": number}, deadline_seconds=30) == {"n": number}
    assert worker.alive


async def test_a_worker_process_that_does_not_answer_in_time_is_killed(spawn):
    worker = await spawn(SILENT)
    with pytest.raises(WorkerTimeoutError):
        await worker.request({}, deadline_seconds=0.1)
    assert not worker.alive


async def test_a_worker_process_may_say_how_far_it_is_before_it_answers(spawn):
    worker = await spawn(ECHO)
    told = []
    worker._process.stdin.write(b'{"progress": [1, 3]}\n{"progress": [2, 3]}\n')
    assert await worker.request({"done": True}, deadline_seconds=30, on_progress=told.append) == {"done": True}
    assert told == [[1, 3], [2, 3]]


async def test_the_deadline_counts_the_seconds_of_the_clock_that_it_is_given(spawn):
    counted = iter([0.0, *[0.5] * 20])
    worker = await spawn("input(); import time; time.sleep(0.05); print('{}')")
    assert await worker.request({}, deadline_seconds=0.51, clock=lambda: next(counted)) == {}
    worker = await spawn(SILENT)
    counted = iter([0.0, 0.5, 0.5, 1000.0])
    with pytest.raises(WorkerTimeoutError):
        await worker.request({}, deadline_seconds=600, clock=lambda: next(counted))


async def test_the_death_of_a_worker_process_is_reported_with_its_last_output(spawn):
    worker = await spawn(DYING)
    with pytest.raises(WorkerDiedError, match="the reason"):
        await worker.request({}, deadline_seconds=30)


async def test_a_worker_process_that_answers_no_json_is_killed(spawn):
    worker = await spawn("print('hello', flush=True); input()")
    with pytest.raises(WorkerDiedError):
        await worker.ready(deadline_seconds=30)
    assert not worker.alive


async def test_a_cancelled_request_kills_the_worker_process(spawn):
    worker = await spawn(SILENT)
    job = asyncio.create_task(worker.request({}, deadline_seconds=600))
    await asyncio.sleep(0)
    job.cancel()
    with pytest.raises(asyncio.CancelledError):
        await job
    assert not worker.alive


async def test_the_children_of_a_worker_process_are_killed_with_it(spawn):
    worker = await spawn(PARENT)
    child = (await worker.ready(deadline_seconds=30))["child"]
    await worker.kill()
    await worker.kill()
    status = Path(f"/proc/{child}/status")
    await until(lambda: not status.exists() or "zombie" in status.read_text(), "the child of the child is gone")
