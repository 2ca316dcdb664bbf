"""Time makes the same of a run whenever it is asked, and comes back for whatever is left to do."""

import random
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec
import pytest

from backend.domains.challenges import company, deciding, rules
from backend.domains.challenges import run as running
from backend.domains.challenges.advancing import advance, follow, wakes_at
from backend.domains.challenges.messages import (
    ChallengeEnded,
    OccurrenceMissed,
    OccurrenceOpened,
    OccurrencesScheduled,
)
from backend.domains.challenges.run import Run, RunStatus
from backend.domains.challenges.schedule import (
    Daily,
    OnDates,
    OwnClock,
    Schedule,
    TimesAWeek,
    Window,
)
from backend.domains.challenges.values import Following, Outcome, ProofKind, Status, Terms
from tests.domains.challenges.stake_drawing import (
    ADMIN,
    BEN,
    ZONES,
    before,
    changes_between,
    draw_run,
)

FIRST = date(2026, 3, 2)
DAY = timedelta(days=1)
LOOKS_MAX = 2_000
SEVEN_TO_NINE = Window(opens_minute=7 * 60, closes_minute=21 * 60)


def promised(schedule: Schedule, days: int, *, begins_in: int = 0) -> Run:
    """Promise something for so many days from a Monday on, with a partner who confirms it."""
    first = FIRST + begins_in * DAY
    drawn = draw_run(random.Random(1), 1)  # noqa: S311 - what is drawn is replaced
    terms = Terms(schedule=schedule, window=Window(), last_day=first + (days - 1) * DAY)
    return msgspec.structs.replace(
        drawn,
        clock=OwnClock("Europe/Berlin"),
        first_day=first,
        terms=terms,
        terms_from=first,
        proof=ProofKind.PARTNER,
        stake=None,
        relationship_id=BEN,
        followers=(Following(user_id=BEN, relationship_id=BEN, is_referee=True),),
    )


def looked(run: Run, now: datetime) -> tuple[Run, list[str]]:
    """Look at a moment; says what has been scheduled by then as well."""
    keys = []
    for event in advance(run, now, run.clock.day_of(now)):
        if isinstance(event, OccurrencesScheduled):
            keys += [one.key for one in event.occurrences]
        if isinstance(event, ChallengeEnded):
            run = running.ended(run, event)
        run = follow(run, event)
    return run, keys


def lived(run: Run, now: datetime) -> Run:
    """Look whenever it wants to be looked at, until it never does again."""
    for _ in range(LOOKS_MAX):
        at = wakes_at(run, run.clock.day_of(now))
        if at is None:
            return run
        now = max(now, at)
        run, _ = looked(run, now)
    return run


def test_what_was_promised_before_a_change_is_so_though_nobody_looked_before_it_held() -> None:
    run, keys = looked(promised(Daily(), 20), before(FIRST))
    run = running.asked(run, rules.leave(run, FIRST))
    assert run.next_from == FIRST + 7 * DAY
    late, more = looked(run, before(FIRST) + 30 * DAY)
    assert len(keys + more) == 7
    assert late.tally.missed + len(late.occurrences) == 7


def test_a_change_holds_from_its_day_on_though_nothing_else_happens_until_then() -> None:
    run, _ = looked(promised(OnDates(dates=(FIRST, FIRST + 19 * DAY)), 20), before(FIRST))
    now = before(FIRST) + 5 * DAY
    run, _ = looked(run, now)
    run, _ = looked(run, now)
    run = running.asked(run, rules.leave(run, FIRST + 5 * DAY))
    assert lived(run, now).status is RunStatus.ENDED


def test_what_ends_before_any_of_it_was_scheduled_ends_at_once() -> None:
    now = before(FIRST)
    run, keys = looked(promised(Daily(), 7, begins_in=30), now)
    assert keys == []
    for event in company.parted(run, BEN, now):
        run = follow(run, event)
    at = wakes_at(run, run.clock.day_of(now))
    assert at is not None
    assert at <= now
    assert looked(run, now)[0].status is RunStatus.ENDED


def test_what_is_ruled_to_be_not_done_is_open_again_until_its_window_closes() -> None:
    run, _ = looked(promised(TimesAWeek(times=1), 7), before(FIRST))
    now = before(FIRST) + 2 * DAY
    run, _ = looked(run, now)
    (one,) = run.occurrences
    done = deciding.done(run, one, now, FIRST)
    run = running.changed(run, done)
    run = running.changed(run, deciding.dispute(run, done.occurrence, BEN, now))
    (one,) = run.occurrences
    ruled = deciding.rule(run, one, Outcome.MISSED, by=ADMIN, is_admin=True, now=now)
    run = running.changed(run, ruled)
    run, _ = looked(run, now + 3 * DAY)
    assert [found.status for found in run.occurrences] == [Status.DUE]
    run, _ = looked(run, run.occurrences[0].due_at)
    assert [found.status for found in run.occurrences] == [Status.MISSED]


@pytest.mark.parametrize("zone", ZONES)
def test_through_both_changes_of_clocks_each_day_opens_and_is_missed_once_by_the_wall(
    zone: str,
) -> None:
    drawn = promised(Daily(), 365)
    run = msgspec.structs.replace(
        drawn,
        clock=OwnClock(zone),
        terms=msgspec.structs.replace(drawn.terms, window=SEVEN_TO_NINE),
    )
    now = before(FIRST)
    opened: list[str] = []
    missed: list[str] = []
    for _ in range(LOOKS_MAX):
        at = wakes_at(run, run.clock.day_of(now))
        if at is None:
            break
        now = max(now, at)
        for event in advance(run, now, run.clock.day_of(now)):
            if isinstance(event, ChallengeEnded):
                run = running.ended(run, event)
            run = follow(run, event)
            shown = f"{now.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M}"
            if isinstance(event, OccurrenceOpened):
                assert shown == f"{event.occurrence.key} 07:00"
                opened.append(event.occurrence.key)
            elif isinstance(event, OccurrenceMissed):
                assert shown == f"{event.occurrence.key} 21:00"
                missed.append(event.occurrence.key)
    assert changes_between(run.clock, FIRST, FIRST + 364 * DAY) == 2
    assert opened == missed == [str(FIRST + number * DAY) for number in range(365)]
