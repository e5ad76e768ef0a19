"""What a bench measured, against its bars: a line a figure for people, a JSON object a line for programs."""

import argparse
import json
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True)
class Figure:
    """One measurement.

    Attributes:
        bench: which bench it is from.
        name: what was measured.
        value: how much it is, in ``unit``.
        bar: what it should reach; None for what is only told.
        at_least: whether it should be the bar or more; else the bar or less.
    """

    bench: str
    name: str
    value: float
    unit: str
    bar: float | None = None
    at_least: bool = True

    @property
    def passed(self) -> bool | None:
        """None where there is no bar."""
        if self.bar is None:
            return None
        return self.value >= self.bar if self.at_least else self.value <= self.bar

    def line(self) -> str:
        """For people."""
        bar = f"{'≥' if self.at_least else '≤'} {self.bar:g}" if self.bar is not None else ""
        verdict = {True: "pass", False: "FAIL", None: ""}[self.passed]
        return f"{self.bench:12} {self.name:52} {_short(self.value):>9} {self.unit:9} {bar:9} {verdict}".rstrip()


Measure = Callable[[bool], Iterable[Figure]]
"""Measures; True asks for a quick run, which shows that the bench works and little more."""


def arguments(description: str, argv: list[str] | None = None) -> argparse.Namespace:
    """The options that all benches have."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--quick", action="store_true", help="a short run: shows that it works, measures little")
    parser.add_argument("--json", type=Path, metavar="FILE", help="add a JSON object a figure to this file")
    return parser.parse_args(argv)


def main(description: str, *benches: Measure) -> None:
    """Run benches one after the other, tell their figures as they come, and fail below a bar."""
    options = arguments(description)
    sys.exit(0 if tell(_measured(benches, quick=options.quick), options.json) else 1)


def tell(figures: Iterable[Figure], file: Path | None) -> bool:
    """Print figures, and add them to a file, as they come; False where one is below its bar."""
    missed = 0
    for figure in figures:
        print(figure.line(), flush=True)
        missed += figure.passed is False
        if file:
            with file.open("a") as out:
                out.write(json.dumps(asdict(figure) | {"passed": figure.passed}) + "\n")
    return not missed


def _measured(benches: Iterable[Measure], *, quick: bool) -> Iterator[Figure]:
    for measure in benches:
        yield from measure(quick)


def _short(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
