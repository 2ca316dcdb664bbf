"""Histograms that cost next to nothing to add to: one bucket for each power of two."""

from collections.abc import Sequence
from math import ceil

BUCKETS = 25


class Histogram:
    """Counts whole numbers by their magnitude."""

    __slots__ = ("counts", "total")

    def __init__(self) -> None:
        """Begin with nothing counted."""
        self.counts = [0] * (BUCKETS + 1)
        self.total = 0

    def add(self, value: int) -> None:
        """Count one number; what is larger than every bucket stands in the last one."""
        self.total += value
        magnitude = value.bit_length()
        self.counts[magnitude if magnitude < BUCKETS else BUCKETS] += 1  # noqa: FURB136 - faster

    def buckets(self, unit: float = 1) -> list[tuple[str, float]]:
        """List upper bounds and how many lie at or under each, as Prometheus wants them.

        `unit` is what a counted one stands for, such as 0.000001 for microseconds in seconds.
        """
        bounds: list[tuple[str, float]] = []
        under = 0
        for magnitude, count in enumerate(self.counts[:-1]):
            under += count
            bounds.append((f"{((1 << magnitude) - 1) * unit:.9g}", under))
        return [*bounds, ("+Inf", under + self.counts[-1])]


def percentile(counts: Sequence[int], share: float) -> float | None:
    """Estimate the number that a share of those counted lie at or under; None if there are none.

    Those of one bucket are taken to lie evenly in it, so it is wrong by less than a factor of two.
    """
    rank = max(1, ceil(share * sum(counts)))
    for magnitude, count in enumerate(counts):
        if rank <= count:
            least, most = (1 << magnitude) >> 1, (1 << magnitude) - 1
            return least + (most - least) * (rank - 0.5) / count
        rank -= count
    return None
