"""A check-in may be changed and taken back on its own day; the streak follows, the coins do not."""

from typing import Any

import pytest

from backend.persistence.database import fetch
from protocol.clients.python import Refused
from tests.support.clock import FakeClock
from tests.support.couple import Couple, Phone
from tests.support.verify import until_quiet

SCORES = {"connection_score": 2, "mood_score": 3, "relationship_satisfaction": 4}


async def coins_of(phone: Phone) -> int:
    """Count somebody's coins, as their phone would be shown them."""
    await until_quiet(phone.person.node)
    rows = await fetch(
        "SELECT credits_posted - debits_posted AS coins FROM account "
        "WHERE owner_id = $1 AND asset = 'coin'",
        phone.person.user_id,
    )
    return int(rows[0]["coins"]) if rows else 0


async def test_the_partner_sees_the_change(couple: Couple) -> None:
    async with couple.phones() as (anna, ben):
        told = await anna.check_in(gratitude_note="Thanks")
        check_in_id = told["check_in"]["check_in_id"]
        amended = await anna.do("checkins.amend", check_in_id=check_in_id, **SCORES)
        seen = await ben.sees("checkins.amended")
        assert seen == amended
        assert seen["check_in"]["mood_score"] == 3
        assert seen["check_in"]["gratitude_note"] is None
        assert seen["check_in"]["made_at"] == told["check_in"]["made_at"]
        shown = (await ben.snapshot())["check_ins"]["recent"]
        assert shown == [seen["check_in"]]


async def test_an_undone_check_in_takes_the_day_from_the_streak(couple: Couple) -> None:
    async with couple.phones() as (anna, ben):
        told = await anna.check_in()
        await ben.check_in()
        assert (await ben.sees("streaks.changed"))["streak"]["current_days"] == 1
        undone = await anna.do("checkins.undo", check_in_id=told["check_in"]["check_in_id"])
        assert await ben.sees("checkins.undone") == undone
        assert (await ben.sees("streaks.changed"))["streak"] == {
            "current_days": 0,
            "best_days": 0,
            "last_day": None,
        }
        shown = (await ben.snapshot())["check_ins"]
        assert [found["user_id"] for found in shown["recent"]] == [str(couple.ben.user_id)]


async def test_coins_come_once_a_day_whatever_is_undone(couple: Couple, clock: FakeClock) -> None:
    async with couple.phones() as (anna, _ben):
        for _ in range(3):
            told = await anna.check_in()
            await anna.do("checkins.undo", check_in_id=told["check_in"]["check_in_id"])
        assert await coins_of(anna) == 5
        await clock.jump(hours=24)
        await anna.check_in()
        assert await coins_of(anna) == 10


async def refusal_of(phone: Phone, tag: str, **fields: Any) -> str:
    """Ask for something and be refused."""
    with pytest.raises(Refused) as refused:
        await phone.do(tag, **fields)
    return refused.value.code


async def test_only_on_its_own_day_and_only_by_its_author(couple: Couple, clock: FakeClock) -> None:
    async with couple.phones() as (anna, ben):
        check_in_id = (await anna.check_in())["check_in"]["check_in_id"]
        assert await refusal_of(ben, "checkins.undo", check_in_id=check_in_id) == "not_found"
        assert (
            await refusal_of(ben, "checkins.amend", check_in_id=check_in_id, **SCORES)
            == "not_found"
        )
        late = clock.now()
        await clock.jump(hours=24)
        assert (
            await refusal_of(anna, "checkins.undo", check_in_id=check_in_id) == "checkins.day_over"
        )
        assert (
            await refusal_of(anna, "checkins.amend", check_in_id=check_in_id, **SCORES)
            == "checkins.day_over"
        )
        # She acted on the day; the phone had no connection until now.
        await anna.do("checkins.undo", check_in_id=check_in_id, made_at=late)
        assert await refusal_of(anna, "checkins.undo", check_in_id=check_in_id) == "not_found"
