"""What is read into actors and written by them, of relationships."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from actors.turn import Turn
from backend.domains.relationships.membership import Member, Membership
from backend.domains.relationships.messages import PrivacyLevel, Status
from backend.domains.relationships.rules import INVITATIONS_PER_DAY_MAX, Bond, Bonds
from backend.domains.relationships.tables import BlockRow, RelationshipRow
from backend.persistence.database import Record, fetch

_MEMBERSHIPS = """
SELECT r.id, r.status, r.privacy_level, r.privacy_before, r.opened_at, r.relationship_type,
       r.start_date, r.anniversary_date,
       u.id AS user_id, u.name, u.time_zone, u.time_zone_before, u.time_zone_from
FROM relationship AS r
JOIN "user" AS u ON u.id IN (r.user_1_id, r.user_2_id)
WHERE r.id = ANY($1) AND r.status IN ('active', 'paused')
ORDER BY r.id, u.id = r.user_2_id
"""
_MEMBERS = """
SELECT id, user_1_id, user_2_id FROM relationship
WHERE id = ANY($1) AND status IN ('active', 'paused')
"""
_BONDS = """
SELECT me.id AS user_id, r.id, lower(i.email) AS email, i.expires_at
FROM unnest($1::uuid[]) AS me(id)
JOIN relationship AS r ON r.user_1_id = me.id OR r.user_2_id = me.id
LEFT JOIN invitation AS i ON i.relationship_id = r.id AND r.status = 'invited'
WHERE r.status <> 'ended'
"""
_SENT = """
SELECT me.id AS user_id, sent.created_at
FROM unnest($1::uuid[]) AS me(id)
CROSS JOIN LATERAL (
    SELECT created_at FROM invitation WHERE inviter_id = me.id
    ORDER BY created_at DESC LIMIT $2
) AS sent
ORDER BY sent.created_at
"""


def name_of(alias: str) -> str:
    """Say in SQL how somebody is called, also when their account is erased."""
    return f"coalesce(nullif({alias}.name, ''), 'somebody who has left')"


async def load_memberships(keys: Sequence[UUID]) -> Mapping[UUID, Membership]:
    """Read who the two are, of many relationships."""
    rows: dict[UUID, list[Record]] = {}
    for row in await fetch(_MEMBERSHIPS, list(keys)):
        rows.setdefault(row["id"], []).append(row)
    return {key: _membership(found) for key, found in rows.items()}


def _membership(rows: Sequence[Record]) -> Membership:
    first = rows[0]
    return Membership(
        members=tuple(_member(row) for row in rows),
        status=Status(first["status"]),
        privacy_level=PrivacyLevel(first["privacy_level"]),
        privacy_before=first["privacy_before"] and PrivacyLevel(first["privacy_before"]),
        opened_at=first["opened_at"],
        relationship_type=first["relationship_type"],
        start_date=first["start_date"],
        anniversary_date=first["anniversary_date"],
    )


def _member(row: Record) -> Member:
    return Member(
        user_id=row["user_id"],
        name=row["name"],
        time_zone=row["time_zone"],
        time_zone_before=row["time_zone_before"],
        time_zone_from=row["time_zone_from"],
    )


async def members_of(keys: Sequence[UUID]) -> dict[UUID, frozenset[UUID]]:
    """Read who takes part in relationships that were accepted and have not ended."""
    return {
        row["id"]: frozenset((row["user_1_id"], row["user_2_id"]))
        for row in await fetch(_MEMBERS, list(keys))
    }


async def load_bonds(keys: Sequence[UUID]) -> Mapping[UUID, Bonds]:
    """Read which relationships many people have, and when they last invited somebody."""
    by_id: dict[UUID, dict[UUID, Bond]] = {key: {} for key in keys}
    for row in await fetch(_BONDS, list(keys)):
        by_id[row["user_id"]][row["id"]] = Bond(row["email"], row["expires_at"])
    sent_at: dict[UUID, list[datetime]] = {}
    for row in await fetch(_SENT, list(keys), INVITATIONS_PER_DAY_MAX):
        sent_at.setdefault(row["user_id"], []).append(row["created_at"])
    return {key: Bonds(by_id[key], tuple(sent_at.get(key, ()))) for key in keys}


def write_agreement(turn: Turn, relationship_id: UUID, membership: Membership) -> None:
    """Write down what the two agreed on."""
    turn.work.update(
        RelationshipRow,
        {"id": relationship_id},
        relationship_type=membership.relationship_type,
        start_date=membership.start_date,
        anniversary_date=membership.anniversary_date,
        status=membership.status.value,
        privacy_level=membership.privacy_level.value,
        privacy_before=membership.privacy_before and membership.privacy_before.value,
        opened_at=membership.opened_at,
        updated_at=turn.now,
    )


def end(turn: Turn, relationship_id: UUID, by: UUID) -> None:
    """Write down that a relationship has ended, and by whom."""
    turn.work.update(
        RelationshipRow,
        {"id": relationship_id},
        status=Status.ENDED.value,
        updated_at=turn.now,
        ended_at=turn.now,
        ended_by_id=by,
    )


def add_block(turn: Turn, user_id: UUID, blocked_id: UUID) -> None:
    """Write down that somebody wants no more invitations of another."""
    turn.work.insert(BlockRow, user_id=user_id, blocked_id=blocked_id, created_at=turn.now)
