"""When somebody is reminded: once a window and channel, by the clock on their wall."""

from datetime import UTC, date, datetime, timedelta
from functools import partial
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from backend.domains.challenges.schedule import Daily, OwnClock, due_at, slots
from backend.domains.challenges.schedule import Window as DayWindow
from backend.domains.notifications.messages import QuietHours
from backend.domains.notifications.rules import is_quiet
from backend.domains.reminders.messages import Channel, SnoozedTooLong, Wish
from backend.domains.reminders.rules import Window, due, moment_of, snoozed_until

DUE = datetime(2026, 3, 2, 22, 0, tzinfo=UTC)
PUSH = Wish(before_minutes=120, channel=Channel.PUSH)
LETTER = Wish(before_minutes=120, channel=Channel.EMAIL)
MINUTE = timedelta(minutes=1)
# Two changes of clocks a year in each of them; in Egypt and Chile at midnight.
ZONES = [
    "Europe/Berlin",
    "America/New_York",
    "America/Santiago",
    "Australia/Lord_Howe",
    "Africa/Cairo",
]


def never(_at: datetime) -> bool:
    return False


def window(due: datetime = DUE, **more: datetime) -> Window:
    return Window(UUID(int=1), "2026-03-02", due, more.get("snoozed_until"))


def keys(now: datetime, *wishes: Wish, **more: datetime) -> list[str]:
    return [one.known_as for one in due(window(**more), wishes, now, never)]


def test_a_reminder_is_given_so_long_before() -> None:
    assert keys(DUE - 121 * MINUTE, PUSH) == []
    assert keys(DUE - 120 * MINUTE, PUSH) == ["2026-03-02@120 push"]
    # However late it is looked, it is the same one.
    assert keys(DUE - MINUTE, PUSH) == ["2026-03-02@120 push"]


def test_each_wish_is_a_reminder_of_its_own() -> None:
    soon = Wish(before_minutes=10, channel=Channel.IN_APP)
    assert keys(DUE - 10 * MINUTE, PUSH, LETTER, soon) == [
        "2026-03-02@120 push",
        "2026-03-02@120 email",
        "2026-03-02@10 in_app",
    ]


def test_what_is_snoozed_rings_again_once() -> None:
    until = DUE - 30 * MINUTE
    before = keys(until - MINUTE, PUSH, LETTER, snoozed_until=until)
    after = keys(until, PUSH, LETTER, snoozed_until=until)
    assert len(before) == 2
    assert len(after) == 4
    assert after[:2] == before


@pytest.mark.parametrize(
    ("begin", "end", "channel", "rings"),
    [
        ("22:30", "07:00", Channel.PUSH, "21:00"),
        ("20:30", "21:30", Channel.PUSH, "21:30"),
        ("20:30", "21:30", Channel.IN_APP, "21:00"),
        ("20:30", "07:00", Channel.PUSH, "21:00"),
    ],
)
def test_what_is_snoozed_rings_when_quiet_hours_end_if_it_is_not_due_by_then(
    begin: str, end: str, channel: Channel, rings: str
) -> None:
    quiet = partial(is_quiet, QuietHours(begin=begin, end=end), "UTC")
    until = DUE - 60 * MINUTE
    asked = [Wish(before_minutes=180, channel=channel)]

    def given(now: datetime) -> int:
        return len(due(window(snoozed_until=until), tuple(asked), now, quiet))

    moment = DUE.replace(hour=int(rings[:2]), minute=int(rings[3:]))
    assert (given(moment - MINUTE), given(moment)) == (1, 2)


def test_what_is_due_by_then_cannot_be_snoozed() -> None:
    now = DUE - 30 * MINUTE
    assert snoozed_until(now, 29, DUE) == DUE - MINUTE
    with pytest.raises(SnoozedTooLong):
        snoozed_until(now, 30, DUE)


@pytest.mark.parametrize(
    ("begin", "end", "channel", "given"),
    [
        ("22:00", "07:00", Channel.PUSH, "20:00"),
        ("19:00", "21:00", Channel.PUSH, "21:00"),
        ("19:00", "07:00", Channel.PUSH, "18:59"),
        ("19:00", "22:00", Channel.PUSH, "18:59"),
        ("19:00", "07:00", Channel.EMAIL, "20:00"),
        ("19:00", "07:00", Channel.IN_APP, "20:00"),
    ],
)
def test_what_rings_keeps_out_of_quiet_hours(
    begin: str, end: str, channel: Channel, given: str
) -> None:
    quiet = partial(is_quiet, QuietHours(begin=begin, end=end), "UTC")
    assert f"{moment_of(DUE, 120, channel, quiet):%H:%M}" == given


@pytest.mark.parametrize("zone", ZONES)
def test_through_a_year_each_day_is_reminded_of_at_the_same_time_on_the_wall(zone: str) -> None:
    clock, closing = OwnClock(zone), DayWindow(closes_minute=21 * 60)
    quiet = partial(is_quiet, QuietHours(begin="22:00", end="07:00"), zone)
    shown, gaps = set(), set()
    before = None
    for slot in slots(Daily(), date(2026, 1, 1), date(2026, 12, 31)):
        moment = moment_of(due_at(slot, closing, clock), 120, Channel.PUSH, quiet)
        shown.add(f"{moment.astimezone(ZoneInfo(zone)):%H:%M}")
        gaps.add(moment - before if before else timedelta(days=1))
        before = moment
    assert shown == {"19:00"}
    assert len(gaps) == 3, "a longer and a shorter day"


@pytest.mark.parametrize("zone", ZONES)
def test_around_each_change_of_clocks_looking_each_minute_gives_each_once(zone: str) -> None:
    clock, closing = OwnClock(zone), DayWindow(closes_minute=3 * 60)
    changes = [day for day in _days() if _length(day, clock) != timedelta(days=1)]
    assert len(changes) == 2
    for day in changes:
        around = list(slots(Daily(), day - timedelta(days=1), day + timedelta(days=1)))
        windows = [
            Window(UUID(int=1), slot.key, due_at(slot, closing, clock), None) for slot in around
        ]
        given: list[str] = []
        now = windows[0].due_at - timedelta(hours=5)
        while now < windows[-1].due_at:
            for one in windows:
                if now < one.due_at:
                    new = {found.known_as for found in due(one, (PUSH,), now, never)}
                    given += sorted(new - set(given))
            now += MINUTE
        assert given == [f"{slot.key}@120 push" for slot in around]


def _days() -> list[date]:
    return [date(2026, 1, 1) + timedelta(days=number) for number in range(365)]


def _length(day: date, clock: OwnClock) -> timedelta:
    """Say how long a day is where somebody lives."""
    zone = ZoneInfo(clock.time_zone)
    midnight = datetime.combine(day, datetime.min.time(), zone).astimezone(UTC)
    next_day = day + timedelta(days=1)
    return datetime.combine(next_day, datetime.min.time(), zone).astimezone(UTC) - midnight
