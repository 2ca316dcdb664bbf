"""Days on which everything was kept make a streak; a miss ends it, an excuse and a rest do not."""

from typing import Any

import pytest

from tests.support.clock import FakeClock
from tests.support.couple import Couple, Phone, read
from tests.support.promises import Promise, have_template, let_pass, promise, with_partner

NOTE = {"note": "Ten pages."}


@pytest.fixture(autouse=True)
async def template(clock: FakeClock) -> None:
    """Something to promise."""
    await have_template(clock)


async def streak_of(couple: Couple) -> tuple[int, int]:
    """Read Anna's streak: now, and at best."""
    shown: dict[str, Any] = (await read(couple.anna, "/v1/challenges/streak")).json()
    return shown["current_days"], shown["best_days"]


async def prove(made: Promise, phone: Phone, days: int) -> None:
    """Show for some days that it was done."""
    for _ in range(days):
        await made.ask(phone.client, "challenges.prove", proof=NOTE)
        await let_pass(made.couple.anna, made.couple.ben, days=1)


async def test_days_kept_in_a_row_are_counted_and_a_miss_begins_anew(couple: Couple) -> None:
    assert await streak_of(couple) == (0, 0)
    async with couple.phones() as (anna, _):
        made = await promise(couple, anna, **with_partner(couple))
        await prove(made, anna, 3)
        assert await streak_of(couple) == (3, 3)
        await let_pass(couple.anna, couple.ben, days=1)
        assert await streak_of(couple) == (0, 3)
        await prove(made, anna, 1)
        assert await streak_of(couple) == (1, 3)
    found = await read(couple.anna, "/v1/challenges/streak")
    assert found.json()["last_day"] == "2026-03-06"


async def test_what_was_excused_neither_counts_nor_ends_it(couple: Couple) -> None:
    async with couple.phones() as (anna, ben):
        made = await promise(couple, anna, **with_partner(couple))
        await prove(made, anna, 2)
        key = str(couple.anna.clock.now().date())
        await let_pass(couple.anna, couple.ben, days=1)
        assert await streak_of(couple) == (0, 2)
        await made.ask(ben.client, "challenges.excuse", key=key)
        assert await streak_of(couple) == (2, 2)
        await prove(made, anna, 1)
    assert await streak_of(couple) == (3, 3)
