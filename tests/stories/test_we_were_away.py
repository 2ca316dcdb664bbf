"""We were away ourselves, and nobody loses anything by that."""

from datetime import timedelta
from uuid import UUID

import pytest

from backend.domains.challenges import jobs
from backend.persistence.database import fetch
from backend.persistence.job_run import JobRun
from tests.support.clock import FakeClock
from tests.support.commands import beside
from tests.support.couple import Couple
from tests.support.promises import Promise, can_stake, let_pass, owns, promise, stake
from tests.support.servers import Servers

HOURS_TO_MIDNIGHT = 14
"""From the beginning of the tests' time until the day ends in Berlin."""


@pytest.fixture(autouse=True)
async def template(couple: Couple) -> None:
    """Something to promise, and money to put on it."""
    await can_stake(couple.anna)


async def promised(couple: Couple, days: int = 7) -> Promise:
    """Have Anna put a dollar on each of some days."""
    async with couple.phones() as (anna, _):
        last_day = str(couple.anna.clock.now().date() + timedelta(days=days - 1))
        return await promise(couple, anna, stake=stake(), last_day=last_day)


async def until_near_midnight(couple: Couple, *, minutes: float) -> None:
    """Let the day pass, but for some minutes of it."""
    await let_pass(couple.anna, couple.ben, minutes=HOURS_TO_MIDNIGHT * 60 - minutes)


async def outcomes(couple: Couple, made: Promise) -> list[tuple[str | None, str | None]]:
    """Say what has become of each day, and why nothing was owed."""
    found = await made.occurrences(couple.anna)
    return [(found[key]["outcome"], found[key]["excuse"]) for key in sorted(found)]


async def test_twelve_days_cost_nobody_anything(couple: Couple) -> None:
    made = await promised(couple)
    await let_pass(couple.anna, couple.ben, hours=1)
    await let_pass(couple.anna, couple.ben, is_served=False, days=12)
    assert await outcomes(couple, made) == [("excused", "outage")] * 7
    await let_pass(couple.anna, couple.ben, days=4)
    assert await owns(couple.anna) == (1_000, 0)


@pytest.mark.parametrize("away_s", [60, 150, 180])
async def test_a_few_minutes_over_midnight_cost_nobody_anything(
    couple: Couple, away_s: int
) -> None:
    made = await promised(couple, days=2)
    await until_near_midnight(couple, minutes=away_s / 60)
    await let_pass(couple.anna, couple.ben, is_served=False, seconds=away_s)
    assert (await outcomes(couple, made))[0] == ("excused", "outage")
    await let_pass(couple.anna, couple.ben, days=6)
    assert await outcomes(couple, made) == [("excused", "outage"), ("missed", None)]
    assert await owns(couple.anna) == (900, 0)


@pytest.mark.parametrize(("late_min", "outcome"), [(9, "excused"), (11, "missed")])
async def test_who_had_a_fair_chance_after_a_brief_absence_is_held_to_it(
    couple: Couple, late_min: int, outcome: str
) -> None:
    made = await promised(couple)
    await until_near_midnight(couple, minutes=late_min + 1)
    await let_pass(couple.anna, couple.ben, is_served=False, minutes=1)
    await let_pass(couple.anna, couple.ben, minutes=late_min)
    assert (await outcomes(couple, made))[0][0] == outcome


async def test_a_worker_that_is_there_before_anybody_is_served_lets_nobody_miss(
    couple: Couple,
) -> None:
    made = await promised(couple)
    looks_at = "SELECT wake_at FROM user_challenge WHERE id = $1"
    before = await fetch(looks_at, made.challenge_id)
    back = FakeClock(couple.anna.clock.now() + timedelta(days=12))
    await jobs.let_time_pass(JobRun(None, clock=back, services={}))
    assert await fetch(looks_at, made.challenge_id) == before
    await let_pass(couple.anna, couple.ben, is_served=False, days=12)
    assert await outcomes(couple, made) == [("excused", "outage")] * 7


async def test_what_could_not_be_disputed_while_we_were_away_can_be_when_we_are_back(
    couple: Couple,
) -> None:
    made = await promised(couple, days=1)
    await let_pass(couple.anna, couple.ben, days=1)
    await let_pass(couple.anna, couple.ben, is_served=False, days=12)
    assert await outcomes(couple, made) == [("missed", None)]
    await let_pass(couple.anna, couple.ben, days=2, hours=23)
    assert await owns(couple.anna) == (900, 100)
    async with couple.phones() as (anna, _):
        (key,) = await made.occurrences(couple.anna)
        await made.ask(anna.client, "challenges.dispute", key=key, note="I read in bed.")
    await let_pass(couple.anna, couple.ben, days=15)
    assert await owns(couple.anna) == (1_000, 0)


async def test_who_was_excused_sees_from_when_to_when_we_were_away(couple: Couple) -> None:
    made = await promised(couple, days=1)
    await until_near_midnight(couple, minutes=2)
    await let_pass(couple.anna, couple.ben, is_served=False, minutes=3)
    (day,) = (await made.occurrences(couple.anna)).values()
    away = (day["outage_began_at"], day["outage_ended_at"])
    assert away == ("2026-03-02T22:58:00Z", "2026-03-02T23:01:00Z")


async def test_what_no_node_saw_an_operator_notes_and_nobody_loses_by_it(
    couple: Couple, servers: Servers
) -> None:
    made = await promised(couple, days=1)
    await let_pass(couple.anna, couple.ben, days=1)
    assert await outcomes(couple, made) == [("missed", None)]
    environ = {"DATABASE_URL": servers.urls.app}
    span = ("--from", "2026-03-02T20:00+01:00", "--to", "2026-03-02T20:05+01:00")
    noted = await beside("outages", "note", *span, "--why", "no DNS", "--by", "eve", **environ)
    assert noted.code == 0, noted.err
    await let_pass(couple.anna, couple.ben, days=3)
    assert await outcomes(couple, made) == [("excused", "outage")]
    assert await owns(couple.anna) == (1_000, 0)

    (listed,) = (await beside("outages", "list", **environ)).out.splitlines()
    said = "2026-03-02 19:00:00 to 2026-03-02 19:05:00 UTC  excused 1  eve: no DNS"
    assert listed.partition("  ")[2] == said
    outage_id = listed.partition("  ")[0]
    stays = await beside("outages", "forget", outage_id, **environ)
    assert (stays.code, "it stays" in stays.err) == (1, True)
    kept = await fetch("SELECT outage_id FROM challenge_event WHERE excuse = 'outage'")
    assert [row["outage_id"] for row in kept] == [UUID(outage_id)]
