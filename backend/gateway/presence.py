"""Presence: who is there in a topic, and what they are doing.

Lives only in memory; empty after a restart. Somebody whose last socket went away is shown as gone
only after a while, so that a phone that changes networks does not flicker.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from actors.ports import Clock, Handle
from backend.fanout.hub import Hub
from protocol.address import kind_of
from protocol.frames import Presence

if TYPE_CHECKING:
    from backend.gateway.socket import Socket

GONE_AFTER_S = 5.0
SHOWN_IN = frozenset({"relationship"})


@dataclass(slots=True)
class Present:
    """One person in one topic."""

    sockets: dict["Socket", tuple[str | None, bool]] = field(default_factory=dict)
    """What each of their sockets says: doing, and whether away."""
    leaving: Handle | None = None
    shown: tuple[str, str | None] = ("offline", None)
    last_seen_at: datetime | None = None

    def status(self) -> tuple[str, str | None]:
        """Put what several devices say into one: who is there somewhere is there."""
        if not self.sockets:
            return "offline", None
        doing = next((said for said, _ in self.sockets.values() if said), None)
        is_away = all(away for _, away in self.sockets.values())
        return "away" if is_away else "online", doing


class PresenceBook:
    """Presence in the topics of this process."""

    def __init__(self, hub: Hub, clock: Clock) -> None:
        """Begin with nobody there."""
        self._hub = hub
        self._clock = clock
        self._topics: dict[str, dict[UUID, Present]] = {}

    def joined(self, socket: "Socket", topic: str) -> None:
        """Show somebody who came to those who are there, and them to those."""
        if kind_of(topic) not in SHOWN_IN or topic not in socket.topics:
            return
        people = self._topics.setdefault(topic, {})
        present = people.setdefault(socket.user_id, Present())
        if present.leaving is not None:
            present.leaving.cancel()
            present.leaving = None
        present.sockets[socket] = (None, False)
        self._show(topic, socket.user_id, present)
        for user_id, other in people.items():
            if user_id != socket.user_id:
                socket.send(self._frame(topic, user_id, other))

    def says(self, socket: "Socket", topic: str, doing: str | None, *, away: bool) -> None:
        """Note what somebody says of themselves."""
        present = self._topics.get(topic, {}).get(socket.user_id)
        if present is not None and socket in present.sockets:
            present.sockets[socket] = (doing, away)
            self._show(topic, socket.user_id, present)

    def left(self, socket: "Socket", topic: str) -> None:
        """Note that a socket no longer follows a topic; after a while the person is gone."""
        present = self._topics.get(topic, {}).get(socket.user_id)
        if present is None or present.sockets.pop(socket, None) is None:
            return
        present.last_seen_at = self._clock.now()
        user_id = socket.user_id
        if present.sockets:
            self._show(topic, user_id, present)
        elif present.leaving is None:
            present.leaving = self._clock.call_later(
                GONE_AFTER_S, lambda: self._gone(topic, user_id)
            )

    def _gone(self, topic: str, user_id: UUID) -> None:
        people = self._topics.get(topic, {})
        present = people.get(user_id)
        if present is None or present.sockets:
            return
        self._show(topic, user_id, present)
        del people[user_id]
        if not people:
            del self._topics[topic]

    def _show(self, topic: str, user_id: UUID, present: Present) -> None:
        status = present.status()
        if status == present.shown:
            return
        present.shown = status
        frame = self._frame(topic, user_id, present)
        for follower in self._hub.followers(topic):
            if follower.user_id != user_id:
                follower.send(frame)

    def _frame(self, topic: str, user_id: UUID, present: Present) -> Presence:
        status, doing = present.shown
        return Presence(
            topic=topic,
            user_id=user_id,
            status=status,
            doing=doing,
            last_seen_at=present.last_seen_at,
        )
