"""The pair's streak against a naive recomputation, with changing clocks and travellers."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from actors.days import local_day
from backend.domains.checkins import rules
from backend.domains.checkins.messages import (
    AlreadySubmitted,
    CheckInDayOver,
    CheckInSubmitted,
    CheckInUndone,
    Streak,
    SubmitCheckIn,
)
from backend.domains.checkins.rules import CheckIns
from backend.domains.checkins.streak import OPEN_DAYS
from backend.domains.identity.messages import ChangeProfile, Profile
from backend.domains.identity.rules import change as change_profile
from backend.domains.relationships import Member, PrivacyLevel
from protocol.common import NotFound
from protocol.ids import uuid7

ANNA, BEN = UUID(int=1), UUID(int=2)
COMMAND = SubmitCheckIn(connection_score=8, mood_score=7, relationship_satisfaction=9)
ZONES = [
    "Europe/Berlin",
    "America/New_York",
    "Pacific/Kiritimati",
    "Etc/GMT+12",
    "Australia/Lord_Howe",
    "Africa/Cairo",
    "America/Santiago",
    "Asia/Kathmandu",
    "Pacific/Apia",
]
Rows = dict[tuple[UUID, date], CheckInSubmitted]


def naive(rows: Rows) -> Streak:
    """Count the days in a row on which both have a row, from nothing but the rows."""
    days = sorted({day for user_id, day in rows if (ANNA, day) in rows and (BEN, day) in rows})
    best = run = 0
    before = None
    for day in days:
        run = run + 1 if before == day - timedelta(days=1) else 1
        best, before = max(best, run), day
    return Streak(current_days=run, best_days=best, last_day=before)


class Pair:
    """Two people with clocks, the rows they wrote, and what an actor remembers of them."""

    def __init__(self, now: datetime, zones: tuple[str, str]) -> None:
        self.now = now
        self.profiles = {
            ANNA: Profile(name="Anna", time_zone=zones[0]),
            BEN: Profile(name="Ben", time_zone=zones[1]),
        }
        self.rows: Rows = {}
        self.state = CheckIns()

    def day(self, who: UUID, at: datetime) -> date:
        """Say which day it is for one of them."""
        profile = self.profiles[who]
        member = Member(
            user_id=who,
            name=profile.name,
            time_zone=profile.time_zone,
            time_zone_before=profile.time_zone_before,
            time_zone_from=profile.time_zone_from,
        )
        return member.day_of(at)

    def submit(self, who: UUID, back: timedelta = timedelta(0)) -> None:
        """Have one of them check in, or be told that they have."""
        at = self.now - back
        day = self.day(who, at)
        try:
            rules.check_submit(self.state, by=who, day=day)
        except AlreadySubmitted:
            assert (who, day) in self.rows
            return
        assert (who, day) not in self.rows
        check_in = rules.write(
            COMMAND, PrivacyLevel.OPEN, check_in_id=uuid7(), by=who, day=day, made_at=at
        )
        self.rows[who, day] = CheckInSubmitted(check_in=check_in)
        self.state = rules.submitted(self.state, self.rows[who, day])

    def undo(self, who: UUID) -> None:
        """Have one of them take today's check-in back."""
        today = self.day(who, self.now)
        row = self.rows.pop((who, today), None)
        if row is not None:
            rules.check_change(self.state, row.check_in.check_in_id, by=who, today=today)
            event = CheckInUndone(
                check_in_id=row.check_in.check_in_id, user_id=who, local_day=today
            )
            self.state = rules.undone(self.state, event)

    def travel(self, who: UUID, zone: str) -> None:
        """Have one of them arrive in another zone; it counts from the next local day."""
        changed = change_profile(
            self.profiles[who], ChangeProfile(time_zone=zone), by=who, now=self.now
        )
        self.profiles[who] = changed.profile

    def verify(self) -> None:
        """What is remembered follows from the rows, and is no more than a rule needs."""
        assert self.state.streak == naive(self.rows)
        assert len(self.state.days) <= 2 * OPEN_DAYS
        if self.state.open_from is not None:
            open_rows = {key for key in self.rows if key[1] >= self.state.open_from}
            held = {(who, day) for day, found in self.state.days.items() for who in found}
            assert held == open_rows
            assert len(msgspec.json.encode([str(key) for key in held])) < 4_096


