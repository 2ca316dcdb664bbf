"""Delivery: what a push service is asked to do with a message until a phone has it (RFC 8030)."""

from collections.abc import Iterator
from enum import Enum

import msgspec

LIFE_S = 24 * 60 * 60
LIFE_MAX_S = 28 * LIFE_S
"""Push services keep nothing for longer."""


class Urgency(Enum):
    """What the push service may wait for before it wakes a phone."""

    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"


class Delivery(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """How urgent a message is, how long it is worth having, and which earlier one it replaces."""

    urgency: Urgency = Urgency.NORMAL
    life_s: float = LIFE_S
    topic: str = ""
    """Of those with the same one only the last waits for a phone; 32 characters of base64url."""

    def headers(self) -> Iterator[tuple[str, str]]:
        """Say it as push services read it."""
        yield "ttl", str(int(min(max(self.life_s, 0.0), LIFE_MAX_S)))
        yield "urgency", self.urgency.value
        if self.topic:
            yield "topic", self.topic
