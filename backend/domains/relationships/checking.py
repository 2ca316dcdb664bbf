"""Checking who may read, and who is together: for who has no state that says so."""

from uuid import UUID

from actors.ports import Work
from backend.domains.relationships.membership import Membership
from backend.domains.relationships.pair_guard import PAIRS, Pair
from backend.domains.relationships.store import load_memberships
from protocol.common import NotFound


async def check_member(relationship_id: UUID, user_id: UUID) -> Membership:
    """Say who the two are to one of them. Raises NotFound for everybody else."""
    membership = (await load_memberships([relationship_id])).get(relationship_id)
    if membership is None or not membership.admits(user_id):
        raise NotFound(what="relationship")
    return membership


def check_together(work: Work, relationship_id: UUID, user_id: UUID, partner_id: UUID) -> None:
    """Refuse the command unless the two are in this relationship, and it goes on."""
    work.guard(PAIRS, Pair(relationship_id, user_id, partner_id))
