"""The metronome of the load generator."""

import asyncio
import itertools

from benchmarks.load.metronome import Metronome

PER_S = 500
MOMENTS = 100


async def test_moments_are_evenly_spread_however_late_the_calls_come() -> None:
    moments: list[float] = []
    enough = asyncio.Event()

    def due(moment: float) -> None:
        moments.append(moment)
        if len(moments) >= MOMENTS:
            enough.set()

    metronome = Metronome(PER_S, due)
    metronome.start()
    await asyncio.wait_for(enough.wait(), 30)
    metronome.stop()
    gaps = [after - before for before, after in itertools.pairwise(moments)]
    assert all(abs(gap - 1 / PER_S) < 1e-6 for gap in gaps)
