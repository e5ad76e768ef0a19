"""A child that lives and no longer answers, with a real process and a probe that says what the test wants."""

import os
import signal
from contextlib import asynccontextmanager

import anyio
from support.until import until

from infoscreen.cli.child import ChildSpec, Liveness
from infoscreen.cli.supervisor import Supervisor

FAILURES = 3


class Said(list):
    """A terminal that remembers."""

    say = list.append

    def child_line(self, name, line): ...


class Answers:
    """Whether the child answers; counts how often it was asked."""

    def __init__(self, trouble=None):
        self.trouble, self.asked = trouble, 0

    def __call__(self):
        self.asked += 1
        return self.trouble


class Sometimes(Answers):
    """Answers as seldom as is enough."""

    def __call__(self):
        super().__call__()
        return "slow" if self.asked % FAILURES else None


@asynccontextmanager
async def supervised(tmp_path, answers, argv=("sleep", "1000"), **spec):
    said = Said()
    async with anyio.create_task_group() as tasks:
        supervisor = Supervisor(tasks, owner=str(tmp_path), logs=tmp_path, terminal=said)
        child = ChildSpec(
            name="part", argv=argv, env={"PATH": os.environ["PATH"]}, cwd=tmp_path,
            liveness=Liveness(answers, every_seconds=0.02, failures=FAILURES), **{"probe": lambda: None, **spec},
        )  # fmt: skip
        await supervisor.start("parts", [child])
        yield supervisor, said
        await supervisor.stop_all()


async def test_a_child_that_does_not_answer_is_killed_and_started_again(tmp_path):
    answers = Answers()
    async with supervised(tmp_path, answers) as (supervisor, said):
        before = supervisor.pids["part"]
        await until(lambda: answers.asked, "it was seen alive")
        answers.trouble = "timed out"
        await until(lambda: any("killed" in line for line in said), "it is killed")
        answers.trouble = None
        await until(lambda: supervisor.pids.get("part", before) != before, "it is back")
        assert any("has not answered" in line and "timed out" in line for line in said)
        assert any("SIGKILL" in line and "started again" in line for line in said)


async def test_a_child_that_never_comes_up_again_is_killed_once_its_time_to_get_ready_is_over(tmp_path):
    async with supervised(tmp_path, Answers("refused"), ready_seconds=0.2) as (_, said):
        kills = [f"has not answered for {seconds} s" for seconds in ("0.06", "0.2")]
        await until(lambda: all(any(kill in line for line in said) for kill in kills), "the second one is killed, too")


async def test_a_child_that_answers_now_and_then_lives(tmp_path):
    answers = Sometimes()
    async with supervised(tmp_path, answers) as (supervisor, said):
        before = supervisor.pids["part"]
        await until(lambda: answers.asked > 5 * FAILURES, "it was asked often enough")
        assert (supervisor.pids["part"], said) == (before, [])


async def test_a_child_that_was_stopped_on_purpose_is_left_alone(tmp_path):
    answers = Answers()
    async with supervised(tmp_path, answers) as (supervisor, said):
        before = supervisor.pids["part"]
        await until(lambda: answers.asked, "it was seen alive")
        os.kill(before, signal.SIGSTOP)
        answers.trouble = "timed out"
        asked = answers.asked
        await until(lambda: answers.asked > asked + 3 * FAILURES, "it was asked often enough")
        assert (supervisor.pids["part"], said) == (before, [])
        os.kill(before, signal.SIGCONT)
        await until(lambda: supervisor.pids.get("part") not in {before, None}, "it goes on, hung, and is killed")
        answers.trouble = None


async def test_a_child_that_was_told_to_stop_has_its_grace_whatever_it_answers(tmp_path):
    answers, deaf = Answers(), "trap '' TERM; touch deaf; while :; do sleep 0.01; done"
    ready = {"probe": lambda: None if (tmp_path / "deaf").exists() else "not yet", "grace_seconds": 1}
    async with supervised(tmp_path, answers, ("sh", "-c", deaf), **ready) as (_, said):
        await until(lambda: answers.asked, "it was seen alive")
        answers.trouble = "refused"
    assert said == ["part did not stop within 1 s: killed."]
