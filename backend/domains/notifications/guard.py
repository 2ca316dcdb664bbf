"""The guard of the inbox: counts what arrived, and lets the person's actor know the new count.

Several actors write into one inbox. So the count is kept by the database, in the transaction that
writes the notification, and travels as an absolute number with a version.
"""

from collections.abc import Sequence
from uuid import UUID

from backend.domains.notifications.messages import (
    SHOWN_AT_ONCE_MAX,
    InboxMoved,
    Notification,
)
from backend.persistence.guards import Connection, Guarded, Verdict
from protocol.address import users_address

# The rows are locked in the order of their ids, so that two batches cannot wait in a circle.
_COUNT = """
WITH told AS (
    SELECT u.user_id, u.arrived FROM unnest($1::uuid[], $2::integer[]) AS u(user_id, arrived)
    ORDER BY u.user_id
)
INSERT INTO inbox AS i (user_id, unread, version)
SELECT user_id, arrived, 1 FROM told
ON CONFLICT (user_id) DO UPDATE SET unread = i.unread + EXCLUDED.unread, version = i.version + 1
RETURNING user_id, unread, version
"""


class InboxGuard:
    """Counts notifications into inboxes; it never refuses."""

    name = "inbox"

    async def judge(self, connection: Connection, guarded: Sequence[Guarded]) -> Verdict:
        """Count what arrived for everybody in the batch."""
        arrived: dict[UUID, list[Notification]] = {}
        for found in guarded:
            user_id, notification = found.item
            arrived.setdefault(user_id, []).append(notification)
        rows = await connection.fetch(
            _COUNT, list(arrived), [len(items) for items in arrived.values()]
        )
        verdict = Verdict()
        for row in rows:
            newest = arrived[row["user_id"]][-SHOWN_AT_ONCE_MAX:]
            moved = InboxMoved(
                unread=row["unread"], version=row["version"], arrived=tuple(newest)
            )
            verdict.tells.append((users_address(row["user_id"]), moved))
        return verdict


INBOX = InboxGuard()
