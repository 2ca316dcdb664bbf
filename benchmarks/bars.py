"""The bars: what Tandem means to reach, in one place."""

from collections.abc import Mapping
from dataclasses import dataclass

from benchmarks.conditions import Figures


@dataclass(frozen=True)
class Bar:
    """A figure and its limit; one of the two is given."""

    bench: str
    figure: str
    at_least: float | None = None
    at_most: float | None = None

    @property
    def limit(self) -> float:
        """The limit, whichever way it goes."""
        limit = self.at_most if self.at_least is None else self.at_least
        assert limit is not None, "a bar has a limit"  # noqa: S101
        return limit

    def holds(self, measured: float) -> bool:
        """Tell whether a figure reaches it."""
        return self.margin(measured) >= 1

    def margin(self, measured: float) -> float:
        """Say how many times better than the bar a figure is; below 1 it is missed."""
        if self.at_least is not None:
            return measured / self.at_least
        return self.limit / measured if measured > 0 else float("inf")

    @property
    def words(self) -> str:
        """Say the limit."""
        return f"{'≥' if self.at_most is None else '≤'} {self.limit:g}"


BARS = (
    Bar("w1", "ratio_to_pgbench", at_least=1.0),
    Bar("w1", "half_load_p99_ms", at_most=25.0),
    Bar("w1", "half_load_pipelined_p99_ms", at_most=25.0),
    Bar("w1_fixed", "p50_ms", at_most=1.5),
    Bar("w1_fixed", "p99_ms", at_most=4.0),
    Bar("w2", "ratio_to_raw", at_least=0.5),
    Bar("w3", "kb_per_connection_live", at_most=45.0),
    Bar("w3", "kb_per_connection_idle", at_most=30.0),
    Bar("w5", "ratio_to_queue", at_least=0.5),
    Bar("w7", "storm_served_s", at_most=10.0),
    Bar("w7", "storm_to_calm", at_most=2.0),
)


def bar_of(bench: str, figure: str) -> Bar | None:
    """Find the bar of a figure, if it has one."""
    return next((bar for bar in BARS if (bar.bench, bar.figure) == (bench, figure)), None)


def missed(results: Mapping[str, Figures]) -> list[Bar]:
    """List the bars that what was measured does not reach."""
    return [
        bar
        for bar in BARS
        if bar.bench in results and not bar.holds(results[bar.bench][bar.figure])
    ]
