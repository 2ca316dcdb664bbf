"""Invariants find what offends, and nothing else."""

import asyncio
from uuid import uuid4

import pytest

from backend.persistence.invariants import NumbersAreContiguous
from tests.support.counter import ANNA, Add
from tests.support.engine import Engine
from tests.support.superuser import Superuser

BREAKS = {
    "a hole": "DELETE FROM event WHERE topic = $1 AND number = 3",
    "the last one gone": "DELETE FROM event WHERE topic = $1 AND number = 5",
    "one twice": "INSERT INTO event SELECT * FROM event WHERE topic = $1 AND number = 3",
    "behind the head": "UPDATE head SET seq = 4 WHERE address = $1",
    "no head": "DELETE FROM head WHERE address = $1",
    "a generation from the future": "UPDATE event SET generation = generation + 1 WHERE topic = $1",
}


async def test_numbers_are_contiguous_after_any_load(running: Engine) -> None:
    keys = [uuid4() for _ in range(10)]
    asks = [Add(by=1), Add(by=500), Add(by=1), Add(by=1000), Add(by=1)]
    await asyncio.gather(*[running.ref(key).ask(ask, ANNA) for key in keys for ask in asks])

    assert await NumbersAreContiguous().broken() == []


@pytest.mark.parametrize("breaking", BREAKS)
async def test_every_break_is_named(running: Engine, superuser: Superuser, breaking: str) -> None:
    key = uuid4()
    address = running.ref(key).address
    for _ in range(5):
        await running.ref(key).ask(Add(by=1), ANNA)
    await superuser.execute(BREAKS[breaking], address)
    try:
        (found,) = await NumbersAreContiguous().broken()
        assert f"topic={address}" in found
    finally:
        await superuser.execute("DELETE FROM event WHERE topic = $1", address)


async def test_days_that_are_no_longer_kept_are_no_hole(
    running: Engine, superuser: Superuser
) -> None:
    key = uuid4()
    for _ in range(5):
        await running.ref(key).ask(Add(by=1), ANNA)
    await superuser.execute(
        "DELETE FROM event WHERE topic = $1 AND number < 4", running.ref(key).address
    )
    assert await NumbersAreContiguous().broken() == []
