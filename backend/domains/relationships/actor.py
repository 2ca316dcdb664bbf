"""The Parts of this room: the pair in a relationship's actor, the bonds in a person's."""

from backend.domains.relationships.bonds import bonds
from backend.domains.relationships.pair import membership
from backend.domains.relationships.reactions import pass_profile_on

__all__ = ["bonds", "membership", "pass_profile_on"]
