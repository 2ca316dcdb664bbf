"""Answers of push services, and what each of them means for the message and its subscription."""

from collections.abc import Sequence
from enum import Enum

import msgspec

from backend.integrations.http_problems import OWN_FAULTS_FROM, TOO_MANY, retry_after_s

_GONE = frozenset({404, 410})
_TOO_LONG = 413


class PushEnd(Enum):
    """How sending one message ended."""

    DELIVERED = "delivered"
    GONE = "gone"
    """The subscription does not exist any more."""
    LATER = "later"
    """The push service is away or wants less: try again."""
    TOO_LONG = "too_long"
    """It takes no message of this length; a shorter one it may take."""
    REFUSED = "refused"
    """It will never be taken; trying again would change nothing."""
    KEY_RETIRED = "key_retired"
    """The subscription was made with a key this deployment does not have."""


class Pushed(msgspec.Struct, frozen=True, gc=False):
    """How sending ended, and when to try again if so."""

    end: PushEnd
    why: str = ""
    after_s: float = 0.0


def read_answer(status: int, headers: Sequence[tuple[bytes, bytes]]) -> Pushed:
    """Read an answer. Redirects are not followed: where they lead nobody has checked."""
    if 200 <= status < 300:  # noqa: PLR2004 - success, as HTTP counts
        return Pushed(PushEnd.DELIVERED)
    why = f"the push service answered {status}"
    if status in _GONE:
        return Pushed(PushEnd.GONE, why)
    if status == _TOO_LONG:
        return Pushed(PushEnd.TOO_LONG, why)
    if status == TOO_MANY or status >= OWN_FAULTS_FROM:
        return Pushed(PushEnd.LATER, why, retry_after_s(headers))
    return Pushed(PushEnd.REFUSED, why)
