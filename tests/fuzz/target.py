"""The fuzzed process: libFuzzer through atheris, with raw bytes or, by hypothesis, with structured inputs.

It ends at the first finding, which `__main__` keeps, and it is started again.
"""

import hashlib
import json
import mmap
import sys
from pathlib import Path

import atheris
from hypothesis import HealthCheck, given, settings

with atheris.instrument_imports(include=["infoscreen", "zipfile"]):
    from fuzz.subjects import SUBJECTS, measured

from fuzz.figures import FIGURES
from fuzz.regressions import REGRESSIONS
from fuzz.strategies import documents


class _Trial:
    """Tries inputs, counts them, and keeps one that went wrong beside libFuzzer's own record of how it was made."""

    def __init__(self, subject: str, folder: Path) -> None:
        self._subject, self._folder = SUBJECTS[subject], folder
        file = (folder / "figures").open("r+b")
        self._figures = mmap.mmap(file.fileno(), FIGURES.size)

    def __call__(self, content: bytes) -> None:
        inputs, slowest, largest = FIGURES.unpack(self._figures[:])
        try:
            cost = measured(self._subject, content)
        except BaseException as error:
            name = hashlib.sha256(content).hexdigest()[:16]
            (self._folder / "findings" / name).write_bytes(content)
            (self._folder / "findings" / f"{name}.json").write_text(json.dumps({"what": repr(error)}))
            raise
        slowest, largest = max(slowest, cost.cpu_seconds), max(largest, cost.memory_bytes)
        self._figures[:] = FIGURES.pack(inputs + 1, slowest, largest)


def main() -> None:
    """`python -m fuzz.target SUBJECT MANNER FOLDER OPTIONS-OF-LIBFUZZER`."""
    _, subject, manner, folder, *options = sys.argv
    trial = _Trial(subject, Path(folder))

    @settings(database=None, deadline=None, suppress_health_check=list(HealthCheck))
    @given(documents)
    def structured(content: bytes) -> None:
        trial(content)

    if manner == "raw":
        for content in REGRESSIONS.values():
            trial(content())
    atheris.Setup([sys.argv[0], *options], trial if manner == "raw" else structured.hypothesis.fuzz_one_input)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
