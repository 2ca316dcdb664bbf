"""`python -m benchmarks`: measures on servers of its own and says whether the bars hold.

Exit code: 0 when they do, 1 when one is missed, 2 when a bench could not be believed.
"""

import argparse
import asyncio
import contextlib
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks import capacity, machine, report, seeding, stack, w1, w1_fixed, w2, w3, w5, w6, w7
from benchmarks.bars import missed
from benchmarks.conditions import Conditions, Figures, Untrue

ROUNDS = 3
BENCHES = {bench.NAME: bench for bench in (w1, w1_fixed, w2, w3, w5, w6, w7)}
LASTING = Path("/var/tmp")  # noqa: S108 - where a big folder may lie that is not in memory


def main() -> int:
    """Read the arguments, measure, write the results down."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("benches", nargs="*", help=f"which to run: {' '.join(BENCHES)} (all)")
    parser.add_argument("--quick", action="store_true", help="see whether it works; keeps nothing")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help=f"how often each ({ROUNDS})")
    parser.add_argument("--data", type=Path, help="where the databases lie meanwhile (a real disk)")
    chosen = parser.parse_args()
    rounds = 1 if chosen.quick else max(1, chosen.rounds)
    unknown = set(chosen.benches) - BENCHES.keys()
    if unknown:
        parser.error(f"there is no bench {', '.join(sorted(unknown))}")
    names = [name for name in BENCHES if name in chosen.benches or not chosen.benches]
    beneath = chosen.data or (LASTING if LASTING.is_dir() else None)
    with tempfile.TemporaryDirectory(prefix="tandem-bench-", dir=beneath) as made:
        folder = Path(made)
        folder.chmod(0o755)  # PostgreSQL may run as somebody else than we
        if not machine.is_disk(folder):
            print(f"{folder} is in memory, where durable means nothing; give --data.")
            return 2
        try:
            results = asyncio.run(_measure(names, folder, rounds, is_quick=chosen.quick))
        except (Untrue, stack.NotDurable) as problem:
            print(f"This run proves nothing: {problem}.")
            return 2
        if not chosen.quick:
            report.write(results, machine.describe(folder), rounds)
            if not capacity.missing():
                capacity.main()
        return _conclude(results)


async def _measure(
    names: Sequence[str], folder: Path, rounds: int, *, is_quick: bool
) -> dict[str, Figures]:
    stack.allow_many_files()
    results: dict[str, Figures] = {}
    async with contextlib.AsyncExitStack() as exits:
        servers = None
        if any(BENCHES[name].NEEDS_SERVERS for name in names):
            running = await exits.enter_async_context(stack.running(folder))
            servers = running, await _settle(running, is_quick=is_quick)
            if not is_quick:
                _say("laying out the files of the write-ahead log")
                await running.lay_out_log()
        conditions = Conditions(is_quick, rounds, _say, servers)
        for name in names:
            results[name] = await BENCHES[name].run(conditions)
            print(report.table({name: results[name]}), flush=True)
    return results


async def _settle(running: stack.Stack, *, is_quick: bool) -> seeding.Town:
    couples = seeding.QUICK_COUPLES if is_quick else seeding.COUPLES
    rows = seeding.QUICK_ROWS if is_quick else seeding.ROWS
    return await seeding.settle(running.urls.owner, couples=couples, rows=rows, say=_say)


def _say(words: str) -> None:
    print(words, flush=True)


def _conclude(results: dict[str, Figures]) -> int:
    short = missed(results)
    for bar in short:
        found = results[bar.bench][bar.figure]
        print(f"MISSED: {bar.bench} {bar.figure} is {found:,.3g}, the bar is {bar.words}")
    if not short:
        print("Every bar holds.")
    return 1 if short else 0


if __name__ == "__main__":
    sys.exit(main())
