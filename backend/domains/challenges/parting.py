"""Parting: what has ended before two part is let go of by a worker, however much there is of it."""

from uuid import UUID

import msgspec

from backend.domains.challenges.tells import RelationshipParted
from backend.persistence.database import fetch
from backend.persistence.job_run import JobRun
from protocol.address import address_of

PART = "challenges.part"
PARTED_AT_ONCE_MAX = 500

# What goes on hears of it from its owner at once.
_ENDED = """
SELECT DISTINCT f.user_challenge_id AS id
FROM challenge_follower AS f JOIN user_challenge AS c ON c.id = f.user_challenge_id
WHERE f.relationship_id = $1 AND c.status = 'ended'
  AND ($2::uuid IS NULL OR f.user_challenge_id > $2)
ORDER BY 1 LIMIT $3
"""


class Parted(msgspec.Struct, frozen=True, kw_only=True):
    """A relationship has ended; whoever follows through it does so no longer."""

    relationship_id: UUID
    after: UUID | None = None
    """Those up to this one have been told."""


async def let_go(parted: Parted, run: JobRun) -> None:
    """Tell challenges that have ended; the rest of many by another job."""
    async with run.once():
        rows = await fetch(_ENDED, parted.relationship_id, parted.after, PARTED_AT_ONCE_MAX)
        for row in rows:
            told = RelationshipParted(relationship_id=parted.relationship_id)
            run.tell(address_of("challenge", row["id"]), told)
        if len(rows) == PARTED_AT_ONCE_MAX:
            run.job(PART, msgspec.structs.replace(parted, after=rows[-1]["id"]))
