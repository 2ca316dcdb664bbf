"""What is allowed in check-ins, and what follows; pure."""

from datetime import date, datetime, timedelta
from typing import NamedTuple
from uuid import UUID, uuid5

import msgspec

from backend.domains.checkins.messages import (
    AlreadySubmitted,
    AmendCheckIn,
    CheckIn,
    CheckInAmended,
    CheckInDayOver,
    CheckInSubmitted,
    CheckInTooLate,
    CheckInUndone,
    Streak,
    SubmitCheckIn,
)
from backend.domains.checkins.streak import OPEN_DAYS, Settled, streak_of
from backend.domains.relationships import PrivacyLevel, stricter
from protocol.common import NotFound

COINS_PER_DAY = 5
MEMBERS = 2
_AWARDS = UUID("6f1f3a0e-6f43-5d0c-9b5e-0a1c7b0d2c11")


class Written(NamedTuple):
    """A check-in of an open day."""

    check_in_id: UUID
    made_at: datetime
    privacy_level: PrivacyLevel


class CheckIns(msgspec.Struct, frozen=True, gc=False):
    """Who checked in on the last days, and what of the days before the streak must know."""

    open_from: date | None = None
    """The first day that may still change; None while nobody has ever checked in."""
    days: dict[date, dict[UUID, Written]] = {}
    """For each open day the check-in of each member."""
    settled: Settled = Settled()

    def find(self, check_in_id: UUID, user_id: UUID) -> tuple[date, Written]:
        """Find a member's check-in among the open days. Raises NotFound."""
        for day, checked_in in self.days.items():
            written = checked_in.get(user_id)
            if written is not None and written.check_in_id == check_in_id:
                return day, written
        raise NotFound(what="check-in")

    def is_complete(self, day: date) -> bool:
        """Tell whether both have checked in for a day."""
        return len(self.days.get(day, {})) == MEMBERS

    @property
    def streak(self) -> Streak:
        """Say what the streak is."""
        return streak_of(self.settled, [day for day in self.days if self.is_complete(day)])


class OwnCheckIns(msgspec.Struct, frozen=True, gc=False):
    """What a person's actor remembers of their check-ins: nothing, no rule needs it."""


def check_submit(check_ins: CheckIns, *, by: UUID, day: date) -> None:
    """Refuse a second check-in for a day. Raises AlreadySubmitted, CheckInTooLate."""
    if check_ins.open_from is not None and day < check_ins.open_from:
        raise CheckInTooLate(local_day=day)
    there = check_ins.days.get(day, {}).get(by)
    if there is not None:
        raise AlreadySubmitted(local_day=day, check_in_id=there.check_in_id)


def check_change(check_ins: CheckIns, check_in_id: UUID, *, by: UUID, today: date) -> Written:
    """Refuse to change another day's check-in. Raises NotFound, CheckInDayOver."""
    day, written = check_ins.find(check_in_id, by)
    if day != today:
        raise CheckInDayOver(local_day=day)
    return written


def write(  # noqa: PLR0913 - what a check-in consists of, by name
    command: SubmitCheckIn | AmendCheckIn,
    level: PrivacyLevel,
    *,
    check_in_id: UUID,
    by: UUID,
    day: date,
    made_at: datetime,
    amended_at: datetime | None = None,
    own_level: PrivacyLevel = PrivacyLevel.OPEN,
) -> CheckIn:
    """Say what a check-in is, whole; of two privacy levels the stricter one counts.

    `own_level` is its own where the command names none.
    """
    return CheckIn(
        check_in_id=check_in_id,
        user_id=by,
        local_day=day,
        made_at=made_at,
        amended_at=amended_at,
        privacy_level=stricter(level, command.privacy_level or own_level),
        connection_score=command.connection_score,
        mood_score=command.mood_score,
        relationship_satisfaction=command.relationship_satisfaction,
        gratitude_note=command.gratitude_note,
    )


def for_partner(check_in: CheckIn, level: PrivacyLevel = PrivacyLevel.OPEN) -> CheckIn:
    """Leave out what the partner may not see, by the check-in's own level and by another."""
    level = stricter(check_in.privacy_level, level)
    if level is PrivacyLevel.OPEN:
        return check_in
    if level is PrivacyLevel.SCORES_ONLY:
        return msgspec.structs.replace(check_in, privacy_level=level, gratitude_note=None)
    return msgspec.structs.replace(
        check_in,
        privacy_level=level,
        connection_score=None,
        mood_score=None,
        relationship_satisfaction=None,
        gratitude_note=None,
    )


def for_reader(check_in: CheckIn, reader_id: UUID, level: PrivacyLevel) -> CheckIn:
    """Show people their own check-ins whole, and their partner's within the level."""
    return check_in if check_in.user_id == reader_id else for_partner(check_in, level)


def award_id(user_id: UUID, day: date) -> UUID:
    """Name the award for checking in on a day, so that it is given once, whatever happens."""
    return uuid5(_AWARDS, f"award/checkin/{user_id}/{day}")


def submitted(check_ins: CheckIns, event: CheckInSubmitted) -> CheckIns:
    """Count a check-in; days that can no longer change are settled."""
    day = event.check_in.local_day
    days = _with(check_ins, event.check_in)
    open_from = max(check_ins.open_from or date.min, day - timedelta(days=OPEN_DAYS))
    return settle(CheckIns(open_from, days, check_ins.settled))


def amended(check_ins: CheckIns, event: CheckInAmended) -> CheckIns:
    """Know what of a check-in is shown from now on."""
    days = _with(check_ins, event.check_in)
    return CheckIns(check_ins.open_from, days, check_ins.settled)


def _with(check_ins: CheckIns, check_in: CheckIn) -> dict[date, dict[UUID, Written]]:
    written = Written(check_in.check_in_id, check_in.made_at, check_in.privacy_level)
    day = check_in.local_day
    return {**check_ins.days, day: {**check_ins.days.get(day, {}), check_in.user_id: written}}


def settle(check_ins: CheckIns) -> CheckIns:
    """Let go of the days before the first open one, in order."""
    open_from = check_ins.open_from
    settled = check_ins.settled
    gone = [day for day in check_ins.days if open_from is not None and day < open_from]
    for day in sorted(gone):
        if check_ins.is_complete(day):
            settled = settled.then(day)
    days = {day: found for day, found in check_ins.days.items() if day not in gone}
    return CheckIns(open_from, days, settled)


def undone(check_ins: CheckIns, event: CheckInUndone) -> CheckIns:
    """Count a check-in no longer."""
    left = {
        user_id: written
        for user_id, written in check_ins.days.get(event.local_day, {}).items()
        if user_id != event.user_id
    }
    days = {day: found for day, found in check_ins.days.items() if day != event.local_day}
    if left:
        days[event.local_day] = left
    return CheckIns(check_ins.open_from, days, check_ins.settled)
