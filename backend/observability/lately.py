"""Lately: what histograms have counted in the last ten seconds, not since the node started."""

import asyncio
from collections import deque

from backend.cluster.state import Spread
from backend.observability.histogram import Histogram, percentile

STEP_S = 1.0
STEPS = 10


class Lately:
    """Remembers where histograms stood, second by second."""

    def __init__(self, *histograms: Histogram) -> None:
        """Begin now."""
        self._before = {
            histogram: deque([tuple(histogram.counts)], maxlen=STEPS) for histogram in histograms
        }

    async def watch(self) -> None:
        """Go along with time; never returns."""
        while True:
            await asyncio.sleep(STEP_S)
            self.step()

    def step(self) -> None:
        """Note where the histograms stand; what lies too far back is forgotten."""
        for histogram, before in self._before.items():
            before.append(tuple(histogram.counts))

    def spread(self, histogram: Histogram, unit: float = 1) -> Spread | None:
        """Say how the numbers of the last seconds are spread; None when there were none.

        `unit` is what a counted one stands for, such as 0.001 for microseconds in milliseconds.
        """
        then = self._before[histogram][0]
        counts = [now - before for now, before in zip(histogram.counts, then, strict=True)]
        median, high = percentile(counts, 0.5), percentile(counts, 0.99)
        if median is None or high is None:
            return None
        return Spread(p50=round(median * unit, 3), p99=round(high * unit, 3))
