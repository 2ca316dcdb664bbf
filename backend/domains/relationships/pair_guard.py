"""The guard of pairs: that two people are together at the moment something between them begins."""

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from backend.persistence.database import Record
from backend.persistence.guards import Connection, Guarded, Question, Verdict
from protocol.common import NotFound

# Locked, so that none of them leaves before what begins is committed.
_TOGETHER = """
SELECT id, user_1_id, user_2_id FROM relationship
WHERE id = ANY($1) AND status = 'active' ORDER BY id FOR SHARE
"""


class Pair(NamedTuple):
    """Two people, and the relationship they are said to have."""

    relationship_id: UUID
    user_id: UUID
    partner_id: UUID


class PairGuard:
    """Refuses what begins between two people who are not together."""

    name = "pairs"

    def question(self, guarded: Sequence[Guarded]) -> Question:
        """Ask who is in these relationships."""
        return Question(_TOGETHER, ([found.item.relationship_id for found in guarded],))

    async def judge(
        self, connection: Connection, guarded: Sequence[Guarded], rows: Sequence[Record]
    ) -> Verdict:
        """Name those who are not together, or not in that relationship."""
        del connection
        members = {row["id"]: {row["user_1_id"], row["user_2_id"]} for row in rows}
        failures = [
            (found, NotFound(what="relationship"))
            for found in guarded
            if members.get(found.item.relationship_id)
            != {found.item.user_id, found.item.partner_id}
        ]
        return Verdict(failures=list(failures))


PAIRS = PairGuard()
