"""Three days around each change of clocks, in five zones: every day is one day, by its own wall."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from backend.domains.ledger import Purpose
from backend.domains.reminders import jobs as reminders
from backend.persistence.database import fetch
from backend.persistence.job_run import JobRun
from tests.domains.challenges.stake_drawing import CHANGES, ZONES
from tests.support.clock import FakeClock
from tests.support.couple import Couple, Phone, become_a_couple, later
from tests.support.node import Node
from tests.support.promises import (
    Promise,
    be_of_age,
    forfeited,
    give,
    have_template,
    let_pass,
    owns,
    pass_unseen,
    promise,
    stake,
)

DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
KEPT = ((False, True, False), (True, False, True))
"""Which of the days before, of and after a change are kept: at the first change, at the second."""
_GIVEN = """
SELECT due_window_key, sent_at FROM challenge_reminder WHERE user_challenge_id = $1 ORDER BY sent_at
"""


def end_of(day: date, zone: str) -> datetime:
    """Find the minute in which a clock on that wall shows another day."""
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=ZoneInfo(zone)).astimezone(UTC)
    minutes: Iterator[datetime] = (noon + number * MINUTE for number in range(24 * 60))
    return next(at for at in minutes if at.astimezone(ZoneInfo(zone)).date() > day)


async def until(at: datetime, couple: Couple) -> None:
    """Let time pass until a moment."""
    await pass_unseen(couple.anna, seconds=(at - couple.anna.clock.now()).total_seconds())


async def live(phone: Phone, made: Promise, day: date, end: datetime, *, is_kept: bool) -> None:
    """Live a day to its end; it is kept in the last half hour, or not at all."""
    couple = made.couple
    rows = await fetch(_GIVEN, made.challenge_id)
    before = len(rows)
    for minutes, given in ((121, 0), (120, 1), (30, 1)):
        await until(end - minutes * MINUTE, couple)
        await reminders.remind(JobRun(None, clock=couple.anna.clock, services={}))
        rows = await fetch(_GIVEN, made.challenge_id)
        assert len(rows) == before + given, (day, minutes)
    assert rows[-1]["due_window_key"] == f"{day}@120"
    if is_kept:
        await made.ask(phone.client, "challenges.prove", proof={"note": "Ten pages."})
    await until(end, couple)


@pytest.mark.parametrize("zone", ZONES)
async def test_each_day_around_a_change_is_reminded_of_once_and_kept_or_missed_once(
    node: Node, clock: FakeClock, zone: str
) -> None:
    couple = await become_a_couple(node, clock, zones=(zone, zone))
    anna = couple.anna
    await give(anna, 1_000)
    await be_of_age(anna)
    missed_in_all = 0
    for change, kept in zip(CHANGES[zone], KEPT, strict=True):
        first = change - DAY
        begins_in = end_of(first - DAY, zone) - clock.now()
        await later(anna, couple.ben, seconds=begins_in.total_seconds())
        await have_template(clock)
        async with couple.phones() as (phone, _):
            days = {"first_day": str(first), "last_day": str(change + DAY)}
            made = await promise(couple, phone, stake=stake(), **days)
            for number, is_kept in enumerate(kept):
                day = first + number * DAY
                await live(phone, made, day, end_of(day, zone), is_kept=is_kept)
        await let_pass(anna, days=4)
        found = await made.occurrences(anna)
        outcomes = [found[key]["outcome"] for key in sorted(found)]
        assert outcomes == ["done" if is_kept else "missed" for is_kept in kept]
        missed = outcomes.count("missed")
        missed_in_all += missed
        assert await owns(anna) == (1_000 - 100 * missed_in_all, 0)
        assert await forfeited(made, Purpose.CHARITY) == 100 * missed
    assert missed_in_all == 3
