"""Schedules: on which days something is promised, and from when until when; pure.

A schedule speaks of local days and of minutes of a day, never of moments. Moments follow from it by
the clock of whoever promised, as that clock stands on the day in question.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, NamedTuple

import msgspec
from msgspec import Meta

from actors.days import own_day, zone
from protocol.messages import Value

MINUTES_A_DAY = 24 * 60
DAYS_A_WEEK = 7
DATES_MAX = 60
LENGTH_DAYS_MAX = 366

OpensMinute = Annotated[int, Meta(ge=0, le=MINUTES_A_DAY - 1)]
ClosesMinute = Annotated[int, Meta(ge=1, le=MINUTES_A_DAY)]
Weekday = Annotated[int, Meta(ge=1, le=DAYS_A_WEEK)]
"""A day of the week as ISO 8601 counts them: Monday is 1."""


class Daily(Value, frozen=True, tag_field="type", tag="daily"):
    """Every day."""


class OnWeekdays(Value, frozen=True, tag_field="type", tag="weekdays"):
    """On some days of each week."""

    weekdays: Annotated[tuple[Weekday, ...], Meta(min_length=1, max_length=DAYS_A_WEEK)]


class TimesAWeek(Value, frozen=True, tag_field="type", tag="times_a_week"):
    """So many times within each seven days from the first on, on different days."""

    times: Annotated[int, Meta(ge=1, le=DAYS_A_WEEK - 1)]


class OnDates(Value, frozen=True, tag_field="type", tag="dates"):
    """On these days."""

    dates: Annotated[tuple[date, ...], Meta(min_length=1, max_length=DATES_MAX)]


Schedule = Daily | OnWeekdays | TimesAWeek | OnDates


class Window(Value, frozen=True):
    """From which minute of a day until which something counts; 1440 is the end of the day."""

    opens_minute: OpensMinute = 0
    closes_minute: ClosesMinute = MINUTES_A_DAY


class Slot(NamedTuple):
    """One thing that is promised: its name within the run, and the local days it spans."""

    key: str
    first_day: date
    last_day: date


class OwnClock(msgspec.Struct, frozen=True, gc=False):
    """By which clock somebody lives; before `time_zone_from` it is the former one."""

    time_zone: str
    time_zone_before: str | None = None
    time_zone_from: date | None = None

    def day_of(self, at: datetime) -> date:
        """Say which day it is; a change of zone counts from the next local day."""
        return own_day(at, self.time_zone, self.time_zone_before, self.time_zone_from)

    def zone_on(self, day: date) -> str:
        """Say which zone counts on a local day."""
        if self.time_zone_before and self.time_zone_from and day < self.time_zone_from:
            return self.time_zone_before
        return self.time_zone


def slots(schedule: Schedule, first_day: date, last_day: date) -> Iterator[Slot]:
    """Say what is promised from the first day to the last, in the order in which it falls due."""
    match schedule:
        case TimesAWeek(times=times):
            yield from _in_weeks(times, first_day, last_day)
        case OnDates(dates=dates):
            for day in sorted(set(dates)):
                if first_day <= day <= last_day:
                    yield _on(day)
        case OnWeekdays(weekdays=weekdays):
            for day in _days(first_day, last_day):
                if day.isoweekday() in weekdays:
                    yield _on(day)
        case Daily():
            for day in _days(first_day, last_day):
                yield _on(day)


def _in_weeks(times: int, first_day: date, last_day: date) -> Iterator[Slot]:
    """Give each whole week its times; days at the end that make no week promise nothing."""
    begin = first_day
    while (end := begin + timedelta(days=DAYS_A_WEEK - 1)) <= last_day:
        for number in range(1, times + 1):
            yield Slot(f"{begin}/{number}", begin, end)
        begin = end + timedelta(days=1)


def _days(first_day: date, last_day: date) -> Iterator[date]:
    for number in range((last_day - first_day).days + 1):
        yield first_day + timedelta(days=number)


def _on(day: date) -> Slot:
    return Slot(str(day), day, day)


def opens_at(slot: Slot, window: Window, clock: OwnClock) -> datetime:
    """Say from which moment on a slot may be done."""
    return _moment(slot.first_day, window.opens_minute, clock)


def due_at(slot: Slot, window: Window, clock: OwnClock) -> datetime:
    """Say until which moment a slot may be done."""
    return max(_moment(slot.last_day, window.closes_minute, clock, fold=fold) for fold in (0, 1))


def _moment(day: date, minute: int, clock: OwnClock, *, fold: int = 0) -> datetime:
    """Find the moment at which a clock on the wall shows a minute of a day.

    Where clocks are set forward some minutes never come; `fold` 0 is the moment at which one that
    had not been set would show them (PEP 495), the later of the two. Where they are set back some
    come twice: `fold` 0 is the first. So a window opens at the first and closes at the last, and
    nobody loses an hour.
    """
    days, minute = divmod(minute, MINUTES_A_DAY)
    on_wall = datetime.combine(
        day + timedelta(days=days), time(minute // 60, minute % 60, fold=fold)
    )
    # A day that ends at midnight ends by its own clock, also on the eve of a change of zone.
    return on_wall.replace(tzinfo=zone(clock.zone_on(day))).astimezone(UTC)
