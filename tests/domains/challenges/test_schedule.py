"""Schedules by people's own days, in every zone, through changes of clocks and of zones."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.domains.challenges.schedule import (
    Daily,
    OnDates,
    OnWeekdays,
    OwnClock,
    Schedule,
    Slot,
    TimesAWeek,
    Window,
    due_at,
    opens_at,
    slots,
)

MONDAY = date(2026, 3, 2)
BERLIN = OwnClock("Europe/Berlin")
# Zones that change their clocks: at two, at one, at midnight, by half an hour, and by a whole day.
CHANGING = [
    ("Europe/Berlin", 2026),
    ("America/New_York", 2026),
    ("America/Santiago", 2026),
    ("Australia/Lord_Howe", 2026),
    ("Africa/Cairo", 2026),
    ("Pacific/Apia", 2011),
]


def on(day: date) -> Slot:
    return Slot(str(day), day, day)


def keys(schedule: Schedule, days: int) -> list[str]:
    return [slot.key for slot in slots(schedule, MONDAY, MONDAY + timedelta(days=days - 1))]


def test_every_day_is_every_day() -> None:
    assert keys(Daily(), 3) == ["2026-03-02", "2026-03-03", "2026-03-04"]


def test_on_weekdays_means_those() -> None:
    twice = OnWeekdays(weekdays=(2, 7))
    assert keys(twice, 14) == ["2026-03-03", "2026-03-08", "2026-03-10", "2026-03-15"]


def test_dates_outside_of_the_run_promise_nothing() -> None:
    dates = (MONDAY + timedelta(days=40), MONDAY, MONDAY - timedelta(days=1))
    assert keys(OnDates(dates=dates), 30) == ["2026-03-02"]


def test_times_a_week_have_the_whole_week_each() -> None:
    found = list(slots(TimesAWeek(times=2), MONDAY, MONDAY + timedelta(days=15)))
    assert [slot.key for slot in found] == [
        "2026-03-02/1",
        "2026-03-02/2",
        "2026-03-09/1",
        "2026-03-09/2",
    ]
    assert {(slot.last_day - slot.first_day).days for slot in found} == {6}


def test_a_window_is_some_hours_of_the_day_where_somebody_lives() -> None:
    window = Window(opens_minute=6 * 60, closes_minute=9 * 60 + 30)
    assert opens_at(on(MONDAY), window, BERLIN) == datetime(2026, 3, 2, 5, 0, tzinfo=UTC)
    assert due_at(on(MONDAY), window, BERLIN) == datetime(2026, 3, 2, 8, 30, tzinfo=UTC)


@pytest.mark.parametrize(("zone", "year"), CHANGING)
def test_days_follow_each_other_without_gap_or_overlap_through_a_year(zone: str, year: int) -> None:
    clock = OwnClock(zone)
    year_of_days = list(slots(Daily(), date(year, 1, 1), date(year, 12, 31)))
    assert len(year_of_days) == 365
    spans = [
        (opens_at(slot, Window(), clock), due_at(slot, Window(), clock)) for slot in year_of_days
    ]
    for (_, due), (opens, _) in pairwise(spans):
        assert due == opens
    lengths = {due - opens for opens, due in spans}
    assert len(lengths) >= 2, "this zone changes its clocks"
    assert sum((due - opens for opens, due in spans), timedelta()) == spans[-1][1] - spans[0][0]


@pytest.mark.parametrize(("zone", "year"), CHANGING)
@pytest.mark.parametrize("minute", [1, 30, 60, 90, 120, 150, 179, 180, 720, 1439])
def test_a_window_never_closes_before_its_minute_on_the_wall(
    zone: str, year: int, minute: int
) -> None:
    clock, window = OwnClock(zone), Window(closes_minute=minute)
    for slot in slots(Daily(), date(year, 1, 1), date(year, 12, 31)):
        shown = due_at(slot, window, clock).astimezone(ZoneInfo(zone))
        on_wall = shown.hour * 60 + shown.minute + (shown.date() - slot.first_day).days * 24 * 60
        # Later only where the minute itself was jumped over.
        assert on_wall >= minute
        assert on_wall - minute <= 24 * 60
        # A window that lies wholly in an hour that is left out has no time at all, never less.
        assert opens_at(slot, window, clock) <= due_at(slot, window, clock)


def test_the_hour_that_comes_twice_closes_the_second_time() -> None:
    back = date(2026, 10, 25)
    window = Window(opens_minute=2 * 60 + 15, closes_minute=2 * 60 + 30)
    assert opens_at(on(back), window, BERLIN) == datetime(2026, 10, 25, 0, 15, tzinfo=UTC)
    assert due_at(on(back), window, BERLIN) == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)


def test_the_hour_that_never_comes_closes_as_if_it_had() -> None:
    forward = date(2026, 3, 29)
    window = Window(closes_minute=2 * 60 + 30)
    assert due_at(on(forward), window, BERLIN) == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)


def test_who_moves_has_their_new_clock_from_the_day_on_that_counts() -> None:
    moved = OwnClock("America/New_York", "Europe/Berlin", date(2026, 3, 4))
    before, after = on(date(2026, 3, 3)), on(date(2026, 3, 4))
    assert due_at(before, Window(), moved) == datetime(2026, 3, 3, 23, 0, tzinfo=UTC)
    assert opens_at(after, Window(), moved) == datetime(2026, 3, 4, 5, 0, tzinfo=UTC)
    week = Slot("2026-03-02/1", MONDAY, date(2026, 3, 8))
    assert opens_at(week, Window(), moved) == datetime(2026, 3, 1, 23, 0, tzinfo=UTC)
    assert due_at(week, Window(), moved) == datetime(2026, 3, 9, 4, 0, tzinfo=UTC)


SCHEDULES = st.one_of(
    st.just(Daily()),
    st.builds(
        lambda days: OnWeekdays(weekdays=tuple(days)),
        st.sets(st.integers(1, 7), min_size=1),
    ),
    st.builds(lambda times: TimesAWeek(times=times), st.integers(1, 6)),
    st.builds(
        lambda dates: OnDates(dates=tuple(dates)),
        st.sets(st.dates(date(2026, 1, 1), date(2027, 1, 1)), min_size=1, max_size=20),
    ),
)


@given(SCHEDULES, st.integers(1, 120))
def test_names_are_unique_and_fall_due_in_order(schedule: Schedule, length: int) -> None:
    found = list(slots(schedule, MONDAY, MONDAY + timedelta(days=length - 1)))
    assert len({slot.key for slot in found}) == len(found)
    dues = [due_at(slot, Window(), BERLIN) for slot in found]
    assert dues == sorted(dues)
    assert all(MONDAY <= slot.first_day <= slot.last_day for slot in found)
