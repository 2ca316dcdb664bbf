"""The limit of requests: the second door is no wider than the first.

A person's requests are counted as the calls of a socket are, in each process by itself.
"""

from collections import OrderedDict
from uuid import UUID

from actors.ports import Clock
from backend.gateway.bucket import Bucket
from backend.gateway.ports import GatewaySettings
from protocol.common import RateLimited

PEOPLE_MAX = 50_000
"""Of more people, those are forgotten who have asked nothing for the longest time."""


class RequestLimit:
    """How much everybody has asked over HTTP of late."""

    def __init__(self, settings: GatewaySettings, clock: Clock) -> None:
        """Begin with nobody having asked."""
        self._settings = settings
        self._clock = clock
        self._buckets: OrderedDict[UUID, Bucket] = OrderedDict()

    def take(self, user_id: UUID) -> None:
        """Count a request of a person. Raises RateLimited."""
        now = self._clock.monotonic()
        bucket = self._buckets.get(user_id)
        if bucket is None:
            settings = self._settings
            bucket = Bucket(settings.calls_per_s_max, settings.calls_burst_max, now)
            self._buckets[user_id] = bucket
            if len(self._buckets) > PEOPLE_MAX:
                self._buckets.popitem(last=False)
        self._buckets.move_to_end(user_id)
        if not bucket.take(now):
            raise RateLimited(retry_after_ms=bucket.wait_ms())
