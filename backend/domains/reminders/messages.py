"""The words of reminders."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, ClassVar
from uuid import UUID

from msgspec import Meta

from backend.domains.challenges import ChallengeOver, NotOpen, NotYours
from protocol.common import NotFound
from protocol.marks import PRIVATE
from protocol.messages import Command, Event, Tell, Value
from protocol.refusals import Refusal

BEFORE_MINUTES_MAX = 2 * 24 * 60
WISHES_MAX = 6
SNOOZE_MINUTES_MIN, SNOOZE_MINUTES_MAX = 5, 24 * 60

BeforeMinutes = Annotated[int, Meta(ge=1, le=BEFORE_MINUTES_MAX)]


class Channel(StrEnum):
    """How somebody is reminded."""

    PUSH = "push"
    """In the inbox exactly once, and on the phone at least once."""
    EMAIL = "email"
    """A letter, at least once."""
    IN_APP = "in_app"
    """In the inbox alone, exactly once."""


class Wish(Value, frozen=True):
    """To be reminded so long before something is due."""

    before_minutes: BeforeMinutes
    channel: Channel
    """`in_app` puts it into the inbox, `push` rings as well, `email` is a letter."""


Wishes = Annotated[tuple[Wish, ...], Meta(max_length=WISHES_MAX)]
DEFAULT_WISHES = (Wish(before_minutes=120, channel=Channel.PUSH),)


class RemindersSet(Event, frozen=True, tag="reminders.set_to"):
    """How somebody is reminded of a challenge."""

    wishes: Wishes


class SnoozedTooLong(Refusal):
    """By then it is due, and nothing could be done about it any more."""

    code = "reminders.snoozed_too_long"
    sentence = "This is due at {due_at}: be reminded of it before."
    http_status = 422
    due_at: datetime


class ReminderSnoozed(Event, frozen=True, tag="reminders.snoozed"):
    """Somebody is reminded of an occurrence again at this moment."""

    key: str
    snoozed_until: datetime


class SetReminders(Command, frozen=True, tag="reminders.set"):
    """Say how you want to be reminded of a challenge of yours; an empty list: not at all.

    In your quiet hours your phone does not ring: you are reminded when they end, or before they
    begin where it would be too late then.

    Each wish is given once for each occurrence. Into the inbox it comes exactly once. On the phone
    and as a letter it comes at least once: a worker that dies right after handing it over cannot
    know that it did, and who is not reminded pays for it. A push that is repeated takes the place
    of the first, a letter has the same Message-ID.
    """

    actor: ClassVar = "challenge"
    reply: ClassVar = RemindersSet
    refusals: ClassVar = (NotYours, ChallengeOver, NotFound)

    wishes: Wishes


class SnoozeReminder(Command, frozen=True, tag="reminders.snooze"):
    """Be reminded of an occurrence again in so many minutes, unless it is done by then.

    If that is in your quiet hours your phone rings when they end, unless it is due by then.
    """

    actor: ClassVar = "challenge"
    reply: ClassVar = ReminderSnoozed
    refusals: ClassVar = (SnoozedTooLong, NotOpen, NotYours, ChallengeOver, NotFound)

    key: Annotated[str, Meta(max_length=20)]
    minutes: Annotated[int, Meta(ge=SNOOZE_MINUTES_MIN, le=SNOOZE_MINUTES_MAX)]


class ReminderDue(Tell, frozen=True, tag="reminders.due"):
    """Something this person promised is due soon."""

    actor: ClassVar = "user"
    challenge_id: UUID
    title: Annotated[str, PRIVATE]
    key: str
    due_at: datetime
    rings: bool
    """Whether their phone may ring."""
