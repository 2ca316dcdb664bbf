"""Somebody is reminded of what they promised, once, unless they have done it."""

import asyncio
from datetime import date, timedelta
from typing import Any

import pytest

from backend.domains.reminders import jobs, store
from backend.persistence.database import fetch
from backend.persistence.job_run import JobRun
from protocol.clients.python import Refused
from tests.support.clock import FakeClock
from tests.support.couple import Couple, later, read
from tests.support.promises import Promise, have_template, let_pass, promise, with_partner
from tests.support.verify import until_quiet

NOTE = {"note": "Ten pages."}
LAST = date(2026, 3, 9)


@pytest.fixture
async def made(couple: Couple, clock: FakeClock) -> Promise:
    """Anna promised to read every day; it is ten in the morning where she is."""
    await have_template(clock)
    async with couple.phones() as (anna, _):
        return await promise(couple, anna, **with_partner(couple))


async def remind(couple: Couple, workers: int = 1) -> None:
    """Have workers look at the same moment."""
    clock = couple.anna.clock
    runs = [JobRun(None, clock=clock, services={}) for _ in range(workers)]
    await asyncio.gather(*(jobs.remind(run) for run in runs))
    await until_quiet(couple.anna.node)


async def reminders(couple: Couple) -> list[str]:
    """Read which reminders Anna has in her inbox."""
    page = (await read(couple.anna, "/v1/notifications")).json()
    kept = [one["notification"] for one in page["items"]]
    return [one["title"] for one in kept if one["notification_type"] == "challenge_reminder"]


async def set_reminders(couple: Couple, made: Promise, *wishes: tuple[int, str]) -> Any:
    async with couple.phones() as (anna, _):
        wanted = [{"before_minutes": before, "channel": channel} for before, channel in wishes]
        return await made.ask(anna.client, "reminders.set", wishes=wanted)


async def test_two_hours_before_the_day_ends_who_has_not_done_it_is_reminded(
    couple: Couple, made: Promise
) -> None:
    del made
    await later(couple.anna, hours=11, minutes=59)
    await remind(couple)
    assert await reminders(couple) == []
    await later(couple.anna, minutes=1)
    await remind(couple)
    await remind(couple)
    assert await reminders(couple) == ["Read every day: due soon"]


async def test_three_workers_at_the_same_minute_remind_once(couple: Couple, made: Promise) -> None:
    await set_reminders(couple, made, (120, "push"), (120, "in_app"), (120, "email"))
    await later(couple.anna, hours=12)
    await fetch("DELETE FROM job")
    await remind(couple, workers=3)
    assert len(await reminders(couple)) == 2
    letters = await fetch("SELECT 1 FROM job WHERE name = 'reminders.send'")
    assert len(letters) == 1


async def test_a_worker_that_dies_before_it_commits_has_reminded_nobody(
    couple: Couple, made: Promise, monkeypatch: pytest.MonkeyPatch
) -> None:
    await later(couple.anna, hours=12)
    given = "SELECT 1 FROM challenge_reminder WHERE user_challenge_id = $1"
    give = store.give

    async def die(*wanted: Any) -> set[int]:
        await give(*wanted)
        raise RuntimeError("killed")

    with monkeypatch.context() as dying:
        dying.setattr(store, "give", die)
        with pytest.raises(RuntimeError, match="killed"):
            await remind(couple)
    assert await reminders(couple) == []
    assert await fetch(given, made.challenge_id) == []
    await remind(couple)
    assert len(await reminders(couple)) == 1
    assert len(await fetch(given, made.challenge_id)) == 1


async def test_who_has_done_it_is_not_reminded(couple: Couple, made: Promise) -> None:
    async with couple.phones() as (anna, _):
        await made.ask(anna.client, "challenges.prove", proof=NOTE)
    await later(couple.anna, hours=12)
    await remind(couple)
    assert await reminders(couple) == []


async def test_a_snoozed_reminder_comes_again_once(couple: Couple, made: Promise) -> None:
    await later(couple.anna, couple.ben, hours=12)
    await remind(couple)
    key = str(couple.anna.clock.now().date())
    async with couple.phones() as (anna, ben):
        await made.ask(anna.client, "reminders.snooze", key=key, minutes=30)
        await made.ask(anna.client, "reminders.snooze", key=key, minutes=45)
        with pytest.raises(Refused, match=r"challenges\.not_yours"):
            await made.ask(ben.client, "reminders.snooze", key=key, minutes=30)
    await later(couple.anna, minutes=44)
    await remind(couple)
    assert len(await reminders(couple)) == 1
    await later(couple.anna, minutes=1)
    await remind(couple)
    await remind(couple)
    assert len(await reminders(couple)) == 2


async def test_what_would_be_snoozed_until_it_is_too_late_is_refused(
    couple: Couple, made: Promise
) -> None:
    await later(couple.anna, couple.ben, hours=12)
    key = str(couple.anna.clock.now().date())
    async with couple.phones() as (anna, _):
        with pytest.raises(Refused, match=r"reminders\.snoozed_too_long"):
            await made.ask(anna.client, "reminders.snooze", key=key, minutes=2 * 60)
    assert await snoozed(made) == []


