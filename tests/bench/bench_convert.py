"""How fast decks become PDFs: what people use today, what LibreOffice could at best do, and this system.

    python tests/bench/bench_convert.py [--decks N] [--rounds N] [--folder DIR] [--unoserver PROGRAM] [--no-pipeline]
    python tests/bench/bench_convert.py --soak 500

All contenders convert the same small decks on the same cores, a batch at a time and in turns, so that whatever else the
machine does hits all alike; a first round warms up and is not counted. Pool and pipeline then convert decks of all
sizes: first without those that take more than three seconds, because one of those outweighs all others, then all. The
pipeline has its bar where a core is left for what is not the engine; with an engine on every core it is told what that
costs. GOTENBERG_URL adds a Gotenberg. `--soak` has one converter of a running system convert so many decks and prints
every 50 what it and its engine occupy.
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

from bench_decks import Deck, all_decks, decks_but_giants, small_decks
from bench_system import Pipeline, RunningSystem
from contenders import Contender, Engine, Figures, FreshSoffice, RawUno, Unoserver, gotenberg
from process_memory import descendants, descriptors, memory_bytes
from report import Figure, tell

MIB = 1024**2
SOAK_STEP = 50
OURS = ("pool", "pipeline")
ONE_SLOT, TWO_SLOTS, TWO_RAW = "pool, 1 slot", "pool, 2 slots", "raw warm UNO, 2 processes"


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--decks", type=int, default=16, help="how many decks are in a batch")
    parser.add_argument("--rounds", type=int, default=5, help="how many batches each contender converts, counted")
    parser.add_argument(
        "--rounds-of-mixes", type=int, default=2, help="how many times pool and pipeline convert all decks"
    )
    parser.add_argument("--quick", action="store_true", help="a short run: shows that it works, measures little")
    parser.add_argument("--json", type=Path, metavar="FILE", help="append the ratios there, as JSON lines")
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
    contenders += [RawUno(), RawUno(TWO_RAW, processes=2), Engine(ONE_SLOT), Engine(TWO_SLOTS, slots=2)]
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
    for number in range(rounds):
        first = number % len(contenders)
        for contender in [*contenders[first:], *contenders[:first]]:
            await contender.run(decks, figures[contender.name])
    return figures


def table(figures: dict[str, Figures]) -> str:
    lines = [f"{'':26} {'decks/min':>9} {'median s':>9} {'p95 s':>8} {'peak MiB':>9}"]
    for name, figure in figures.items():
        p95 = statistics.quantiles(figure.seconds, n=20)[-1]
        memory = f"{figure.peak.memory_bytes / MIB:9.0f}" if figure.peak.memory_bytes else f"{'-':>9}"
        median = statistics.median(figure.seconds)
        lines.append(f"{name:26} {per_minute(figure):9.0f} {median:9.3f} {p95:8.3f} {memory}")
    return "\n".join(lines)


def per_minute(figure: Figures) -> float:
    return 60 * len(figure.seconds) / figure.wall_seconds


def ratios(small: dict[str, Figures], mixes: dict[str, dict[str, Figures]]) -> list[Figure]:
    """The ratios that matter: of small decks, where our own cost weighs most, and of mixes, as people upload them."""
    median = {name: statistics.median(figure.seconds) for name, figure in small.items()}
    speed = {name: per_minute(figure) for name, figure in small.items()}
    lines: list[tuple[str, float, float | None]] = [
        ("fresh soffice / pool, median of small decks", median["fresh soffice per job"] / median[ONE_SLOT], 4),
        ("raw UNO / pool, median of small decks", median["raw warm UNO"] / median[ONE_SLOT], 0.95),
        ("2 slots / 1 slot, small decks/min", speed[TWO_SLOTS] / speed[ONE_SLOT], 1.8),
        ("2 raw UNO / 1 raw UNO, small decks/min", speed[TWO_RAW] / speed["raw warm UNO"], None),
    ]
    for kind, figures in {"small": small, **mixes}.items():
        speed = {name: per_minute(figure) for name, figure in figures.items()}
        for name, other, bar in (("pipeline, 1 converter", ONE_SLOT, 0.9), ("pipeline, 2 converters", TWO_SLOTS, None)):
            if name in speed:
                lines.append((f"{name} / {other}, {kind} decks/min", speed[name] / speed[other], bar))
    return [Figure("convert", name, value, "", bar) for name, value, bar in lines]


async def compare(options: argparse.Namespace) -> None:
    small = small_decks(options.folder, options.decks)
    mixes = {"quick": decks_but_giants(options.folder), "all": all_decks(options.folder)}
    if options.quick:
        mixes = dict.fromkeys(mixes, small)
    load = os.getloadavg()[0]
    async with AsyncExitStack() as stack:
        contenders = await entered(stack, options)
        await measured(contenders, small, 1)  # warms them up
        of_small = await measured(contenders, small, options.rounds)
        ours = [contender for contender in contenders if contender.name.startswith(OURS)]
        of_mixes = {kind: await measured(ours, decks, options.rounds_of_mixes) for kind, decks in mixes.items()}
    print(f"\n{os.cpu_count()} cores, {platform.machine()}, ", end="")
    print(f"load {load:.1f} before and {os.getloadavg()[0]:.1f} after")
    print(f"\n{len(small)} small decks, {options.rounds} rounds\n{table(of_small)}")
    for kind, figures in of_mixes.items():
        print(f"\n{len(mixes[kind])} {kind} decks, {options.rounds_of_mixes} rounds\n{table(figures)}")
    print()
    tell(ratios(of_small, of_mixes), options.json)


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
    if options.quick:
        options.decks, options.rounds, options.rounds_of_mixes = 4, 1, 1
    with tempfile.TemporaryDirectory(prefix="bench-convert-") as home:
        tempfile.tempdir = home  # of everything that is made from here on, so that nothing of it stays
        asyncio.run(soak(options) if options.soak else compare(options))


if __name__ == "__main__":
    main()
