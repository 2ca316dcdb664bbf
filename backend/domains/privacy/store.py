"""What the actors of privacy read: nothing, for they remember nothing."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from backend.domains.privacy.rules import OfOne, OfPromise, OfTwo


async def load_of_one(_keys: Sequence[UUID]) -> Mapping[UUID, OfOne]:
    """Read what a person's actor remembers."""
    return {}


async def load_of_two(_keys: Sequence[UUID]) -> Mapping[UUID, OfTwo]:
    """Read what a relationship's actor remembers."""
    return {}


async def load_of_promise(_keys: Sequence[UUID]) -> Mapping[UUID, OfPromise]:
    """Read what a challenge's actor remembers."""
    return {}
