"""The guard of the inbox: counts what arrived, was read or is gone, and tells the person's actor.

Several actors write into one inbox. So the count is kept by the database, in the transaction that
changes it, and travels as an absolute number with a version.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from backend.domains.notifications.messages import (
    SHOWN_AT_ONCE_MAX,
    InboxMoved,
    MoreToWithdraw,
    Notification,
)
from backend.persistence.database import Record
from backend.persistence.guards import Connection, Guarded, Question, Verdict
from protocol.address import users_address

ALL_READ_AT_ONCE_MAX = 5_000
WITHDRAWN_AT_ONCE_MAX = 5_000

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
# Found by their keys, whatever was known of the table when the plan was made.
_WITHDRAW = """
WITH gone AS (
    DELETE FROM notification WHERE id = ANY(ARRAY(
        SELECT found.id FROM unnest($1::uuid[], $2::uuid[]) AS w(user_id, relationship_id)
        CROSS JOIN LATERAL (
            SELECT n.id FROM notification AS n
            WHERE n.user_id = w.user_id AND n.relationship_id = w.relationship_id
            ORDER BY n.id DESC LIMIT $3
        ) AS found
    )) RETURNING user_id, relationship_id, read_at
)
SELECT user_id, relationship_id, count(*) AS notifications,
       count(*) FILTER (WHERE read_at IS NULL) AS unread
FROM gone GROUP BY user_id, relationship_id
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


class Withdrawn(NamedTuple):
    """What somebody was told of a relationship is taken out of their inbox."""

    user_id: UUID
    relationship_id: UUID
    unwritten: Collection[UUID] = ()
    """What the same turn told them before: it has no row yet, and will have none."""


Item = Arrived | Read | ReadAll | Withdrawn


@dataclass(slots=True)
class _Sorted:
    """The items of a batch, by what they do."""

    arrived: dict[UUID, list[Notification]] = field(default_factory=dict)
    reads: list[Read | ReadAll] = field(default_factory=list)
    withdrawn: dict[tuple[UUID, UUID], None] = field(default_factory=dict)
    """Of whom, and of which relationship."""

    @property
    def people(self) -> list[UUID]:
        """Name everybody whose inbox is touched."""
        others = [read.user_id for read in self.reads] + [user_id for user_id, _ in self.withdrawn]
        return list(dict.fromkeys([*self.arrived, *others]))


class InboxGuard:
    """Counts notifications into inboxes and out of them; it never refuses."""

    name = "inbox"

    def question(self, guarded: Sequence[Guarded]) -> Question:
        """Have what arrived counted, and the inboxes of all others locked."""
        batch = _sorted(guarded)
        people = batch.people
        return Question(_COUNT, (people, [len(batch.arrived.get(person, ())) for person in people]))

    async def judge(
        self, connection: Connection, guarded: Sequence[Guarded], rows: Sequence[Record]
    ) -> Verdict:
        """Mark what was read, remove what is gone, and tell all whose inbox is another now."""
        batch = _sorted(guarded)
        arrived = batch.arrived
        gone: list[Record] = []
        changed = {row["user_id"]: row for row in rows if arrived.get(row["user_id"])}
        if batch.reads or batch.withdrawn:
            marked = await _mark(connection, batch.reads, arrived)
            gone = await _withdraw(connection, batch.withdrawn)
            for row in gone:
                marked[row["user_id"]] = marked.get(row["user_id"], 0) + row["unread"]
            taken = await connection.fetch(_TAKE_OFF, list(marked), list(marked.values()))
            changed.update({row["user_id"]: row for row in taken})
        verdict = Verdict()
        for user_id, row in changed.items():
            moved = InboxMoved(
                unread=row["unread"],
                version=row["version"],
                arrived=tuple(arrived.get(user_id, [])[-SHOWN_AT_ONCE_MAX:]),
                withdrawn=tuple(r["relationship_id"] for r in gone if r["user_id"] == user_id),
            )
            verdict.tells.append((users_address(user_id), moved))
        for row in gone:
            if row["notifications"] >= WITHDRAWN_AT_ONCE_MAX:
                more = MoreToWithdraw(relationship_id=row["relationship_id"])
                verdict.tells.append((users_address(row["user_id"]), more))
        return verdict


def _sorted(guarded: Sequence[Guarded]) -> _Sorted:
    """Tell what arrived, for whom, from what was read and what is gone."""
    batch = _Sorted()
    for found in guarded:
        item: Item = found.item
        if isinstance(item, Arrived):
            batch.arrived.setdefault(item.user_id, []).append(item.notification)
        elif isinstance(item, Withdrawn):
            batch.withdrawn[item.user_id, item.relationship_id] = None
            _take_out(batch.arrived, item)
        else:
            batch.reads.append(item)
    return batch


def _take_out(arrived: dict[UUID, list[Notification]], withdrawn: Withdrawn) -> None:
    """Count nothing that arrived in the very turn that withdraws it."""
    if withdrawn.unwritten:
        arrived[withdrawn.user_id] = [
            notification
            for notification in arrived.get(withdrawn.user_id, ())
            if notification.notification_id not in withdrawn.unwritten
        ]


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


async def _withdraw(
    connection: Connection, withdrawn: Collection[tuple[UUID, UUID]]
) -> list[Record]:
    """Remove the newest of what is withdrawn; returns how many, and how many were unread."""
    if not withdrawn:
        return []
    people, relationships = zip(*withdrawn, strict=True)
    rows: list[Record] = await connection.fetch(
        _WITHDRAW, list(people), list(relationships), WITHDRAWN_AT_ONCE_MAX
    )
    return rows


INBOX = InboxGuard()
