"""What a challenge's actor knows of reminders, and what a person's does with them."""

import msgspec

from actors.challenge import CHALLENGE
from actors.part import Part
from actors.turn import Turn
from actors.user import USER
from backend.domains import notifications
from backend.domains.challenges import Challenge
from backend.domains.reminders import rules, store
from backend.domains.reminders.messages import (
    ReminderDue,
    ReminderSnoozed,
    RemindersSet,
    SetReminders,
    SnoozeReminder,
)
from backend.domains.reminders.rules import Reminders, SnoozeForgotten
from backend.persistence.remembering_nothing import load_nothing
from protocol.address import key_of

TITLE_MAX = 120

reminders = Part("reminders", of=CHALLENGE, empty=Reminders(), load=store.load_reminders)
reminders.evolves(RemindersSet)(rules.followed)
reminders.evolves(ReminderSnoozed)(rules.snoozed)
reminders.evolves(SnoozeForgotten)(rules.forgot)


class Reminded(msgspec.Struct, frozen=True, gc=False):
    """What a person's actor remembers of reminders: nothing, no rule needs it."""


reminded = Part("reminders", of=USER, empty=Reminded(), load=load_nothing)


@reminders.handles(SetReminders)
def set_reminders(
    command: SetReminders, challenge: Challenge, reminders: Reminders, turn: Turn
) -> RemindersSet:
    """Say how one wants to be reminded."""
    challenge.own(turn.principal.user_id)
    store.write_wishes(turn, command.wishes, is_first=not reminders.is_kept)
    return turn.publish(RemindersSet(wishes=command.wishes))


@reminders.handles(SnoozeReminder)
def snooze(
    command: SnoozeReminder, challenge: Challenge, reminders: Reminders, turn: Turn
) -> ReminderSnoozed:
    """Be reminded of one again."""
    one = challenge.own(turn.principal.user_id).awaited(command.key)
    until = rules.snoozed_until(turn.now, command.minutes, one.due_at)
    store.write_snooze(turn, one.key, until, is_first=one.key not in reminders.snoozed)
    return turn.publish(ReminderSnoozed(key=one.key, snoozed_until=until))


@reminded.hears(ReminderDue)
def remind(tell: ReminderDue, turn: Turn) -> None:
    """Put a reminder into the inbox; the phone rings if it may, and shows the last of a window."""
    notifications.tell(
        turn,
        key_of(turn.address),
        kind="challenge_reminder",
        title=f"{tell.title[:TITLE_MAX]}: due soon",
        priority="high",
        rings=tell.rings,
        collapse_key=f"{tell.challenge_id}/{tell.key}",
    )
