"""What is fuzzed, and what must hold of every input: a type or a refusal, within a second and 256 MiB."""

import io
import os
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from infoscreen.common.document_types import DOCUMENT_TYPES, RefusedFileError, identify
from infoscreen.common.errors import PermanentError
from infoscreen.converter.inspection import admit_source, inspect_source

MAX_CPU_SECONDS, MAX_MEMORY_BYTES = 1.0, 256 * 1024**2


class LimitError(AssertionError):
    """An input took more than it may; the message says what."""


@dataclass(frozen=True)
class Cost:
    """What one input took: seconds of the processor, and bytes of memory beside what was there before."""

    cpu_seconds: float
    memory_bytes: int


def recognition(content: bytes) -> None:
    """`document_types.identify`."""
    with suppress(RefusedFileError):
        assert identify(io.BytesIO(content), "deck.ppt") in DOCUMENT_TYPES.values()


def inspection(content: bytes) -> None:
    """The converter's `inspection`: as whatever the content is, and as what it may be taken for."""
    descriptor = os.memfd_create("source")
    try:
        os.write(descriptor, content)
        source = Path(f"/proc/self/fd/{descriptor}")
        with suppress(PermanentError):
            admit_source(source, "deck.ppt")
        with suppress(PermanentError):
            inspect_source(source, DOCUMENT_TYPES["fodp"])
    finally:
        os.close(descriptor)


SUBJECTS: dict[str, Callable[[bytes], None]] = {"recognition": recognition, "inspection": inspection}


def measured(subject: Callable[[bytes], None], content: bytes) -> Cost:
    """Try one input.

    Raises:
        LimitError: it took too much. And whatever the subject lets pass, which is a finding too.
    """
    Path("/proc/self/clear_refs").write_text("5")  # forget the peak of memory: proc(5)
    before_bytes, started = _peak_bytes(), time.process_time()
    subject(content)
    cost = Cost(time.process_time() - started, _peak_bytes() - before_bytes)
    if cost.cpu_seconds > MAX_CPU_SECONDS or cost.memory_bytes > MAX_MEMORY_BYTES:
        raise LimitError(f"{cost.cpu_seconds:.2f} s, {cost.memory_bytes / 1024**2:.0f} MiB")
    return cost


def _peak_bytes() -> int:
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) * 1024
