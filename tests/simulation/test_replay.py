"""A seed is a world: it comes out the same wherever and whenever it is lived."""

import os
import subprocess
import sys
from pathlib import Path

from tests.simulation.world import simulate

ROOT = Path(__file__).parents[2]
SEED = 7


def trace_of(seed: int, hash_seed: str) -> str:
    """Live a world in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "tests.simulation", "--seed", str(seed)],
        cwd=ROOT,
        env={**os.environ, "PYTHONHASHSEED": hash_seed},
        capture_output=True,
        check=True,
        text=True,
    ).stdout


def test_a_world_is_the_same_whatever_was_before_it() -> None:
    first = simulate(SEED)
    simulate(SEED + 1)
    again = simulate(SEED)
    assert first.trace.lines == again.trace.lines
    assert len(first.trace.lines) > 100


def test_a_world_is_the_same_in_every_process() -> None:
    first = trace_of(SEED, "1")
    assert first == trace_of(SEED, "2")
    assert simulate(SEED).trace.digest() in first


def test_another_seed_is_another_world() -> None:
    assert simulate(SEED).trace.digest() != simulate(SEED + 1).trace.digest()
