"""What a relationship's actor knows of its two members."""

from actors.part import Part
from actors.principal import Principal
from actors.relationship import RELATIONSHIP
from backend.domains.relationships import store
from backend.domains.relationships.membership import Membership


def _admits(membership: Membership, principal: Principal) -> bool:
    return membership.admits(principal.user_id)


membership = Part(
    "membership",
    of=RELATIONSHIP,
    empty=Membership(),
    load=store.load_memberships,
    admits=_admits,
)
