"""The chart: every bar with what was measured against it, and what W1 did beside pgbench."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import matplotlib as mpl

from benchmarks.bars import BARS
from benchmarks.conditions import Figures

mpl.use("Agg")

import matplotlib.pyplot as plt

HOLDS, MISSED, BESIDE = "#2f7d5b", "#c0392b", "#8a94a6"
MARGIN_SHOWN_MAX = 4.0


def draw(results: Mapping[str, Figures], machine: Mapping[str, str | int], path: Path) -> None:
    """Draw what there is and write it as PNG."""
    figure, (rates, margins) = plt.subplots(
        1, 2, figsize=(13, 5), gridspec_kw={"width_ratios": [2, 3]}, layout="constrained"
    )
    _draw_rates(rates, results.get("w1", {}))
    _draw_margins(margins, results)
    where = f"{machine['cpu']}, {machine['cores']} cores, PostgreSQL {machine['postgresql']}"
    figure.suptitle(f"Tandem, one API process on {where}", fontsize=11)
    figure.savefig(path, dpi=130)
    plt.close(figure)


def _draw_rates(axes: Any, w1: Figures) -> None:
    shown = {
        "pgbench -N,\n32 clients": (w1.get("pgbench_per_s", 0), BESIDE),
        "window 1": (w1.get("window_1_acked_per_s", 0), HOLDS),
        "window 8": (w1.get("acked_per_s", 0), HOLDS),
    }
    rates = [rate for rate, _ in shown.values()]
    bars = axes.bar(list(shown), rates, color=[colour for _, colour in shown.values()], width=0.6)
    axes.bar_label(bars, labels=[f"{rate:,.0f}" for rate in rates], padding=3)
    axes.set_title("W1: durable commands a second, 200 sockets")
    axes.spines[["top", "right"]].set_visible(False)
    axes.margins(y=0.15)


def _draw_margins(axes: Any, results: Mapping[str, Figures]) -> None:
    found = [
        (bar, results[bar.bench][bar.figure])
        for bar in reversed(BARS)
        if bar.figure in results.get(bar.bench, {})
    ]
    margins = [min(MARGIN_SHOWN_MAX, bar.margin(measured)) for bar, measured in found]
    axes.barh(
        [f"{bar.bench} {bar.figure}" for bar, _ in found],
        margins,
        color=[HOLDS if bar.holds(measured) else MISSED for bar, measured in found],
        height=0.6,
    )
    for place, ((bar, measured), margin) in enumerate(zip(found, margins, strict=True)):
        beside = max(margin, 1) + 0.05
        words = f"{measured:,.2f} ({bar.words})"
        axes.text(beside, place, words, va="center", fontsize=9)
    axes.axvline(1, color="black", linewidth=1)
    axes.set_xlim(0, MARGIN_SHOWN_MAX * 1.25)
    axes.set_title("How many times better than its bar (right of the line: it holds)")
    axes.spines[["top", "right"]].set_visible(False)
