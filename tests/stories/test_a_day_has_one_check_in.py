"""One check-in a day: on two devices, across midnight, across a change of clocks, on a journey."""

import asyncio
from datetime import UTC, datetime

import pytest

from backend.persistence.database import fetch
from protocol.clients.python import Refused
from tests.support.clock import FakeClock
from tests.support.couple import Couple, Phone, become_a_couple
from tests.support.node import Node

SUBMIT = {
    "type": "checkins.submit",
    "connection_score": 8,
    "mood_score": 8,
    "relationship_satisfaction": 8,
}


async def test_of_two_devices_at_the_same_instant_one_wins(couple: Couple) -> None:
    async with couple.phones() as (anna, ben), couple.anna.phone("msgpack") as tablet:
        answers = await asyncio.gather(
            anna.client.ask(SUBMIT, to=couple.address),
            tablet.ask(SUBMIT, to=couple.address),
            return_exceptions=True,
        )
        refused = [answer for answer in answers if isinstance(answer, Refused)]
        granted = [answer for answer in answers if not isinstance(answer, BaseException)]
        assert [refusal.code for refusal in refused] == ["checkins.already_submitted"]
        check_in = granted[0]["check_in"]
        assert refused[0].facts == {
            "local_day": "2026-03-28",
            "check_in_id": check_in["check_in_id"],
        }
        assert (await ben.sees("checkins.submitted"))["check_in"] == check_in
    rows = await fetch(
        "SELECT 1 FROM daily_checkin WHERE relationship_id = $1", couple.relationship_id
    )
    assert len(rows) == 1


@pytest.fixture
def clock() -> FakeClock:
    """Two minutes to midnight in Berlin, on the eve of the day its clocks go forward."""
    return FakeClock(datetime(2026, 3, 28, 22, 58, tzinfo=UTC))


async def day_of_a_check_in(phone: Phone, made_at: datetime | None = None) -> str:
    """Check in, and say for which day it was."""
    told = await phone.check_in(made_at=made_at)
    day: str = told["check_in"]["local_day"]
    return day


async def test_after_midnight_it_is_another_day(couple: Couple, clock: FakeClock) -> None:
    async with couple.phones() as (anna, ben):
        before_midnight = clock.now()
        assert await day_of_a_check_in(anna) == "2026-03-28"
        await clock.advance(minutes=4)
        assert await day_of_a_check_in(anna) == "2026-03-29"
        # Ben acted before midnight; his phone was slow.
        assert await day_of_a_check_in(ben, before_midnight) == "2026-03-28"
        assert (await ben.sees("streaks.changed"))["streak"]["current_days"] == 1


async def test_the_day_of_23_hours_is_one_day(couple: Couple, clock: FakeClock) -> None:
    async with couple.phones() as (anna, ben):
        days = []
        # 23:58, then noon of each of the days around the change.
        for hours in (0, 11, 23, 24):
            await clock.jump(hours=hours)
            days.append(await day_of_a_check_in(anna))
            await ben.check_in()
        assert days == ["2026-03-28", "2026-03-29", "2026-03-30", "2026-03-31"]
        streaks = [(await ben.sees("streaks.changed"))["streak"] for _ in days]
        assert [streak["current_days"] for streak in streaks] == [1, 2, 3, 4]


async def test_who_travels_lives_no_day_twice(couple: Couple, clock: FakeClock) -> None:
    async with couple.phones() as (anna, ben):
        await clock.advance(minutes=10)  # It is the 29th in Berlin.
        assert await day_of_a_check_in(anna) == "2026-03-29"
        await anna.do_alone("identity.change_profile", time_zone="America/New_York")
        changed = await ben.sees("relationships.member_changed")
        assert changed["member"] == {
            "user_id": str(couple.anna.user_id),
            "name": "Anna",
            "time_zone": "America/New_York",
            "time_zone_before": "Europe/Berlin",
            "time_zone_from": "2026-03-30",
        }
        # The 28th goes on in New York, but Anna has left it behind.
        with pytest.raises(Refused, match="already_submitted"):
            await anna.check_in()
        await clock.jump(hours=24)
        with pytest.raises(Refused, match="already_submitted"):
            await anna.check_in()  # 19:08 on the 29th
        await clock.jump(hours=6)
        assert await day_of_a_check_in(anna) == "2026-03-30"


async def test_two_who_live_on_both_sides_of_the_date_line_share_a_streak(
    node: Node, clock: FakeClock
) -> None:
    couple = await become_a_couple(node, clock, zones=("Pacific/Auckland", "Pacific/Honolulu"))
    async with couple.phones() as (anna, ben):
        assert await day_of_a_check_in(anna) == "2026-03-29"
        assert await day_of_a_check_in(ben) == "2026-03-28"
        await clock.jump(hours=24)
        assert await day_of_a_check_in(anna) == "2026-03-30"
        assert await day_of_a_check_in(ben) == "2026-03-29"
        assert (await anna.sees("checkins.both_checked_in"))["local_day"] == "2026-03-29"
