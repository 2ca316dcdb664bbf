"""What a person's actor knows of their inbox."""

from typing import ClassVar

from actors.part import Part
from actors.turn import Turn
from actors.user import USER
from backend.domains.notifications import rules, store
from backend.domains.notifications.messages import (
    InboxMoved,
    NotificationsArrived,
    UnreadChanged,
)
from backend.domains.notifications.rules import InboxState
from protocol.messages import Event

inbox = Part("inbox", of=USER, empty=InboxState(), load=store.load_inboxes)


class Counted(Event, frozen=True, tag="notifications.counted"):
    """The inbox was counted; only the actor's memory follows this."""

    conflated: ClassVar[bool] = True
    unread: int
    version: int


@inbox.evolves(Counted)
def counted(_inbox: InboxState, event: Counted) -> InboxState:
    """Take over the new count."""
    return InboxState(event.unread, event.version)


@inbox.hears(InboxMoved)
def moved(tell: InboxMoved, inbox: InboxState, turn: Turn) -> None:
    """Show what arrived, and the new count, on every device of the person."""
    is_news = rules.is_news(inbox, tell)
    unread = tell.unread if is_news else inbox.unread
    if is_news:
        turn.note(Counted(unread=tell.unread, version=tell.version))
    if tell.arrived:
        turn.publish(NotificationsArrived(items=tell.arrived, unread=unread))
    else:
        turn.publish(UnreadChanged(unread=unread))
