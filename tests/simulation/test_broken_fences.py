"""What the database must do for the actors is missed as soon as it is not done."""

from collections.abc import Collection

import pytest

from actors.placement import View
from backend.cluster.membership import Membership
from tests.simulation.statements import Broken
from tests.simulation.world import simulate

SEEDS_MAX = 1_000


def first_wrong(broken: Collection[Broken], begin: int = 0) -> list[str]:
    """Give what is wrong in the first world, of those from `begin` on, in which anything is."""
    for seed in range(begin, begin + SEEDS_MAX):
        wrong = simulate(seed, broken).wrong
        if wrong:
            return wrong
    return []


def test_a_fence_that_asks_for_no_version_gives_numbers_twice_or_stands_on_what_is_old() -> None:
    wrong = " ".join(first_wrong([Broken.VERSION]))
    assert "has the numbers" in wrong or "where it stood at" in wrong or "remembers" in wrong


def test_a_fence_that_asks_for_no_owner_lets_others_commit() -> None:
    assert any(", which " in what and what.endswith("owns") for what in first_wrong([Broken.OWNER]))


def test_a_fence_that_asks_for_neither_is_no_fence() -> None:
    assert first_wrong([Broken.VERSION, Broken.OWNER])


@pytest.mark.parametrize(
    "broken", [Broken.OUTCOMES, Broken.TELLS, Broken.UNANSWERED, Broken.NUMBER]
)
def test_what_else_a_commit_rests_on_is_missed_too(broken: Broken) -> None:
    assert first_wrong([broken])


def test_what_another_has_owned_meanwhile_is_old(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(View, "moved_since", lambda _self, _before: set())
    assert first_wrong([])


def test_who_is_named_in_another_epoch_is_not_seen_in_this_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(View, "is_epoch", lambda *_: True)
    # One world in thirty shows it: it need not be looked for from the first on.
    assert any("not shown right" in what for what in first_wrong([], begin=230))


def test_a_node_that_is_always_sure_answers_from_what_is_old(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Membership, "is_sure", True)
    assert any("stood at" in what for what in first_wrong([]))
