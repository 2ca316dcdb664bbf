"""Relationships: two people who made a promise to each other, and what they tell each other daily."""

from backend.domains.relationships.membership import Member, Membership
from backend.domains.relationships.store import members_of

__all__ = ["Member", "Membership", "members_of"]
