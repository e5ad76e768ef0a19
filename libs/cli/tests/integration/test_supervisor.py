"""A supervised child that lives but no longer answers: a real process, and a probe that the test controls."""

import os
import signal
from contextlib import asynccontextmanager

import anyio
from support.until import until

from infoscreen.cli.child import ChildSpec, Liveness
from infoscreen.cli.supervisor import Supervisor

FAILURES = 3


class RecordingTerminal(list):
    """Keeps the supervisor's messages."""

    say = list.append

    def child_line(self, name, line): ...


class FakeProbe:
    """Answers what the test sets; counts the calls."""

    def __init__(self, answer=None):
        self.answer, self.calls = answer, 0

    def __call__(self):
        self.calls += 1
        return self.answer


class IntermittentProbe(FakeProbe):
    """Fails one time less in a row than kills the child."""

    def __call__(self):
        super().__call__()
        return "slow" if self.calls % FAILURES else None


@asynccontextmanager
async def supervised(tmp_path, liveness_probe, argv=("sleep", "1000"), **spec):
    said = RecordingTerminal()
    async with anyio.create_task_group() as tasks:
        supervisor = Supervisor(tasks, owner=str(tmp_path), logs=tmp_path, terminal=said)
        child = ChildSpec(
            name="part", argv=argv, env={"PATH": os.environ["PATH"]}, cwd=tmp_path,
            liveness=Liveness(liveness_probe, every_seconds=0.02, failures=FAILURES), **{"probe": lambda: None, **spec},
        )  # fmt: skip
        await supervisor.start("parts", [child])
        yield supervisor, said
        await supervisor.stop_all()


async def test_a_child_that_does_not_answer_is_killed_and_restarted(tmp_path):
    probe = FakeProbe()
    async with supervised(tmp_path, probe) as (supervisor, said):
        before = supervisor.pids["part"]
        await until(lambda: probe.calls, "a probe has succeeded")
        probe.answer = "timed out"
        await until(lambda: any("killed" in line for line in said), "the supervisor kills the child")
        probe.answer = None
        await until(lambda: supervisor.pids.get("part", before) != before, "the child is restarted")
        assert any("has not answered" in line and "timed out" in line for line in said)
        assert any("SIGKILL" in line and "started again" in line for line in said)


async def test_a_restarted_child_that_never_answers_is_killed_after_its_ready_seconds(tmp_path):
    probe = FakeProbe()
    async with supervised(tmp_path, probe, ready_seconds=2) as (_, said):
        await until(lambda: probe.calls, "a probe has succeeded")
        probe.answer = "refused"
        kills = [f"has not answered for {seconds} s" for seconds in ("0.06", "2")]
        await until(lambda: all(any(kill in line for line in said) for kill in kills), "the second one is killed, too")


async def test_a_child_that_answers_intermittently_is_not_killed(tmp_path):
    probe = IntermittentProbe()
    async with supervised(tmp_path, probe) as (supervisor, said):
        before = supervisor.pids["part"]
        await until(lambda: probe.calls > 5 * FAILURES, "enough probes have run")
        assert (supervisor.pids["part"], said) == (before, [])


async def test_a_child_stopped_by_a_signal_is_not_killed(tmp_path):
    probe = FakeProbe()
    async with supervised(tmp_path, probe) as (supervisor, said):
        before = supervisor.pids["part"]
        await until(lambda: probe.calls, "a probe has succeeded")
        os.kill(before, signal.SIGSTOP)
        probe.answer = "timed out"
        calls = probe.calls
        await until(lambda: probe.calls > calls + 3 * FAILURES, "enough probes have run")
        assert (supervisor.pids["part"], said) == (before, [])
        os.kill(before, signal.SIGCONT)
        await until(lambda: supervisor.pids.get("part") not in {before, None}, "the hung child is killed")
        probe.answer = None


async def test_a_stopping_child_keeps_its_grace_whatever_its_probe_says(tmp_path):
    probe, stubborn = FakeProbe(), "trap '' TERM; touch stubborn; while :; do sleep 0.01; done"
    ready = {"probe": lambda: None if (tmp_path / "stubborn").exists() else "not yet", "grace_seconds": 1}
    async with supervised(tmp_path, probe, ("sh", "-c", stubborn), **ready) as (_, said):
        await until(lambda: probe.calls, "a probe has succeeded")
        probe.answer = "refused"
    assert said == ["part did not stop within 1 s: killed."]
