"""Relationships: two people who made a promise to each other, how they find each other, and part.

What other rooms may use:

- `Membership`, the state of the relationship's actor that says who the two are: handlers of other
  rooms' Parts name it in their signature. `Member.day_of` says which day it is for one of them.
- `members_of(keys)`, `memberships_of(keys)`: the same, for those who read tables.
- `check_together(work, relationship_id, user_id, partner_id)`: refuses a command about two people
  who are not together when it is committed.
- `check_member(relationship_id, user_id)`: for routes; refuses whoever may not read.

A relationship is opened on the inviter's own actor and accepted on that of who was invited, because
only a person's own actor knows how many relationships they have; the relationship's actor comes to
life when its invitation is accepted. `RelationshipStarted` and `RelationshipEnded` happen on the
topics of both people; `MembershipMoved` in the relationship's actor.
"""

from backend.domains.relationships.checking import check_member, check_together
from backend.domains.relationships.membership import Member, Membership, MembershipMoved
from backend.domains.relationships.messages import (
    PrivacyLevel,
    RelationshipEnded,
    RelationshipPaused,
    RelationshipStarted,
    Status,
)
from backend.domains.relationships.openness import stricter
from backend.domains.relationships.store import load_memberships as memberships_of
from backend.domains.relationships.store import members_of

__all__ = [
    "Member",
    "Membership",
    "MembershipMoved",
    "PrivacyLevel",
    "RelationshipEnded",
    "RelationshipPaused",
    "RelationshipStarted",
    "Status",
    "check_member",
    "check_together",
    "members_of",
    "memberships_of",
    "stricter",
]