who = st.sampled_from([ANNA, BEN])
step = st.one_of(
    st.tuples(st.just("submit"), who, st.sampled_from([1, 12, 24, 36, 47, 48])),
    st.tuples(st.just("submit"), who, st.just(0)),
    st.tuples(st.just("both"), st.just(ANNA), st.just(0)),
    st.tuples(st.just("undo"), who, st.just(0)),
    st.tuples(st.just("wait"), st.just(ANNA), st.integers(1, 40)),
    st.tuples(st.just("wait"), st.just(ANNA), st.just(24)),
    st.tuples(st.just("travel"), who, st.integers(0, len(ZONES) - 1)),
)


@settings(max_examples=400, deadline=None)
@given(
    start=st.sampled_from(
        [
            datetime(2026, 3, 7, 12, tzinfo=UTC),  # New York changes its clocks.
            datetime(2026, 3, 27, 22, tzinfo=UTC),  # So does Berlin,
            datetime(2026, 10, 23, 23, tzinfo=UTC),  # and back.
            datetime(
                2026, 4, 3, 10, tzinfo=UTC
            ),  # Lord Howe, by half an hour; Santiago, at midnight.
        ]
    ),
    zones=st.tuples(st.sampled_from(ZONES), st.sampled_from(ZONES)),
    steps=st.lists(step, max_size=60),
)
def test_the_streak_is_what_the_rows_say(
    start: datetime, zones: tuple[str, str], steps: list[tuple[str, UUID, int]]
) -> None:
    pair = Pair(start, zones)
    for what, person, number in steps:
        if what == "submit":
            pair.submit(person, timedelta(hours=number))
        elif what == "both":
            pair.submit(ANNA)
            pair.submit(BEN)
        elif what == "undo":
            pair.undo(person)
        elif what == "travel":
            pair.travel(person, ZONES[number])
        else:
            pair.now += timedelta(hours=number)
        pair.verify()


@pytest.mark.parametrize("zone", ZONES)
def test_who_checks_in_every_day_has_as_many_days_whatever_the_clocks_do(zone: str) -> None:
    pair = Pair(datetime(2026, 1, 1, 12, tzinfo=UTC), (zone, zone))
    for _ in range(365):
        pair.submit(ANNA)
        pair.submit(BEN)
        pair.now += timedelta(days=1)
    assert pair.state.streak.current_days == 365
    pair.verify()


def test_two_who_live_a_day_apart_share_days_by_their_names() -> None:
    pair = Pair(datetime(2026, 5, 1, 11, tzinfo=UTC), ("Pacific/Kiritimati", "Etc/GMT+12"))
    assert pair.day(ANNA, pair.now) == date(2026, 5, 2)
    assert pair.day(BEN, pair.now) == date(2026, 4, 30)
    for _ in range(5):
        pair.submit(ANNA)
        pair.submit(BEN)
        pair.now += timedelta(days=1)
    # Ben's day has the name that Anna's had two days ago.
    assert pair.state.streak == Streak(current_days=3, best_days=3, last_day=date(2026, 5, 4))


def test_the_latest_day_of_one_leaves_the_earliest_of_the_other_open() -> None:
    now = datetime(2026, 5, 10, 10, 30, tzinfo=UTC)
    pair = Pair(now, ("Pacific/Kiritimati", "Etc/GMT+12"))
    pair.submit(ANNA)
    pair.submit(BEN, timedelta(hours=48))
    days = sorted(day for _, day in pair.rows)
    assert days == [date(2026, 5, 7), date(2026, 5, 11)]
    assert (days[1] - days[0]).days < OPEN_DAYS
    pair.verify()


