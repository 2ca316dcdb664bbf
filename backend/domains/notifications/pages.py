"""Reading an inbox page by page, the newest first."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from backend.domains.notifications import store
from backend.domains.notifications.messages import Notification
from backend.domains.notifications.rules import InboxState
from backend.persistence.database import Record, fetch

_PAGE = """
SELECT id, notification_type, title, message, priority, relationship_id, created_at, read_at
FROM notification WHERE user_id = $1 AND ($2::uuid IS NULL OR id < $2) ORDER BY id DESC LIMIT $3
"""


class KeptNotification(msgspec.Struct, frozen=True, kw_only=True):
    """A notification, and when it was read."""

    notification: Notification
    read_at: datetime | None


class NotificationPage(msgspec.Struct, frozen=True, kw_only=True):
    """Some notifications, the newest first; `next` asks for those before them."""

    items: Sequence[KeptNotification]
    unread: int
    next: UUID | None


async def read_page(user_id: UUID, after: UUID | None, limit: int) -> NotificationPage:
    """Read a page of somebody's inbox, behind the notification the page before ended with."""
    items = [_kept(row) for row in await fetch(_PAGE, user_id, after, limit)]
    inboxes = await store.load_inboxes([user_id])
    return NotificationPage(
        items=items,
        unread=inboxes.get(user_id, InboxState()).unread,
        next=items[-1].notification.notification_id if len(items) == limit else None,
    )


def _kept(row: Record) -> KeptNotification:
    return KeptNotification(notification=store.notification_of(row), read_at=row["read_at"])
