"""The words of check-ins: what people tell each other daily, and the streak they make of it."""

from datetime import date, datetime, timedelta
from typing import Annotated, ClassVar
from uuid import UUID

from msgspec import Meta

from backend.domains.relationships import PrivacyLevel, RelationshipPaused
from protocol.common import NotFound
from protocol.limits import BACK_DATED_MAX
from protocol.marks import PRIVATE
from protocol.messages import Command, Event, Tell, Value
from protocol.refusals import Refusal
from protocol.text import PROSE

GRATITUDE_NOTE_MAX = 500

Score = Annotated[int, Meta(ge=1, le=10), PRIVATE]
Note = Annotated[str, Meta(min_length=1, max_length=GRATITUDE_NOTE_MAX, pattern=PROSE), PRIVATE]


class AlreadySubmitted(Refusal):
    """There is a check-in of this person for this day; on another device perhaps."""

    code = "checkins.already_submitted"
    sentence = "You have checked in for {local_day} already; amend that check-in instead."
    local_day: date
    check_in_id: UUID


class CheckInDayOver(Refusal):
    """A check-in may be changed on its own day only."""

    code = "checkins.day_over"
    sentence = "The day of this check-in ({local_day}) is over; it stays as it is."
    local_day: date


class CheckInTooLate(Refusal):
    """The day lies so far back that what follows from it is settled."""

    code = "checkins.too_late"
    sentence = "{local_day} lies too far back to check in for it."
    http_status = 422
    local_day: date


class CheckIn(Value, frozen=True):
    """How somebody was on a day; what its reader may not see is null."""

    check_in_id: UUID
    user_id: UUID
    local_day: date
    made_at: datetime
    amended_at: datetime | None
    privacy_level: PrivacyLevel
    connection_score: Score | None
    mood_score: Score | None
    relationship_satisfaction: Score | None
    gratitude_note: Note | None


class Streak(Value, frozen=True):
    """On how many days in a row both checked in.

    It is broken once `last_day` lies before yesterday.
    """

    current_days: int = 0
    best_days: int = 0
    last_day: date | None = None


class CheckInSubmitted(Event, frozen=True, tag="checkins.submitted"):
    """Somebody checked in for a day; this is what both may see of it.

    As the answer to its author it is whole.
    """

    about: ClassVar = "check_in.check_in_id"

    check_in: CheckIn


class CheckInAmended(Event, frozen=True, tag="checkins.amended"):
    """Somebody changed their check-in; this is what both may see of it now.

    As the answer to its author it is whole.
    """

    about: ClassVar = "check_in.check_in_id"
    withdraws: ClassVar = True

    check_in: CheckIn


class CheckInUndone(Event, frozen=True, tag="checkins.undone"):
    """Somebody took their check-in back."""

    about: ClassVar = "check_in_id"
    withdraws: ClassVar = True

    check_in_id: UUID
    user_id: UUID
    local_day: date


class CheckInKept(Event, frozen=True, tag="checkins.kept"):
    """Your own check-in, whole; told where the partner may not see all of it.

    Which check-ins there are is for the relationship's topic to say; its events leave out, for you
    too, what your partner may not see. What stands in one of yours is known by its version, that is
    by `check_in_id` and `amended_at`, from wherever the whole of it came, early or late: from here,
    from a snapshot of the relationship's topic, from the answer to your command, or from an event
    whose `privacy_level` is `open`. While the whole of a version has not come, its values are
    unknown, not empty, and no form may offer others in their place. A snapshot of this topic tells
    of no check-in: after one, ask for one of the relationship's topic (join without a position).
    """

    topics: ClassVar = ("user",)
    relationship_id: UUID
    check_in: CheckIn


class BothCheckedIn(Event, frozen=True, tag="checkins.both_checked_in"):
    """Both have checked in for a day."""

    topics: ClassVar = ("relationship",)
    local_day: date


class StreakChanged(Event, frozen=True, tag="streaks.changed"):
    """The pair's streak is another now."""

    topics: ClassVar = ("relationship",)
    conflated: ClassVar[bool] = True
    streak: Streak


class SubmitCheckIn(Command, frozen=True, tag="checkins.submit"):
    """Check in for the day it is where you are; once a day.

    `privacy_level` may keep more from the partner than the relationship does, never less.
    """

    actor: ClassVar = "relationship"
    reply: ClassVar = CheckInSubmitted
    refusals: ClassVar = (AlreadySubmitted, CheckInTooLate, RelationshipPaused, NotFound)
    back_dated_max: ClassVar[timedelta] = BACK_DATED_MAX

    connection_score: Score
    mood_score: Score
    relationship_satisfaction: Score
    gratitude_note: Note | None = None
    privacy_level: PrivacyLevel | None = None


class AmendCheckIn(Command, frozen=True, tag="checkins.amend"):
    """Replace a check-in on its own day.

    Without `privacy_level` the partner sees no more of it than before.
    """

    actor: ClassVar = "relationship"
    reply: ClassVar = CheckInAmended
    refusals: ClassVar = (CheckInDayOver, RelationshipPaused, NotFound)
    back_dated_max: ClassVar[timedelta] = BACK_DATED_MAX

    check_in_id: UUID
    connection_score: Score
    mood_score: Score
    relationship_satisfaction: Score
    gratitude_note: Note | None = None
    privacy_level: PrivacyLevel | None = None


class UndoCheckIn(Command, frozen=True, tag="checkins.undo"):
    """Take a check-in back on its own day; the streak follows. Its coins stay, and come once."""

    actor: ClassVar = "relationship"
    reply: ClassVar = CheckInUndone
    refusals: ClassVar = (CheckInDayOver, RelationshipPaused, NotFound)
    back_dated_max: ClassVar[timedelta] = BACK_DATED_MAX

    check_in_id: UUID


class CheckInWritten(Tell, frozen=True, tag="checkins.written"):
    """This person's check-in, whole."""

    actor: ClassVar = "user"
    relationship_id: UUID
    check_in: CheckIn
