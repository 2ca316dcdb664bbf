"""How much the two show each other, and which of two levels counts."""

from backend.domains.relationships.messages import PrivacyLevel

_OPENNESS = (PrivacyLevel.PRIVATE, PrivacyLevel.SCORES_ONLY, PrivacyLevel.OPEN)


def stricter(one: PrivacyLevel, other: PrivacyLevel) -> PrivacyLevel:
    """Say which of two levels shows less."""
    return min(one, other, key=_OPENNESS.index)
