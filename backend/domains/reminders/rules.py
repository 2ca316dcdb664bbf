"""When somebody is reminded of what they promised; pure."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

import msgspec

from backend.domains.reminders.messages import (
    BEFORE_MINUTES_MAX,
    DEFAULT_WISHES,
    Channel,
    ReminderSnoozed,
    RemindersSet,
    SnoozedTooLong,
    Wishes,
)
from protocol.messages import Event

MINUTE = timedelta(minutes=1)
MINUTES_A_DAY = 24 * 60
LOOKED_AHEAD = timedelta(minutes=BEFORE_MINUTES_MAX + MINUTES_A_DAY)
"""What falls due later is not to be reminded of now, whatever is wished and however quiet it is."""

IsQuiet = Callable[[datetime], bool]
"""Tells whether a moment lies within somebody's quiet hours."""


class Reminders(msgspec.Struct, frozen=True, gc=False):
    """How the owner of a challenge is reminded."""

    wishes: Wishes = DEFAULT_WISHES
    snoozed: dict[str, datetime] = {}
    """Until when, by the occurrence's name; of those that can still be done in time."""
    is_kept: bool = False
    """Whether they ever said how."""


class SnoozeForgotten(Event, frozen=True, tag="reminders.snooze_forgotten"):
    """Somebody is not to be reminded again; only the actor's memory follows this."""

    key: str


class Window(NamedTuple):
    """One time something is promised, as far as reminding needs it."""

    challenge_id: UUID
    key: str
    due_at: datetime
    snoozed_until: datetime | None


class Due(NamedTuple):
    """A reminder whose time has come; there is one for its challenge, key and channel."""

    window: Window
    due_window_key: str
    channel: Channel

    @property
    def known_as(self) -> str:
        """Name it among those of its challenge."""
        return f"{self.due_window_key} {self.channel}"


def due(window: Window, wishes: Wishes, now: datetime, is_quiet: IsQuiet) -> list[Due]:
    """Say which reminders of a window should have been given by now.

    It does not matter how late or how often this is asked: each is given once. What was snoozed
    rings again once, on every channel that was wished for. The last of each channel stands last.
    """
    found = [
        Due(window, f"{window.key}@{wish.before_minutes}", wish.channel)
        for wish in sorted(wishes, key=lambda wish: -wish.before_minutes)
        if moment_of(window.due_at, wish.before_minutes, wish.channel, is_quiet) <= now
    ]
    until = window.snoozed_until
    if until is not None:
        key = f"{window.key}@{int(until.timestamp())}"
        found += [
            Due(window, key, channel)
            for channel in sorted({wish.channel for wish in wishes})
            if _rings_again_at(until, window.due_at, channel, is_quiet) <= now
        ]
    return found


def moment_of(
    due_at: datetime, before_minutes: int, channel: Channel, is_quiet: IsQuiet
) -> datetime:
    """Say when a reminder is given: so long before something is due, outside of quiet hours.

    What rings waits until quiet hours end, or comes before they begin where that were too late.
    """
    wanted = due_at - before_minutes * MINUTE
    if channel is not Channel.PUSH or not is_quiet(wanted):
        return wanted
    after = _nearest(wanted, MINUTE, is_quiet)
    if after is not None and after < due_at:
        return after
    return _nearest(wanted, -MINUTE, is_quiet) or wanted


def _rings_again_at(
    until: datetime, due_at: datetime, channel: Channel, is_quiet: IsQuiet
) -> datetime:
    """Say when what was snoozed until a moment is given; what rings waits until it may."""
    if channel is not Channel.PUSH or not is_quiet(until):
        return until
    after = _nearest(until, MINUTE, is_quiet)
    return after if after is not None and after < due_at else until


def snoozed_until(now: datetime, minutes: int, due_at: datetime) -> datetime:
    """Say until when something is snoozed. Raises SnoozedTooLong."""
    until = now + minutes * MINUTE
    if until >= due_at:
        raise SnoozedTooLong(due_at=due_at)
    return until


def _nearest(moment: datetime, step: timedelta, is_quiet: IsQuiet) -> datetime | None:
    """Find the nearest moment in a direction at which it is not quiet; None within a whole day."""
    for number in range(1, MINUTES_A_DAY + 1):
        if not is_quiet(moment + number * step):
            return moment + number * step
    return None


def followed(reminders: Reminders, event: RemindersSet) -> Reminders:
    """Remind as was wished."""
    return Reminders(event.wishes, reminders.snoozed, is_kept=True)


def snoozed(reminders: Reminders, event: ReminderSnoozed) -> Reminders:
    """Remind again."""
    again = {**reminders.snoozed, event.key: event.snoozed_until}
    return Reminders(reminders.wishes, again, reminders.is_kept)


def forgot(reminders: Reminders, event: SnoozeForgotten) -> Reminders:
    """Remind of it no more."""
    left = {key: until for key, until in reminders.snoozed.items() if key != event.key}
    return Reminders(reminders.wishes, left, reminders.is_kept)
