"""Disputes: what two see differently, as admins are shown it who are to rule."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec

from backend.domains.challenges.advancing import RULED_WITHIN
from backend.domains.challenges.deciding import may_rule
from backend.domains.challenges.run import Run
from backend.domains.challenges.store import load_challenges
from backend.domains.challenges.values import AmountMinor, Note, Occurrence, Outcome, Stake, Status
from backend.persistence.database import Record, fetch
from protocol.marks import PRIVATE
from protocol.messages import Value

# The place in the line is that of the dispute's own row, which stays when it has been ruled on.
_DISPUTED = """
SELECT e.id, e.user_challenge_id, e.metadata -> 'proof' AS proof, r.note
FROM challenge_event AS e
LEFT JOIN LATERAL (
    SELECT note FROM challenge_ruling WHERE challenge_event_id = e.id AND act = 'dispute'
    ORDER BY id DESC LIMIT 1
) AS r ON true
WHERE e.status = 'disputed' AND (e.updated_at, e.id) > (
    coalesce((SELECT acted_at FROM challenge_ruling
              WHERE challenge_event_id = $1 AND act = 'dispute' ORDER BY id DESC LIMIT 1),
             '-infinity'),
    coalesce($1::uuid, '00000000-0000-0000-0000-000000000000'))
ORDER BY e.updated_at, e.id LIMIT $2
"""


class DisputeListed(Value, frozen=True):
    """Something that is disputed; to rule, `challenges.rule` is sent to the challenge's topic."""

    event_id: UUID
    challenge_id: UUID
    key: str
    owner_id: UUID
    opened_by: UUID
    opened_at: datetime
    over: Outcome
    """What it was before; its owner disputes what was missed, a follower what was done."""
    is_appeal: bool
    note: Note | None
    """What who disputes it says."""
    proof: Annotated[dict[str, Any] | None, PRIVATE]
    """What was shown for it."""
    amount_minor: AmountMinor
    stake: Stake | None
    needs_admin: bool
    """Whether nobody else may rule: only who gains by it follows, or it is an appeal."""
    rule_until: datetime
    """When it is as its owner says, if nobody has ruled by then."""


class DisputePage(Value, frozen=True):
    """What is disputed, what has waited longest first."""

    items: list[DisputeListed]
    next: UUID | None


async def read_disputes(after: UUID | None, count_max: int) -> DisputePage:
    """Read what is disputed, what has waited longest first."""
    rows = await fetch(_DISPUTED, after, count_max + 1)
    page = rows[:count_max]
    known = await load_challenges([row["user_challenge_id"] for row in page])
    items = [
        _listed(row, run, one)
        for row in page
        for run in [known[row["user_challenge_id"]].begun()]
        # It may have been ruled on a moment ago.
        for one in run.occurrences
        if one.event_id == row["id"] and one.status is Status.DISPUTED
    ]
    return DisputePage(items=items, next=page[-1]["id"] if len(rows) > count_max else None)


def _listed(row: Record, run: Run, one: Occurrence) -> DisputeListed:
    told, proof = one.dispute, row["proof"]
    assert told is not None  # noqa: S101 - it was looked for
    return DisputeListed(
        event_id=one.event_id,
        challenge_id=run.challenge_id,
        key=one.key,
        owner_id=run.owner_id,
        opened_by=told.opened_by,
        opened_at=told.opened_at,
        over=told.over,
        is_appeal=told.is_appeal,
        note=row["note"],
        proof=msgspec.json.decode(proof) if proof else None,
        amount_minor=one.amount_minor,
        stake=run.stake,
        needs_admin=not any(
            may_rule(run, one, follower.user_id, is_admin=False) for follower in run.followers
        ),
        rule_until=told.opened_at + RULED_WITHIN,
    )
