"""What a person's actor knows of their inbox, and of what they want on their phone."""

from typing import ClassVar

from actors.part import Part
from actors.turn import Turn
from actors.user import USER
from backend.domains.identity import Profile, ProfileChanged
from backend.domains.notifications import rules, store, withdrawing
from backend.domains.notifications.messages import (
    ChangePreferences,
    InboxMoved,
    MarkAllRead,
    MarkRead,
    MoreToWithdraw,
    NotificationsArrived,
    NotificationsWithdrawn,
    PreferencesChanged,
    ReadMarked,
    UnreadChanged,
)
from backend.domains.notifications.rules import Choice, InboxState
from protocol.address import key_of
from protocol.messages import Event

inbox = Part(
    "inbox", of=USER, empty=InboxState(), load=store.load_inboxes, snapshot=store.show_inbox
)
preferences = Part(
    "notification_preferences",
    of=USER,
    empty=Choice(),
    load=store.load_choices,
    snapshot=store.show_preferences,
)


class Counted(Event, frozen=True, tag="notifications.counted"):
    """The inbox was counted; only the actor's memory follows this."""

    conflated: ClassVar[bool] = True
    unread: int
    version: int


class Chosen(Event, frozen=True, tag="notifications.chosen"):
    """Somebody chose what they want of pushes; only the actor's memory follows this."""

    choice: Choice


@inbox.evolves(Counted)
def counted(_inbox: InboxState, event: Counted) -> InboxState:
    """Take over the new count."""
    return InboxState(event.unread, event.version)


@inbox.hears(InboxMoved)
def moved(tell: InboxMoved, inbox: InboxState, turn: Turn) -> None:
    """Show what arrived and what is gone, and the new count, on every device of the person."""
    is_news = rules.is_news(inbox, tell)
    unread = tell.unread if is_news else inbox.unread
    if is_news:
        turn.note(Counted(unread=tell.unread, version=tell.version))
    for relationship_id in tell.withdrawn:
        turn.publish(NotificationsWithdrawn(relationship_id=relationship_id))
    if tell.arrived:
        turn.publish(NotificationsArrived(items=tell.arrived, unread=unread))
    else:
        turn.publish(UnreadChanged(unread=unread))


@inbox.hears(MoreToWithdraw)
def withdraw_more(tell: MoreToWithdraw, turn: Turn) -> None:
    """Go on with what was too much to be removed at once."""
    withdrawing.withdraw(turn, tell.relationship_id, key_of(turn.address))


@inbox.handles(MarkRead)
def mark_read(command: MarkRead, turn: Turn) -> ReadMarked:
    """Mark some as read."""
    store.mark_read(turn, key_of(turn.address), command.notification_ids)
    return ReadMarked()


@inbox.handles(MarkAllRead)
def mark_all_read(command: MarkAllRead, turn: Turn) -> ReadMarked:
    """Mark all as read."""
    store.mark_all_read(turn, key_of(turn.address), command.until)
    return ReadMarked()


@preferences.evolves(Chosen)
def chosen(_choice: Choice, event: Chosen) -> Choice:
    """Be what was chosen."""
    return event.choice


@preferences.evolves(ProfileChanged)
def moved_away(choice: Choice, event: ProfileChanged) -> Choice:
    """Follow somebody to their new time zone; quiet hours are meant where they are."""
    if not choice.is_kept:
        return choice
    return Choice(choice.preferences, event.profile.time_zone, is_kept=True)


@preferences.handles(ChangePreferences)
def change(
    command: ChangePreferences, choice: Choice, profile: Profile, turn: Turn
) -> PreferencesChanged:
    """Choose what is wanted on the phone, by the clock the person lives by now."""
    changed = rules.change(command)
    choice_now = Choice(changed.preferences, profile.time_zone, is_kept=True)
    store.write_choice(turn, key_of(turn.address), choice_now, choice)
    turn.note(Chosen(choice=choice_now))
    return turn.publish(changed)
