"""The guard of the inbox: counts what arrived and what was read, and tells the person's actor.

Several actors write into one inbox. So the count is kept by the database, in the transaction that
changes it, and travels as an absolute number with a version.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from backend.domains.notifications.messages import (
    SHOWN_AT_ONCE_MAX,
    InboxMoved,
    Notification,
)
from backend.persistence.database import Record
from backend.persistence.guards import Connection, Guarded, Question, Verdict
from protocol.address import users_address

ALL_READ_AT_ONCE_MAX = 5_000

# Locks the inboxes of a batch in the order of their ids, and before all that is asked later: so two
# batches cannot wait in a circle. Of who only reads nothing arrives.
_COUNT = """
WITH told AS (
    SELECT u.user_id, u.arrived FROM unnest($1::uuid[], $2::integer[]) AS u(user_id, arrived)
    ORDER BY u.user_id
)
INSERT INTO inbox AS i (user_id, unread, version)
SELECT user_id, arrived, least(arrived, 1) FROM told
ON CONFLICT (user_id) DO UPDATE
SET unread = i.unread + EXCLUDED.unread, version = i.version + EXCLUDED.version
RETURNING user_id, unread, version
"""
_TAKE_OFF = """
UPDATE inbox AS i SET unread = i.unread - u.marked, version = i.version + 1
FROM unnest($1::uuid[], $2::integer[]) AS u(user_id, marked)
WHERE i.user_id = u.user_id
RETURNING i.user_id, i.unread, i.version
"""
_MARK = """
UPDATE notification AS n SET read_at = u.at
FROM unnest($1::uuid[], $2::uuid[], $3::timestamptz[]) AS u(user_id, id, at)
WHERE n.id = u.id AND n.user_id = u.user_id AND n.read_at IS NULL
RETURNING n.user_id
"""
# The newest are unread first; so looking ends once as many are found as are known to be unread,
# besides those that arrive with this batch and are not written yet.
_MARK_ALL = """
UPDATE notification SET read_at = $3 WHERE id IN (
    SELECT id FROM notification
    WHERE user_id = $1 AND read_at IS NULL AND ($2::uuid IS NULL OR id <= $2)
    ORDER BY id DESC
    LIMIT least($4, (SELECT unread - $5 FROM inbox WHERE user_id = $1))
) RETURNING user_id
"""


class Arrived(NamedTuple):
    """A notification for somebody."""

    user_id: UUID
    notification: Notification


class Read(NamedTuple):
    """Somebody has read some notifications."""

    user_id: UUID
    notification_ids: tuple[UUID, ...]
    at: datetime


class ReadAll(NamedTuple):
    """Somebody has read all notifications, or all up to one."""

    user_id: UUID
    until: UUID | None
    at: datetime


Item = Arrived | Read | ReadAll


class InboxGuard:
    """Counts notifications into inboxes and out of them; it never refuses."""

    name = "inbox"

    def question(self, guarded: Sequence[Guarded]) -> Question:
        """Have what arrived counted, and the inboxes of those who have read locked."""
        arrived, reads = _sorted(guarded)
        people = list(dict.fromkeys([*arrived, *(read.user_id for read in reads)]))
        return Question(_COUNT, (people, [len(arrived.get(person, ())) for person in people]))

    async def judge(
        self, connection: Connection, guarded: Sequence[Guarded], rows: Sequence[Record]
    ) -> Verdict:
        """Mark what was read, and tell everybody in the batch their new count."""
        arrived, reads = _sorted(guarded)
        counts = {row["user_id"]: row for row in rows if row["user_id"] in arrived}
        if reads:
            marked = await _mark(connection, reads, arrived)
            taken = await connection.fetch(_TAKE_OFF, list(marked), list(marked.values()))
            counts.update({row["user_id"]: row for row in taken})
        verdict = Verdict()
        for row in counts.values():
            newest = arrived.get(row["user_id"], [])[-SHOWN_AT_ONCE_MAX:]
            moved = InboxMoved(unread=row["unread"], version=row["version"], arrived=tuple(newest))
            verdict.tells.append((users_address(row["user_id"]), moved))
        return verdict


def _sorted(
    guarded: Sequence[Guarded],
) -> tuple[dict[UUID, list[Notification]], list[Read | ReadAll]]:
    """Tell what arrived, for whom, from what was read."""
    arrived: dict[UUID, list[Notification]] = {}
    reads: list[Read | ReadAll] = []
    for found in guarded:
        item: Item = found.item
        if isinstance(item, Arrived):
            arrived.setdefault(item.user_id, []).append(item.notification)
        else:
            reads.append(item)
    return arrived, reads


async def _mark(
    connection: Connection,
    reads: Sequence[Read | ReadAll],
    arrived: Mapping[UUID, Sequence[Notification]],
) -> dict[UUID, int]:
    """Mark what was read; returns how many were unread before, for each person."""
    some = [
        (read.user_id, id_, read.at)
        for read in reads
        if isinstance(read, Read)
        for id_ in read.notification_ids
    ]
    rows: list[Record] = []
    if some:
        rows += await connection.fetch(_MARK, *map(list, zip(*some, strict=True)))
    for read in reads:
        if isinstance(read, ReadAll):
            rows += await connection.fetch(
                _MARK_ALL,
                read.user_id,
                read.until,
                read.at,
                ALL_READ_AT_ONCE_MAX,
                len(arrived.get(read.user_id, ())),
            )
    marked: dict[UUID, int] = {}
    for row in rows:
        marked[row["user_id"]] = marked.get(row["user_id"], 0) + 1
    return marked


INBOX = InboxGuard()
