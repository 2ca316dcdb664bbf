"""However a promise is lived through: money in is money out, and each is charged once at most."""

import pytest

from tests.domains.challenges.stake_world import StakeWorld

WORLDS = 1_500
"""In one run of the suite; `python -m tests.domains.challenges` lives through as many as wanted."""
SHARES = 3


@pytest.mark.parametrize("share", range(SHARES))
def test_money_in_is_money_out_and_what_is_held(share: int) -> None:
    for seed in range(share, WORLDS, SHARES):
        StakeWorld(seed).live().check()
