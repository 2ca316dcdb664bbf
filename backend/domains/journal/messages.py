"""The words of the journal."""

from datetime import date, datetime, timedelta
from typing import Annotated, ClassVar
from uuid import UUID

from msgspec import Meta

from protocol.common import NotFound
from protocol.limits import BACK_DATED_MAX, TEXT_MAX
from protocol.marks import PRIVATE
from protocol.messages import Command, Event
from protocol.refusals import Refusal

Mood = Annotated[str, Meta(min_length=1, max_length=64), PRIVATE]
MoodScore = Annotated[int, Meta(ge=1, le=10), PRIVATE]
MoodNotes = Annotated[str, Meta(max_length=TEXT_MAX), PRIVATE]


class MoodsTooMany(Refusal):
    """A person may log so many moods a day; more is a broken client."""

    code = "moods.too_many"
    sentence = "You have logged {count_max} moods on {local_day}; that is the most for a day."
    count_max: int
    local_day: date


class MoodLogged(Event, frozen=True, tag="moods.logged"):
    """Somebody wrote down how they are, and shares it with their partner."""

    mood_log_id: UUID
    user_id: UUID
    mood: Mood
    mood_score: MoodScore
    notes: MoodNotes | None
    local_day: date
    made_at: datetime


class LogMood(Command, frozen=True, tag="moods.log"):
    """Write down how you are, for your partner to see; several times a day if you like."""

    actor: ClassVar = "relationship"
    reply: ClassVar = MoodLogged
    refusals: ClassVar = (MoodsTooMany, NotFound)
    back_dated_max: ClassVar[timedelta] = BACK_DATED_MAX

    mood: Mood
    mood_score: MoodScore
    notes: MoodNotes | None = None
