"""Every query of notifications."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from actors.turn import Turn
from backend.domains.notifications.guard import INBOX
from backend.domains.notifications.messages import Notification
from backend.domains.notifications.rules import InboxState
from backend.domains.notifications.tables import NotificationRow
from backend.persistence.database import fetch

_INBOXES = "SELECT user_id, unread, version FROM inbox WHERE user_id = ANY($1)"


def tell(  # noqa: PLR0913 - a notification says this much, by name
    turn: Turn,
    user_id: UUID,
    *,
    kind: str,
    title: str,
    message: str = "",
    priority: str = "normal",
    relationship_id: UUID | None = None,
) -> None:
    """Put a notification into a person's inbox, with the turn that caused it."""
    notification = Notification(
        notification_id=turn.new_id(),
        notification_type=kind,
        title=title,
        message=message,
        priority=priority,
        relationship_id=relationship_id,
        created_at=turn.now,
    )
    turn.work.insert(
        NotificationRow,
        id=notification.notification_id,
        user_id=user_id,
        relationship_id=relationship_id,
        notification_type=kind,
        title=title,
        message=message,
        priority=priority,
        created_at=turn.now,
        read_at=None,
    )
    turn.work.guard(INBOX, (user_id, notification))


async def load_inboxes(keys: Sequence[UUID]) -> Mapping[UUID, InboxState]:
    """Read how many notifications of many people are unread."""
    return {
        row["user_id"]: InboxState(row["unread"], row["version"])
        for row in await fetch(_INBOXES, list(keys))
    }
