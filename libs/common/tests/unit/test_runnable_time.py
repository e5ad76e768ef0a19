"""The time in which a process could have run: what its threads waited for a processor does not count."""

import os

from infoscreen.common.isolation.runnable_time import RunnableTime


def tell(proc, **waited_seconds):
    """What the kernel says of the threads of process 7."""
    for thread, seconds in waited_seconds.items():
        folder = proc / "7" / "task" / thread
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "schedstat").write_text(f"1 {round(seconds * 1e9)} 1")


def test_what_the_busiest_thread_waited_for_a_processor_does_not_count(tmp_path):
    now = [100.0]
    tell(tmp_path, t7=3, t8=0)
    runnable = RunnableTime(7, clock=lambda: now[0], proc=tmp_path)
    now[0] += 10
    tell(tmp_path, t7=9, t8=1)
    assert runnable() == 4
    now[0] += 10
    tell(tmp_path, t7=9, t9=2)
    assert runnable() == 12


def test_sleep_counts_and_so_does_all_time_of_a_process_that_is_gone(tmp_path):
    now = [0.0]
    tell(tmp_path, t7=3)
    runnable = RunnableTime(7, clock=lambda: now[0], proc=tmp_path)
    now[0] += 5
    assert runnable() == 5
    (tmp_path / "7" / "task" / "t7" / "schedstat").unlink()
    now[0] += 5
    assert runnable() == 10


def test_what_the_kernel_says_of_a_process_is_understood():
    assert RunnableTime(os.getpid())() >= 0
