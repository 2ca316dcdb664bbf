"""Absences: who was cut off, and does not come back.

A phone that falls asleep or leaves the network says nothing: here it counts as being there until a
ping was not answered. What was sent to it meanwhile, nobody has seen.

Lives only in memory: whom the end of this process itself cuts off is not missed by anybody.
"""

from datetime import datetime
from uuid import UUID

from actors.ports import Clock, Handle
from backend.fanout.hub import Hub
from backend.gateway.ports import Missing

COMES_BACK_WITHIN_S = 10.0
"""A phone that only changes its network is there again by then."""


class Absences:
    """The people whose last socket was cut off a moment ago."""

    def __init__(self, hub: Hub, clock: Clock, missing: Missing) -> None:
        """Begin with nobody; who stays away is named to `missing`."""
        self._hub = hub
        self._clock = clock
        self._missing = missing
        self._waiting: dict[UUID, tuple[datetime, Handle]] = {}
        """When each gave the last sign of life, and what ends the wait for them."""

    def cut_off(self, user_id: UUID, last_sign_at: datetime) -> None:
        """Wait for somebody to come back, unless another socket of theirs is open."""
        if self._hub.is_online(user_id):
            return
        handle = self._clock.call_later(COMES_BACK_WITHIN_S, lambda: self._give_up(user_id))
        self._waiting[user_id] = (last_sign_at, handle)

    def came(self, user_id: UUID) -> None:
        """Note that somebody is there: over the new socket they are told what they missed."""
        waited = self._waiting.pop(user_id, None)
        if waited is not None:
            _, handle = waited
            handle.cancel()

    def give_up_all(self) -> None:
        """Wait for nobody any longer: the node is about to stop."""
        for user_id in list(self._waiting):
            self._give_up(user_id)

    def _give_up(self, user_id: UUID) -> None:
        last_sign_at, handle = self._waiting.pop(user_id)
        handle.cancel()
        self._missing(user_id, last_sign_at)
