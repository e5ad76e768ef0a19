"""`make fuzz`: fuzz recognition and inspection for some minutes each; exit code 1 when something was found."""

import argparse
import json
import random
import shutil
import subprocess
import sys
import time
from pathlib import Path

from fuzz.figures import FIGURES
from fuzz.regressions import SOUND
from fuzz.subjects import MAX_CPU_SECONDS, MAX_MEMORY_BYTES, SUBJECTS

_HANG_SECONDS = 20  # of any one input, by the clock; the subject's own limit is of processor time
_PROCESS_MIB = 1024  # of the fuzzer with all that it has learned
_LONGEST_INPUT_BYTES = 8192
_ENOUGH_FINDINGS = 10
MANNERS = {"raw": 0.3, "structured": 0.7}
"""How inputs are made, and for which share of the time."""
_LIMITS = f"each may take {MAX_CPU_SECONDS:g} s and {MAX_MEMORY_BYTES // 1024**2} MiB"


def main() -> None:
    """Fuzz, and print the figures."""
    parser = argparse.ArgumentParser(prog="fuzz", description=__doc__)
    parser.add_argument("subjects", nargs="*", default=[], choices=[[], *SUBJECTS], metavar="SUBJECT")
    parser.add_argument("--minutes", type=float, default=30, help="how long, for each")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folder", type=Path, default=Path(".cache/fuzz/runs"), help="what was learned and found")
    arguments = parser.parse_args()
    found = 0
    for subject in arguments.subjects or list(SUBJECTS):
        found += _run(subject, arguments.folder / subject, arguments.minutes * 60, arguments.seed)
    sys.exit(bool(found))


def _run(subject: str, folder: Path, seconds: float, seed: int) -> int:
    """Fuzz one subject, in each manner for its share of the time; returns how many findings there are."""
    _prepare(folder)
    started, ends = time.monotonic(), 0.0
    for manner, share in MANNERS.items():
        ends += seconds * share
        while (left := ends - (time.monotonic() - started)) > 1 and len(_findings(folder)) < _ENOUGH_FINDINGS:
            seed += 1
            _session(_command(subject, manner, folder, left, seed), folder, left)
    _report(subject, folder, time.monotonic() - started)
    return len(_findings(folder))


def _session(command: list[str], folder: Path, seconds: float) -> None:
    """Run the fuzzed process until its time is over or it finds something, and keep that."""
    before = len(_findings(folder))
    with (folder / "log").open("ab") as log:
        try:
            code = subprocess.run(command, stdout=log, stderr=log, check=False, timeout=seconds + 60).returncode
        except subprocess.TimeoutExpired:  # at what it begins with: libFuzzer is not there yet to see it
            _keep(folder, "hang", "it hangs at one of the regressions")
            return
    records = list(folder.glob("ended-*"))
    if code and len(_findings(folder)) == before:  # it hung, crashed or swelled, and could not keep the input itself
        if not records:
            sys.exit(f"The fuzzed process does not run; {folder / 'log'} says why.")
        _keep(folder, records[0].name, records[0].name)
        records[0].rename(folder / "findings" / records[0].name)
    for record in folder.glob("ended-*"):
        record.unlink()


def _keep(folder: Path, name: str, what: str) -> None:
    (folder / "findings" / f"{name}.json").write_text(json.dumps({"what": what}))


def _command(subject: str, manner: str, folder: Path, seconds: float, seed: int) -> list[str]:
    options = {
        "max_total_time": int(seconds),
        "timeout": _HANG_SECONDS,
        "rss_limit_mb": _PROCESS_MIB,
        "max_len": _LONGEST_INPUT_BYTES,
        "len_control": 0,
        "seed": seed,
        "artifact_prefix": f"{folder}/ended-",
        "print_final_stats": 1,
    }
    words = [f"-{name}={value}" for name, value in options.items()]
    return [sys.executable, "-m", "fuzz.target", subject, manner, str(folder), *words, str(folder / manner)]


def _prepare(folder: Path) -> None:
    """An empty folder with what to begin from: sound files, or choices to make files of."""
    shutil.rmtree(folder, ignore_errors=True)
    for name in ("findings", *MANNERS):
        (folder / name).mkdir(parents=True)
    (folder / "figures").write_bytes(bytes(FIGURES.size))
    for name, content in SOUND.items():
        (folder / "raw" / name).write_bytes(content())
    chance = random.Random(1)
    for number in range(200):
        (folder / "structured" / str(number)).write_bytes(chance.randbytes(chance.randrange(20, 600)))


def _findings(folder: Path) -> list[Path]:
    return sorted((folder / "findings").glob("*.json"))


def _report(subject: str, folder: Path, seconds: float) -> None:
    inputs, slowest, largest = FIGURES.unpack((folder / "figures").read_bytes())
    findings = _findings(folder)
    lines = [
        f"{subject}: {seconds / 60:.1f} min, {inputs} inputs, {inputs / seconds:.0f}/s",
        f"  slowest {slowest:.3f} s, most memory {largest / 1024**2:.0f} MiB; {_LIMITS}",
        f"  findings: {len(findings)}",
        *(f"    {path.with_suffix('')}: {json.loads(path.read_text())['what'][:200]}" for path in findings),
        f"  log: {folder / 'log'}",
    ]
    sys.stdout.write("\n".join(lines) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