async def test_after_nobody_has_worked_for_a_while_each_channel_is_told_once(
    couple: Couple, made: Promise
) -> None:
    await set_reminders(couple, made, (60, "push"), (120, "push"), (90, "email"), (30, "email"))
    await later(couple.anna, hours=13, minutes=15)
    await fetch("DELETE FROM job")
    await remind(couple)
    assert len(await reminders(couple)) == 1
    letters = "SELECT 1 FROM job WHERE name = 'reminders.send'"
    assert len(await fetch(letters)) == 1
    await later(couple.anna, minutes=15)
    await remind(couple)
    assert len(await reminders(couple)) == 1
    assert len(await fetch(letters)) == 2


async def test_a_snoozed_reminder_takes_the_place_of_the_first_and_the_inbox_rings_for_nobody(
    couple: Couple, made: Promise
) -> None:
    await set_reminders(couple, made, (120, "push"), (120, "in_app"))
    await later(couple.anna, couple.ben, hours=12)
    await remind(couple)
    key = str(couple.anna.clock.now().date())
    async with couple.phones() as (anna, _):
        await made.ask(anna.client, "reminders.snooze", key=key, minutes=30)
    await later(couple.anna, minutes=30)
    await remind(couple)
    told = await fetch(
        "SELECT collapse_key, rings FROM notification WHERE user_id = $1"
        " AND notification_type = 'challenge_reminder' ORDER BY id",
        couple.anna.user_id,
    )
    assert {row["collapse_key"] for row in told} == {f"{made.challenge_id}/{key}"}
    assert sorted(row["rings"] is not False for row in told) == [False, False, True, True]


async def test_what_is_done_is_snoozed_no_more(couple: Couple, made: Promise) -> None:
    key = str(couple.anna.clock.now().date())
    async with couple.phones() as (anna, _):
        await made.ask(anna.client, "reminders.snooze", key=key, minutes=30)
        assert await snoozed(made) == [key]
        await made.ask(anna.client, "challenges.prove", proof=NOTE)
        assert await snoozed(made) == []
        with pytest.raises(Refused, match=r"challenges\.not_open"):
            await made.ask(anna.client, "reminders.snooze", key=key, minutes=30)
    await later(couple.anna, hours=13)
    await remind(couple)
    assert await reminders(couple) == []


async def test_what_was_missed_or_ended_is_snoozed_no_more(couple: Couple, made: Promise) -> None:
    today, tomorrow = (couple.anna.clock.now().date() + timedelta(days=n) for n in (0, 1))
    async with couple.phones() as (anna, _):
        for day in (today, tomorrow):
            await made.ask(anna.client, "reminders.snooze", key=str(day), minutes=30)
        await let_pass(couple.anna, couple.ben, days=1)
    assert await snoozed(made) == [str(tomorrow)]
    async with couple.phones() as (anna, _):
        begins = {"first_day": str(tomorrow + timedelta(days=1)), "last_day": str(LAST)}
        other = await promise(couple, anna, **begins)
        key = begins["first_day"]
        await other.ask(anna.client, "reminders.snooze", key=key, minutes=30)
        await other.ask(anna.client, "challenges.call_off")
    assert await snoozed(other) == []


async def test_reminders_given_long_ago_are_forgotten(couple: Couple, made: Promise) -> None:
    await later(couple.anna, hours=12)
    await remind(couple)
    given = "SELECT 1 FROM challenge_reminder WHERE user_challenge_id = $1"
    for days, count in ((89, 1), (1, 0)):
        await later(couple.anna, days=days)
        await jobs.forget_given(JobRun(None, clock=couple.anna.clock, services={}))
        assert len(await fetch(given, made.challenge_id)) == count


async def snoozed(made: Promise) -> list[str]:
    """Read which times of a promise are snoozed."""
    query = "SELECT occurrence_key FROM reminder_snooze WHERE user_challenge_id = $1 ORDER BY 1"
    return [row["occurrence_key"] for row in await fetch(query, made.challenge_id)]


async def test_who_wants_none_gets_none(couple: Couple, made: Promise) -> None:
    await set_reminders(couple, made)
    await later(couple.anna, hours=12)
    await remind(couple)
    assert await reminders(couple) == []


async def test_in_quiet_hours_the_phone_waits_until_they_end_and_the_inbox_does_not(
    couple: Couple, made: Promise
) -> None:
    quiet = {"quiet_hours": {"begin": "21:00", "end": "22:30"}}
    kept = await couple.anna.post("notifications.change_preferences", preferences=quiet)
    assert kept.status_code == 200, kept.text
    await set_reminders(couple, made, (120, "push"), (100, "in_app"))
    query = "SELECT channel FROM challenge_reminder WHERE user_challenge_id = $1 ORDER BY sent_at"
    # It is ten at night where she is, and due at midnight.
    await later(couple.anna, hours=12)
    for minutes, given in ((0, []), (20, ["in_app"]), (9, ["in_app"]), (1, ["in_app", "push"])):
        await later(couple.anna, minutes=minutes)
        for _ in range(2):
            await remind(couple)
        assert [row["channel"] for row in await fetch(query, made.challenge_id)] == given
        assert len(await reminders(couple)) == len(given)


async def test_each_day_has_its_own(couple: Couple, made: Promise) -> None:
    del made
    for _ in range(3):
        await let_pass(couple.anna, couple.ben, hours=12)
        await remind(couple)
        await let_pass(couple.anna, couple.ben, hours=12)
        await remind(couple)
    assert len(await reminders(couple)) == 3
