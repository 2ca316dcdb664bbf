"""Whether a bar holds, and what the report says of it."""

import json
from pathlib import Path

import pytest

from benchmarks import bars, report
from benchmarks.bars import Bar, missed

FAST = Bar("w", "per_s", at_least=100)
QUICK = Bar("w", "p99_ms", at_most=10)


@pytest.mark.parametrize(
    ("bar", "measured", "holds"),
    [
        (FAST, 100, True),
        (FAST, 99.9, False),
        (QUICK, 10, True),
        (QUICK, 10.1, False),
        (QUICK, 0, True),
    ],
)
def test_a_bar_holds_up_to_its_limit(bar: Bar, measured: float, *, holds: bool) -> None:
    assert bar.holds(measured) is holds


def test_bars_of_benches_that_did_not_run_are_not_missed() -> None:
    assert missed({"w5": {"ratio_to_queue": 0.4}}) == [bars.bar_of("w5", "ratio_to_queue")]


def test_a_report_keeps_other_benches_of_the_same_machine_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, file in (("JSON", "l.json"), ("TABLE", "l.md"), ("CHART", "l.png")):
        monkeypatch.setattr(report, name, tmp_path / file)
    ours: dict[str, str | int] = {"cpu": "fast", "cores": 2, "postgresql": "18"}
    report.write({"w5": {"asks_per_s": 1.0, "ratio_to_queue": 0.6}}, ours, 3)
    report.write({"w1": {"acked_per_s": 9_000.0, "ratio_to_pgbench": 1.2}}, ours, 3)
    kept = json.loads((tmp_path / "l.json").read_text())
    assert kept["w5"]["ratio_to_queue"] == 0.6
    assert kept["w1"]["acked_per_s"] == 9_000
    assert kept["machine"] == ours
    assert "| w1 | ratio_to_pgbench | 1.20 | ≥ 1 | yes |" in (tmp_path / "l.md").read_text()
    assert (tmp_path / "l.png").read_bytes().startswith(b"\x89PNG")

    report.write({"w1": {"acked_per_s": 1.0}}, {**ours, "cpu": "slow"}, 3)
    assert "w5" not in json.loads((tmp_path / "l.json").read_text())
