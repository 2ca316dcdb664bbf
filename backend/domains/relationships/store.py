"""Every query of relationships."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from backend.domains.relationships.membership import Member, Membership
from backend.persistence.database import Record, fetch

_MEMBERSHIPS = """
SELECT r.id, r.status, r.privacy_level, u.id AS user_id, u.name, u.time_zone, u.time_zone_before,
       u.time_zone_from
FROM relationship AS r
JOIN "user" AS u ON u.id IN (r.user_1_id, r.user_2_id)
WHERE r.id = ANY($1)
ORDER BY r.id, u.id = r.user_2_id
"""
_MEMBERS = """
SELECT id, user_1_id, user_2_id FROM relationship WHERE id = ANY($1) AND status <> 'ended'
"""


async def load_memberships(keys: Sequence[UUID]) -> Mapping[UUID, Membership]:
    """Read who the two are, of many relationships."""
    rows: dict[UUID, list[Record]] = {}
    for row in await fetch(_MEMBERSHIPS, list(keys)):
        rows.setdefault(row["id"], []).append(row)
    return {
        key: Membership(
            members=tuple(_member(row) for row in found),
            status=found[0]["status"],
            privacy_level=found[0]["privacy_level"],
        )
        for key, found in rows.items()
    }


def _member(row: Record) -> Member:
    return Member(
        user_id=row["user_id"],
        name=row["name"],
        time_zone=row["time_zone"],
        time_zone_before=row["time_zone_before"],
        time_zone_from=row["time_zone_from"],
    )


async def members_of(keys: Sequence[UUID]) -> dict[UUID, frozenset[UUID]]:
    """Read who takes part in relationships that have not ended."""
    return {
        row["id"]: frozenset(filter(None, (row["user_1_id"], row["user_2_id"])))
        for row in await fetch(_MEMBERS, list(keys))
    }
