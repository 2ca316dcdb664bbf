"""The report: latest.json for programs, latest.md for people, latest.png for the eye."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.bars import bar_of
from benchmarks.conditions import Figures

HERE = Path(__file__).parent
JSON = HERE / "latest.json"
TABLE = HERE / "latest.md"
CHART = HERE / "latest.png"
_PRECISE_BELOW = 100


def write(results: Mapping[str, Figures], machine: Mapping[str, str | int], rounds: int) -> None:
    """Write all three; benches that were not run keep what they had on the same machine."""
    from benchmarks.chart import draw  # noqa: PLC0415 - matplotlib is slow to load

    kept = _kept(machine)
    now = datetime.now(UTC).isoformat(timespec="seconds")
    for bench, figures in results.items():
        rounded = {name: round(figure, 3) for name, figure in figures.items()}
        kept[bench] = {**rounded, "rounds": rounds, "measured_at": now}
    everything = {**dict(sorted(kept.items())), "machine": dict(machine)}
    JSON.write_text(json.dumps(everything, indent=2) + "\n")
    shown = {bench: _figures(figures) for bench, figures in sorted(kept.items())}
    TABLE.write_text(page(shown, machine) + "\n" + _times(kept))
    draw(shown, machine, CHART)


def table(results: Mapping[str, Figures]) -> str:
    """Show figures against their bars, as a table in Markdown."""
    lines = ["| bench | figure | measured | bar | holds |", "|---|---|---:|---:|---|"]
    for bench, figures in results.items():
        for name, measured in figures.items():
            bar = bar_of(bench, name)
            limit = bar.words if bar else ""
            verdict = ("yes" if bar.holds(measured) else "**no**") if bar else ""
            lines.append(f"| {bench} | {name} | {number(measured)} | {limit} | {verdict} |")
    return "\n".join(lines) + "\n"


def page(results: Mapping[str, Figures], machine: Mapping[str, str | int]) -> str:
    """Write the table with the machine above it."""
    where = "\n".join(f"- {name}: {value}" for name, value in machine.items())
    return (
        "# What Tandem does\n\nWritten by `make bench`; README.md in this folder says what each "
        f"figure means.\n\n{where}\n\n![the figures against their bars](latest.png)\n\n"
        f"{table(results)}"
    )


def _times(kept: Mapping[str, Mapping[str, Any]]) -> str:
    """Say when each was measured: a machine that others share is not as quick in every hour."""
    rows = [
        f"| {bench} | {figures['measured_at']} | {figures['rounds']} |"
        for bench, figures in sorted(kept.items())
    ]
    return "\n".join(["| bench | measured at | rounds |", "|---|---|---:|", *rows]) + "\n"


def number(figure: float) -> str:
    """Write a figure as exactly as it means something."""
    return f"{figure:,.2f}" if abs(figure) < _PRECISE_BELOW else f"{figure:,.0f}"


def _kept(machine: Mapping[str, str | int]) -> dict[str, dict[str, Any]]:
    try:
        before: dict[str, Any] = json.loads(JSON.read_text())
    except (FileNotFoundError, json.JSONDecodeError):
        return {}
    if before.pop("machine", None) != dict(machine):
        return {}
    return before


def _figures(kept: Mapping[str, Any]) -> Figures:
    about = {"rounds", "measured_at"}
    return {name: value for name, value in kept.items() if name not in about}
