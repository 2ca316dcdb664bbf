"""Many worlds, each from a seed: whatever goes wrong in them, what was promised holds."""

from collections import Counter

from tests.simulation.world import simulate

SEEDS = 100
WAYS = {
    "does not reach the database": "a road to the database is closed",
    "does not reach the carrier": "a node does not reach the carrier",
    "gets through": "one node does not reach another",
    "words are lost": "words are lost",
    "crashes": "a node crashes",
    "retires": "a node retires",
    "is paused": "a node is paused",
    "the clock of": "a clock jumps",
    "the database is down": "the database restarts",
    "COMMIT": "a commit is broken",
    "reset": "connections are reset",
}


def test_in_many_worlds_all_is_well_and_much_goes_wrong() -> None:
    wrong = {}
    met: Counter[str] = Counter()
    for seed in range(SEEDS):
        result = simulate(seed)
        if result.wrong:
            wrong[f"make simulate SEED={seed}"] = result.wrong
        said = {what for _, who, what in result.trace.lines if who == "fault"}
        met.update(way for words, way in WAYS.items() if any(words in what for what in said))
        # Nothing is well that does nothing.
        assert result.commits > 20
    assert wrong == {}
    assert met.keys() == set(WAYS.values())
