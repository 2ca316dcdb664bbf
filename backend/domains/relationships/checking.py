"""Checking who may read: for routes, which have no actor that lets people in."""

from uuid import UUID

from backend.domains.relationships.membership import Membership
from backend.domains.relationships.store import load_memberships
from protocol.common import NotFound


async def check_member(relationship_id: UUID, user_id: UUID) -> Membership:
    """Say who the two are to one of them. Raises NotFound for everybody else."""
    membership = (await load_memberships([relationship_id])).get(relationship_id)
    if membership is None or not membership.admits(user_id):
        raise NotFound(what="relationship")
    return membership
