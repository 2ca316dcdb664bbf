"""What follows for reminders from what becomes of what was promised."""

from actors.turn import Turn
from backend.domains.challenges.messages import (
    ChallengeEnded,
    OccurrenceDone,
    OccurrenceExcused,
    OccurrenceMissed,
)
from backend.domains.reminders import store
from backend.domains.reminders.actor import reminders
from backend.domains.reminders.rules import Reminders, SnoozeForgotten


@reminders.reacts(OccurrenceDone, OccurrenceMissed, OccurrenceExcused)
def forget_one(
    event: OccurrenceDone | OccurrenceMissed | OccurrenceExcused, reminders: Reminders, turn: Turn
) -> None:
    """Remind of what is decided no more."""
    _forget(event.occurrence.key, reminders, turn)


@reminders.reacts(ChallengeEnded)
def forget_all(event: ChallengeEnded, reminders: Reminders, turn: Turn) -> None:
    """Remind of nothing that has ended; what was called off had no end of its own."""
    del event
    for key in reminders.snoozed:
        _forget(key, reminders, turn)


def _forget(key: str, reminders: Reminders, turn: Turn) -> None:
    if key in reminders.snoozed:
        store.remove_snooze(turn, key)
        turn.note(SnoozeForgotten(key=key))
