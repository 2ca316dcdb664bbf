"""What is said and what follows, in privacy; pure."""

import msgspec

from backend.domains.privacy.limits import EXPORT_KEPT
from backend.domains.privacy.messages import ExportEnded


class OfOne(msgspec.Struct, frozen=True, gc=False):
    """What a person's actor remembers of privacy: nothing, no rule needs it."""


class OfTwo(msgspec.Struct, frozen=True, gc=False):
    """What a relationship's actor remembers of privacy: nothing either."""


class OfPromise(msgspec.Struct, frozen=True, gc=False):
    """What a challenge's actor remembers of privacy: nothing either."""


def words_of(ended: ExportEnded) -> tuple[str, str]:
    """Say what becomes of an export, as a title and a message."""
    if ended.is_ready:
        return "Your data is ready", f"Fetch it within {EXPORT_KEPT.days} days."
    return "Your data could not be gathered", "Look at your exports to see why."