def test_a_day_in_between_that_is_told_late_joins_two_runs() -> None:
    pair = Pair(datetime(2026, 6, 1, 12, tzinfo=UTC), ("Europe/Berlin", "Europe/Berlin"))
    for day in range(5):
        pair.submit(ANNA)
        if day != 3:
            pair.submit(BEN)
        pair.now += timedelta(days=1)
    assert pair.state.streak == Streak(current_days=1, best_days=3, last_day=date(2026, 6, 5))
    pair.submit(BEN, timedelta(days=2))
    assert pair.state.streak == Streak(current_days=5, best_days=5, last_day=date(2026, 6, 5))


def test_an_undone_day_gives_the_best_streak_back() -> None:
    pair = Pair(datetime(2026, 6, 1, 12, tzinfo=UTC), ("Europe/Berlin", "Europe/Berlin"))
    for _ in range(3):
        pair.now += timedelta(days=1)
        pair.submit(ANNA)
        pair.submit(BEN)
    pair.undo(BEN)
    assert pair.state.streak == Streak(current_days=2, best_days=2, last_day=date(2026, 6, 3))


def test_a_check_in_of_another_day_or_person_cannot_be_changed() -> None:
    pair = Pair(datetime(2026, 6, 1, 12, tzinfo=UTC), ("Europe/Berlin", "Europe/Berlin"))
    pair.submit(ANNA)
    check_in = pair.rows[ANNA, date(2026, 6, 1)].check_in
    with pytest.raises(CheckInDayOver):
        rules.check_change(pair.state, check_in.check_in_id, by=ANNA, today=date(2026, 6, 2))
    with pytest.raises(NotFound):
        rules.check_change(pair.state, check_in.check_in_id, by=BEN, today=date(2026, 6, 1))


def test_the_day_a_zone_is_changed_goes_on_by_the_former_clock() -> None:
    now = datetime(2026, 6, 1, 22, 30, tzinfo=UTC)  # 18:30 in New York, 00:30 in Berlin
    pair = Pair(now, ("America/New_York", "Europe/Berlin"))
    assert pair.day(ANNA, now) == date(2026, 6, 1)
    pair.travel(ANNA, "Europe/Berlin")
    assert pair.day(ANNA, now) == date(2026, 6, 1)
    assert local_day(now, "Europe/Berlin") == date(2026, 6, 2)
    pair.submit(ANNA)
    pair.submit(ANNA)
    assert len(pair.rows) == 1


@pytest.mark.parametrize(
    ("level", "scores", "note"),
    [
        (PrivacyLevel.OPEN, 8, "Thanks"),
        (PrivacyLevel.SCORES_ONLY, 8, None),
        (PrivacyLevel.PRIVATE, None, None),
    ],
)
@pytest.mark.parametrize("by_relationship", [True, False])
def test_of_two_privacy_levels_the_stricter_one_counts(
    level: PrivacyLevel, scores: int | None, note: str | None, *, by_relationship: bool
) -> None:
    own = None if by_relationship else level
    command = msgspec.structs.replace(COMMAND, gratitude_note="Thanks", privacy_level=own)
    check_in = rules.write(
        command,
        level if by_relationship else PrivacyLevel.OPEN,
        check_in_id=UUID(int=3),
        by=ANNA,
        day=date(2026, 6, 1),
        made_at=datetime(2026, 6, 1, tzinfo=UTC),
    )
    shown = rules.for_reader(check_in, BEN, PrivacyLevel.OPEN)
    assert (shown.connection_score, shown.gratitude_note) == (scores, note)
    assert rules.for_reader(check_in, ANNA, PrivacyLevel.PRIVATE) == check_in
    stricter_later = rules.for_reader(check_in, BEN, PrivacyLevel.PRIVATE)
    assert stricter_later.connection_score is None


def test_the_award_of_a_day_has_one_name() -> None:
    day = date(2026, 6, 1)
    assert rules.award_id(ANNA, day) == rules.award_id(ANNA, day)
    assert rules.award_id(ANNA, day) != rules.award_id(BEN, day)
    assert rules.award_id(ANNA, day) != rules.award_id(ANNA, day + timedelta(days=1))
