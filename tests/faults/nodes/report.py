"""The report: what broke how often, and for how long who was not served."""

import os
import platform
import subprocess
from collections.abc import Sequence
from datetime import UTC, datetime

from tests.faults.nodes import breaking
from tests.faults.nodes.suite import Happened, Report

_TEXT = """# Faults

Written by `make faults MINUTES={minutes:.0f}`; a short version runs with `make test`. Three API
processes and a worker, a PostgreSQL (with `fsync`) and a Redis, all on one machine, and {couples}
couples, each with a stranger, on sockets. They log moods without a pause and come back by
themselves, through a proxy that asks `/readyz`. Seed {seed}, {day}, {machine}.

**{faults} faults in {minutes:.0f} minutes. {commands:,} commands were answered while they happened
and between them, in {commits:,} commits of actors. Nothing was lost, nothing was done twice.**

Looked at after each fault, with everything running:

- every acknowledged command is in the database exactly once, no refused one is, and each has its
  outcome;
- what every phone was told is the log of its topic, in order, without hole or duplicate;
- the ledger is balanced, streaks follow from the days, numbers are contiguous (all invariants of
  all rooms);
- each of a couple is shown that the other is there, after ten seconds at the latest;
- the versions of every actor grow by one, each committed by the node that owned its shard then.

How long a couple was not served: the longest time without an answer to either of the two or the
stranger, from the fault until every shard had an owner and everybody was served again. Seconds.

| What happened | Times | Median | 99th percentile | Longest |
|---|---|---|---|---|
{rows}

Redis that is gone for all is away for 1 to 6 s here: what lives on another node is refused as
`temporary` meanwhile, so those who came to another node than their actor's wait as long. PostgreSQL
that is gone is gone for all.
"""


def page_of(report: Report) -> str:
    """Write the page."""
    return _TEXT.format(
        minutes=report.took_s / 60,
        couples=report.couples,
        seed=report.seed,
        day=datetime.now(UTC).date().isoformat(),
        machine=_machine(),
        faults=len(report.happened),
        commands=report.commands,
        commits=report.commits,
        rows="\n".join(_rows(report.happened)),
    )


def _rows(happened: Sequence[Happened]) -> list[str]:
    rows = []
    for fault in breaking.FAULTS:
        found = [one for one in happened if one.fault == fault.__name__]
        gaps = sorted(gap for one in found for gap in one.gaps_s)
        if gaps:
            name, _, says = (fault.__doc__ or "").partition("\n")[0].partition(": ")
            title = fault.__name__.replace("_", " ").capitalize()
            told = f"{title}: {name}" + (f": {says}" if says else "")
            figures = (percentile(gaps, 50), percentile(gaps, 99), gaps[-1])
            written = " | ".join(f"{figure:.1f}" for figure in figures)
            rows.append(f"| {told} | {len(found)} | {written} |")
    return rows


def percentile(ordered: Sequence[float], percent: int) -> float:
    """Read a percentile of what is sorted, by the nearest rank."""
    return ordered[max(0, -(-len(ordered) * percent // 100) - 1)]


def _machine() -> str:
    kernel = platform.release().partition("-")[0]
    python = platform.python_version()
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False
    ).stdout.strip()
    return f"{os.cpu_count()} cores, Linux {kernel}, Python {python}, commit {commit}"
