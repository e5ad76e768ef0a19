"""How fast decks become PDFs: what people use today, what LibreOffice could at best do, and this system.

    python tests/bench/bench_convert.py [--decks N] [--rounds N] [--folder DIR] [--unoserver PROGRAM] [--no-pipeline]
    python tests/bench/bench_convert.py --soak 500

All contenders convert the same small decks on the same cores, a batch at a time and in turns, so that whatever else the
machine does hits all alike; the first round warms up and is not counted. GOTENBERG_URL adds a Gotenberg. `--soak` has
one converter of a running system convert so many decks and prints every 50 what it and its engine occupy.
"""

import argparse
import asyncio
import os
import platform
import shutil
import statistics
import tempfile
from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path

from bench_decks import Deck, small_decks
from bench_system import Pipeline, RunningSystem
from contenders import Contender, Engine, Figures, FreshSoffice, RawUno, Unoserver, gotenberg
from process_memory import descendants, descriptors, memory_bytes

MIB = 1024**2
SOAK_STEP = 50


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--decks", type=int, default=16, help="how many decks are in a batch")
    parser.add_argument("--rounds", type=int, default=5, help="how many batches each contender converts, counted")
    parser.add_argument("--folder", type=Path, help="decks with an expected.tsv; by default ../shared/decks")
    parser.add_argument("--unoserver", type=Path, help="the unoserver program, installed with pip where uno can be had")
    parser.add_argument("--no-pipeline", action="store_true", help="engines only")
    parser.add_argument("--soak", type=int, metavar="N", help="convert so many in a row instead")
    return parser.parse_args()


async def entered(stack: AsyncExitStack, options: argparse.Namespace) -> list[Contender]:
    """All contenders that this machine has, warm."""
    contenders: list[Contender] = [FreshSoffice()]
    unoserver = options.unoserver or shutil.which("unoserver")
    if unoserver:
        contenders.append(Unoserver(Path(unoserver)))
    else:
        print("no unoserver: pip install it beside Debian's uno, and name it with --unoserver")
    if url := os.environ.get("GOTENBERG_URL"):
        contenders.append(gotenberg(url))
    else:
        print("no Gotenberg: set GOTENBERG_URL")
    contenders += [RawUno(), Engine("pool, 1 slot"), Engine("pool, 2 slots", slots=2)]
    if not options.no_pipeline:
        system = RunningSystem(converters=2)
        await system.start()
        stack.push_async_callback(system.stop)
        contenders += [Pipeline(system, 1), Pipeline(system, 2)]
    for contender in contenders:
        stack.push_async_callback(contender.stop)
        await contender.start()
    return contenders


async def measured(contenders: Sequence[Contender], decks: Sequence[Deck], rounds: int) -> dict[str, Figures]:
    """A batch each, in turns; each round begins with another contender."""
    figures = {contender.name: Figures() for contender in contenders}
    for number in range(rounds + 1):
        first = number % len(contenders)
        for contender in [*contenders[first:], *contenders[:first]]:
            await contender.run(
                decks, Figures(peak=figures[contender.name].peak) if not number else figures[contender.name]
            )
    return figures


def table(figures: dict[str, Figures]) -> str:
    lines = [f"{'':24} {'decks/min':>9} {'median s':>9} {'p95 s':>8} {'peak MiB':>9}"]
    for name, figure in figures.items():
        p95 = statistics.quantiles(figure.seconds, n=20)[-1]
        memory = f"{figure.peak.memory_bytes / MIB:9.0f}" if figure.peak.memory_bytes else f"{'-':>9}"
        median = statistics.median(figure.seconds)
        lines.append(f"{name:24} {per_minute(figure):9.0f} {median:9.3f} {p95:8.3f} {memory}")
    return "\n".join(lines)


def per_minute(figure: Figures) -> float:
    return 60 * len(figure.seconds) / figure.wall_seconds


def bars(figures: dict[str, Figures]) -> str:
    """The ratios that matter, each with what it should be."""
    median = {name: statistics.median(figure.seconds) for name, figure in figures.items()}
    speed = {name: per_minute(figure) for name, figure in figures.items()}
    pool, two = "pool, 1 slot", "pool, 2 slots"
    ratios = [
        ("fresh soffice / pool, median", median["fresh soffice per job"] / median[pool], 4),
        ("raw UNO / pool, median", median["raw warm UNO"] / median[pool], 0.95),
        ("2 slots / 1 slot, decks/min", speed[two] / speed[pool], 1.8),
    ]
    for name, other in (("pipeline, 1 converter", pool), ("pipeline, 2 converters", two)):
        if name in speed:
            ratios.append((f"{name} / {other}, decks/min", speed[name] / speed[other], 0.9))
    return "\n".join(f"{what:48} {ratio:6.2f}   (bar {bar:g})" for what, ratio, bar in ratios)


async def compare(options: argparse.Namespace) -> None:
    decks = small_decks(options.folder, options.decks)
    load = os.getloadavg()[0]
    async with AsyncExitStack() as stack:
        figures = await measured(await entered(stack, options), decks, options.rounds)
    print(f"\n{len(decks)} decks, {options.rounds} rounds, {os.cpu_count()} cores, {platform.machine()}, ", end="")
    print(f"load {load:.1f} before and {os.getloadavg()[0]:.1f} after\n\n{table(figures)}\n\n{bars(figures)}")


async def soak(options: argparse.Namespace) -> None:
    decks = small_decks(options.folder, options.decks)
    system = RunningSystem(converters=1)
    await system.start()
    try:
        print("conversions service MiB its files engine MiB its files temp KiB")
        for done in range(SOAK_STEP, options.soak + 1, SOAK_STEP):
            await system.convert([decks[number % len(decks)] for number in range(SOAK_STEP)], 1)
            service = {system.converter(1)}
            engine = descendants(system.converter(1)) - service
            print(
                f"{done:11} {memory_bytes(service) / MIB:11.0f} {descriptors(service):9}"
                f" {memory_bytes(engine) / MIB:10.0f} {descriptors(engine):9} {occupied_kib(system.work_dir):8.0f}",
                flush=True,
            )
    finally:
        await system.stop()


def occupied_kib(folder: Path) -> float:
    """What the files below a folder take on disk."""
    return sum(path.lstat().st_blocks for path in folder.rglob("*")) / 2


def main() -> None:
    options = arguments()
    with tempfile.TemporaryDirectory(prefix="bench-convert-") as home:
        tempfile.tempdir = home  # of everything that is made from here on, so that nothing of it stays
        asyncio.run(soak(options) if options.soak else compare(options))


if __name__ == "__main__":
    main()
