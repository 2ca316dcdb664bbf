"""Withdrawing: what people were told of a relationship leaves their inboxes together with it."""

from typing import cast
from uuid import UUID

from actors.turn import Turn
from backend.domains.notifications.guard import INBOX, Arrived, Withdrawn
from backend.domains.notifications.tables import NotificationRow
from backend.persistence.work import Work


def withdraw(turn: Turn, relationship_id: UUID, *user_ids: UUID) -> None:
    """Take all that these people were told of a relationship out of their inboxes.

    The newest 5,000 of each go with this turn, any others right after it. Nothing may be told of
    the relationship afterwards.
    """
    unwritten = _told_in(turn, relationship_id)
    for notification_id in unwritten:
        turn.work.delete(NotificationRow, {"id": notification_id})
    for user_id in user_ids:
        turn.work.guard(INBOX, Withdrawn(user_id, relationship_id, unwritten))


def _told_in(turn: Turn, relationship_id: UUID) -> frozenset[UUID]:
    """Find what the turn itself has told of a relationship: no row of it can be found yet."""
    return frozenset(
        item.notification.notification_id
        for work in turn.works()
        for _, item in cast("Work", work).guards
        if isinstance(item, Arrived) and item.notification.relationship_id == relationship_id
    )
