"""Simulates many worlds, or one again with all that happened in it.

python -m tests.simulation --seeds 5000 --from 0
python -m tests.simulation --seed 123
"""

import argparse
import sys
import time

from tests.simulation.world import Result, simulate

SAID_EVERY_S = 5.0


def main() -> int:
    """Simulate what the command line asks for; returns 1 when something was wrong."""
    asked = argparse.ArgumentParser(prog="make simulate", description=__doc__)
    asked.add_argument("--seed", type=int, help="one world, with its trace")
    asked.add_argument("--seeds", type=int, default=1_000, help="how many worlds")
    asked.add_argument("--from", type=int, default=0, dest="first", help="the first seed")
    wanted = asked.parse_args()
    if wanted.seed is not None:
        return _one(wanted.seed)
    return _many(range(wanted.first, wanted.first + wanted.seeds))


def _one(seed: int) -> int:
    result = simulate(seed)
    result.trace.show(print)
    print(_summary(result))
    return 1 if result.wrong else 0


def _summary(result: Result) -> str:
    found = "; ".join(result.wrong) or "all is well"
    return (
        f"seed {result.seed}: {result.wishes} commands, {result.commits} commits, "
        f"{result.nodes} nodes, {result.seconds:.0f} s, trace {result.trace.digest()}: {found}"
    )


def _many(seeds: range) -> int:
    begun = said = time.monotonic()
    failed: list[int] = []
    for done, seed in enumerate(seeds, 1):
        result = simulate(seed)
        if result.wrong:
            failed.append(seed)
            print(f"{_summary(result)}\n  again: make simulate SEED={seed}", flush=True)
        now = time.monotonic()
        if now - said >= SAID_EVERY_S or done == len(seeds):
            said = now
            rate = (now - begun) / done
            print(f"{done} of {len(seeds)}, {rate:.2f} s each, {len(failed)} failed", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
