"""Disputes: what is disputed and waits for somebody to rule on it, as admins see it."""

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec

from backend.domains.challenges.advancing import RULED_WITHIN
from backend.domains.challenges.values import Dispute
from backend.persistence.database import Record, fetch
from protocol.marks import PRIVATE
from protocol.messages import Value

# Of what is disputed nothing else changes, so it stands in the order in which it was disputed.
_DISPUTED = """
SELECT e.id AS event_id, e.user_challenge_id AS challenge_id, c.user_id AS owner_id, e.key,
       e.last_day, e.amount_minor, c.stake_mode, c.asset, c.forfeits_to, c.beneficiary_id,
       e.dispute, e.metadata -> 'proof' AS proof, (
           SELECT r.note FROM challenge_ruling AS r
           WHERE r.challenge_event_id = e.id AND r.act = 'dispute' ORDER BY r.id DESC LIMIT 1
       ) AS note
FROM challenge_event AS e JOIN user_challenge AS c ON c.id = e.user_challenge_id
WHERE e.status = 'disputed' AND ($1::uuid IS NULL OR (e.updated_at, e.id) > (
    SELECT updated_at, id FROM challenge_event WHERE id = $1))
ORDER BY e.updated_at, e.id LIMIT $2
"""


class Disputed(Value, frozen=True):
    """Something that is disputed; who rules on it asks `challenge/<challenge_id>` by its `key`."""

    event_id: UUID
    challenge_id: UUID
    owner_id: UUID
    key: str
    last_day: date
    amount_minor: int
    """What is forfeited if it was missed; 0 where there is no money on it."""
    stake_mode: str | None
    asset: str | None
    forfeits_to: str | None
    beneficiary_id: UUID | None
    """The partner who would get it."""
    dispute: Dispute
    ruled_by: datetime
    """If nobody rules until then, nothing is owed."""
    note: Annotated[str | None, PRIVATE]
    """What was said when it was disputed."""
    proof: Annotated[dict[str, Any] | None, PRIVATE]


async def read_disputed(after: UUID | None, count_max: int) -> list[Disputed]:
    """Read what is disputed, what waits longest first."""
    return [_disputed(row) for row in await fetch(_DISPUTED, after, count_max)]


def _disputed(row: Record) -> Disputed:
    dispute = msgspec.json.decode(row["dispute"], type=Dispute)
    proof = msgspec.json.decode(row["proof"]) if row["proof"] else None
    told = {**row, "dispute": dispute, "proof": proof}
    return Disputed(**told, ruled_by=dispute.opened_at + RULED_WITHIN)
