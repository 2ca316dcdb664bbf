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
        self._lost: dict[UUID, datetime] = {}
        """When each who was lost, and has not come back, gave the last sign of life."""
        self._waiting: dict[UUID, Handle] = {}
        """What ends the wait for them; it begins when what they had open has been let go of."""

    def lost(self, user_id: UUID, last_sign_at: datetime) -> None:
        """Note that somebody was cut off, unless another socket of theirs is open."""
        if not self._hub.is_online(user_id):
            self._lost[user_id] = last_sign_at

    def let_go(self, user_id: UUID) -> None:
        """Begin to wait for somebody, unless they are back, or were not cut off."""
        if user_id in self._lost and user_id not in self._waiting:
            self._waiting[user_id] = self._clock.call_later(
                COMES_BACK_WITHIN_S, lambda: self._give_up(user_id)
            )

    def came(self, user_id: UUID) -> None:
        """Note that somebody is there: over the new socket they are told what they missed."""
        self._lost.pop(user_id, None)
        self._wait_no_longer(user_id)

    def give_up_all(self) -> None:
        """Wait for nobody any longer: the node is about to stop."""
        for user_id in list(self._lost):
            self._give_up(user_id)

    def _give_up(self, user_id: UUID) -> None:
        self._wait_no_longer(user_id)
        self._missing(user_id, self._lost.pop(user_id))

    def _wait_no_longer(self, user_id: UUID) -> None:
        handle = self._waiting.pop(user_id, None)
        if handle is not None:
            handle.cancel()
