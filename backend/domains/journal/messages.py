"""The words of the journal.

A mood is either shared, and then belongs to the topic of the relationship, or private, and then to
the person's own: two commands each, because each goes to the actor that numbers the topic.
"""

from datetime import date, datetime, timedelta
from typing import Annotated, ClassVar
from uuid import UUID

from msgspec import Meta

from backend.domains.relationships import RelationshipPaused
from protocol.common import NotFound
from protocol.limits import BACK_DATED_MAX, TEXT_MAX
from protocol.marks import PRIVATE
from protocol.messages import Command, Event
from protocol.refusals import Refusal
from protocol.text import ONE_LINE, PROSE

Mood = Annotated[str, Meta(min_length=1, max_length=64, pattern=ONE_LINE), PRIVATE]
MoodScore = Annotated[int, Meta(ge=1, le=10), PRIVATE]
MoodNotes = Annotated[str, Meta(min_length=1, max_length=TEXT_MAX, pattern=PROSE), PRIVATE]


class MoodsTooMany(Refusal):
    """A person may log so many moods a day; more is a broken client."""

    code = "moods.too_many"
    sentence = "You have logged {count_max} moods on {local_day}; that is the most for a day."
    count_max: int
    local_day: date


class MoodLogged(Event, frozen=True, tag="moods.logged"):
    """Somebody wrote down how they are, and shares it with their partner."""

    about: ClassVar = "mood_log_id"

    mood_log_id: UUID
    user_id: UUID
    mood: Mood
    mood_score: MoodScore
    notes: MoodNotes | None
    local_day: date
    made_at: datetime


class MoodEdited(Event, frozen=True, tag="moods.edited"):
    """Somebody changed what they had written down of how they are."""

    about: ClassVar = "mood_log_id"
    withdraws: ClassVar = True

    mood_log_id: UUID
    user_id: UUID
    mood: Mood
    mood_score: MoodScore
    notes: MoodNotes | None
    edited_at: datetime


class MoodDeleted(Event, frozen=True, tag="moods.deleted"):
    """Somebody took back what they had written down; nobody is shown it any more."""

    about: ClassVar = "mood_log_id"
    withdraws: ClassVar = True

    mood_log_id: UUID
    user_id: UUID


class PrivateMoodLogged(Event, frozen=True, tag="moods.private_logged"):
    """You wrote down how you are, for yourself."""

    about: ClassVar = "mood_log_id"

    mood_log_id: UUID
    user_id: UUID
    mood: Mood
    mood_score: MoodScore
    notes: MoodNotes | None
    local_day: date
    made_at: datetime


class PrivateMoodEdited(Event, frozen=True, tag="moods.private_edited"):
    """You changed what you had written down for yourself."""

    about: ClassVar = "mood_log_id"
    withdraws: ClassVar = True

    mood_log_id: UUID
    mood: Mood
    mood_score: MoodScore
    notes: MoodNotes | None
    edited_at: datetime


class PrivateMoodDeleted(Event, frozen=True, tag="moods.private_deleted"):
    """You took back what you had written down for yourself; it is shown no more."""

    about: ClassVar = "mood_log_id"
    withdraws: ClassVar = True

    mood_log_id: UUID


class LogMood(Command, frozen=True, tag="moods.log"):
    """Write down how you are, for your partner to see; several times a day if you like."""

    actor: ClassVar = "relationship"
    reply: ClassVar = MoodLogged
    refusals: ClassVar = (MoodsTooMany, RelationshipPaused, NotFound)
    back_dated_max: ClassVar[timedelta] = BACK_DATED_MAX

    mood: Mood
    mood_score: MoodScore
    notes: MoodNotes | None = None


class EditMood(Command, frozen=True, tag="moods.edit"):
    """Replace what you shared of how you were."""

    actor: ClassVar = "relationship"
    reply: ClassVar = MoodEdited
    refusals: ClassVar = (RelationshipPaused, NotFound)
    back_dated_max: ClassVar[timedelta] = BACK_DATED_MAX

    mood_log_id: UUID
    mood: Mood
    mood_score: MoodScore
    notes: MoodNotes | None = None


class DeleteMood(Command, frozen=True, tag="moods.delete"):
    """Take back what you shared of how you were; it still counts as one of the day's."""

    actor: ClassVar = "relationship"
    reply: ClassVar = MoodDeleted
    refusals: ClassVar = (NotFound,)
    back_dated_max: ClassVar[timedelta] = BACK_DATED_MAX

    mood_log_id: UUID


class LogPrivateMood(Command, frozen=True, tag="moods.log_private"):
    """Write down how you are, for yourself alone."""

    actor: ClassVar = "user"
    reply: ClassVar = PrivateMoodLogged
    refusals: ClassVar = (MoodsTooMany,)
    back_dated_max: ClassVar[timedelta] = BACK_DATED_MAX

    mood: Mood
    mood_score: MoodScore
    notes: MoodNotes | None = None


class EditPrivateMood(Command, frozen=True, tag="moods.edit_private"):
    """Replace what you wrote down for yourself."""

    actor: ClassVar = "user"
    reply: ClassVar = PrivateMoodEdited
    refusals: ClassVar = (NotFound,)
    back_dated_max: ClassVar[timedelta] = BACK_DATED_MAX

    mood_log_id: UUID
    mood: Mood
    mood_score: MoodScore
    notes: MoodNotes | None = None


class DeletePrivateMood(Command, frozen=True, tag="moods.delete_private"):
    """Take back what you wrote down for yourself."""

    actor: ClassVar = "user"
    reply: ClassVar = PrivateMoodDeleted
    refusals: ClassVar = (NotFound,)
    back_dated_max: ClassVar[timedelta] = BACK_DATED_MAX

    mood_log_id: UUID
