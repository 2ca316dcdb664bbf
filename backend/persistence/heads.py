"""Heads: the fence every turn passes, and the numbers of the topics."""

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple
from uuid import UUID

from actors.placement import shard_of
from backend.persistence.guards import Connection
from backend.persistence.plan import Plan
from protocol.address import Address

_FENCE = """
WITH fenced AS (
    UPDATE head AS h SET version = h.version + 1, seq = u.seq
    FROM unnest($1::text[], $2::bigint[], $3::bigint[], $4::integer[])
         AS u(address, version, seq, shard)
    JOIN shard AS s ON s.id = u.shard AND s.owner = $5
    WHERE h.address = u.address AND h.version = u.version
    RETURNING h.address
)
SELECT pg_current_xact_id()::text AS xid, array_agg(address) AS addresses FROM fenced
"""

# The first turn of an actor makes its head; two that try at once meet in the primary key.
_FIRST = """
INSERT INTO head (address, version, seq, generation)
SELECT u.address, 1, u.seq, 1
FROM unnest($1::text[], $2::bigint[], $3::integer[]) AS u(address, seq, shard)
JOIN shard AS s ON s.id = u.shard AND s.owner = $4
ON CONFLICT (address) DO NOTHING
RETURNING address
"""

_shard_of = lru_cache(maxsize=65_536)(shard_of)


class Fenced(NamedTuple):
    """Which turns may go on, and the transaction they are in."""

    xid: str
    addresses: set[Address]


async def fence(connection: Connection, plans: Sequence[Plan], node_id: UUID) -> Fenced:
    """Move the heads of all turns on; those that do not come back have lost their actor.

    Heads are sorted by address, so that two batches never wait for each other in a circle.
    """
    known = sorted((plan for plan in plans if plan.turn.head.version), key=_by_address)
    row = await connection.fetchrow(
        _FENCE,
        [plan.turn.address for plan in known],
        [plan.turn.head.version for plan in known],
        [plan.seq for plan in known],
        [_shard_of(plan.turn.address) for plan in known],
        node_id,
    )
    addresses = set(row["addresses"] or ())
    first = sorted((plan for plan in plans if not plan.turn.head.version), key=_by_address)
    if first:
        rows = await connection.fetch(
            _FIRST,
            [plan.turn.address for plan in first],
            [plan.seq for plan in first],
            [_shard_of(plan.turn.address) for plan in first],
            node_id,
        )
        addresses.update(found["address"] for found in rows)
    return Fenced(row["xid"], addresses)


def _by_address(plan: Plan) -> str:
    return plan.turn.address
