"""Presence: who is there in a topic, and what they are doing.

Lives only in memory; empty after a restart. Somebody whose last socket went away is shown as gone
only after a while, so that a phone that changes networks does not flicker.

Each node tells what its own sockets show; the node where the topic lives hands it on to all that
follow it. Whom only a node showed that is gone is gone with it.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from actors.placement import View
from actors.ports import Clock, Handle
from backend.cluster.words import Person
from backend.fanout.hub import Hub
from protocol.address import kind_of
from protocol.frames import Presence

if TYPE_CHECKING:
    from backend.gateway.socket import Socket

GONE_AFTER_S = 5.0
SHOWN_IN = frozenset({"relationship"})

OFFLINE = "offline"
AWAY = "away"
ONLINE = "online"


@dataclass(slots=True)
class Present:
    """One person in one topic."""

    sockets: dict["Socket", tuple[str | None, bool]] = field(default_factory=dict)
    """What each of their sockets here says: doing, and whether away."""
    elsewhere: dict[UUID, Person] = field(default_factory=dict)
    """What other nodes say."""
    leaving: Handle | None = None
    shown: tuple[str, str | None] = (OFFLINE, None)
    """What those who follow the topic here were shown last."""
    told: tuple[str, str | None] = (OFFLINE, None)
    """What other nodes were told last."""
    last_seen_at: datetime | None = None

    def here(self) -> tuple[str, str | None]:
        """Put what several devices here say into one: who is there somewhere is there."""
        if self.leaving is not None:
            return self.told
        return _together((AWAY if away else ONLINE, doing) for doing, away in self.sockets.values())

    def status(self) -> tuple[str, str | None]:
        """Put what all nodes say into one."""
        said = [(person.status, person.doing) for person in self.elsewhere.values()]
        return _together([self.here(), *said])


def _together(said: Iterable[tuple[str, str | None]]) -> tuple[str, str | None]:
    there = [(status, doing) for status, doing in said if status != OFFLINE]
    if not there:
        return OFFLINE, None
    doing = next((doing for _, doing in there if doing), None)
    return ONLINE if any(status == ONLINE for status, _ in there) else AWAY, doing


Tell = Callable[[str, Person], None]
"""Who brings what has changed about somebody here to the other nodes that follow the topic."""


class PresenceBook:
    """Presence in the topics of this process; implements `backend.fanout.ports.Company`."""

    def __init__(self, hub: Hub, clock: Clock, node_id: UUID, tell: Tell) -> None:
        """Begin with nobody there."""
        self._hub = hub
        self._clock = clock
        self._node_id = node_id
        self._tell = tell
        self._topics: dict[str, dict[UUID, Present]] = {}
        self._shown_by: dict[UUID, set[tuple[str, UUID]]] = {}
        """Whom another node shows, and where."""

    # What sockets here show.

    def joined(self, socket: "Socket", topic: str) -> None:
        """Show somebody who came to those who are there, and them to those."""
        if kind_of(topic) not in SHOWN_IN or topic not in socket.topics:
            return
        present = self._present(topic, socket.user_id)
        if present.leaving is not None:
            present.leaving.cancel()
            present.leaving = None
        present.sockets[socket] = (None, False)
        self._show(topic, socket.user_id, present)
        for user_id, other in self._topics[topic].items():
            if user_id != socket.user_id:
                socket.send(_frame(topic, user_id, other))

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
        present = self._topics.get(topic, {}).get(user_id)
        if present is not None and not present.sockets:
            present.leaving = None
            self._show(topic, user_id, present)

    # What other nodes show.

    def here(self, topic: str) -> list[Person]:
        """List the people of a topic, as this node's sockets show them."""
        people = self._topics.get(topic, {})
        return [
            self._person(user_id, present)
            for user_id, present in people.items()
            if present.told[0] != OFFLINE
        ]

    def everybody_but(self, node_id: UUID, topic: str) -> list[Person]:
        """List the people of a topic, except as one node sees them."""
        found = self.here(topic)
        for present in self._topics.get(topic, {}).values():
            found += [person for node, person in present.elsewhere.items() if node != node_id]
        return found

    def seen_elsewhere(self, topic: str, people: Iterable[Person]) -> None:
        """Take what others see of people of a topic; who is not among them is not there."""
        self._replace(topic, people, lambda _node: True)

    def seen_by(self, node_id: UUID, topic: str, people: Iterable[Person]) -> None:
        """Take what one node sees of people of a topic; whom it does not name it does not see."""
        self._replace(topic, people, lambda node: node == node_id)

    def shown(self, topic: str, person: Person) -> None:
        """Take what has changed about somebody on another node."""
        if person.node_id != self._node_id:
            self._note(topic, person)

    def _replace(self, topic: str, people: Iterable[Person], of: Callable[[UUID], bool]) -> None:
        named = {(person.node_id, person.user_id): person for person in people}
        for user_id, present in list(self._topics.get(topic, {}).items()):
            for node_id in list(present.elsewhere):
                if of(node_id) and (node_id, user_id) not in named:
                    self._note(topic, Person(node_id, user_id, OFFLINE))
        for person in named.values():
            self.shown(topic, person)

    def _note(self, topic: str, person: Person) -> None:
        if person.status == OFFLINE:
            present = self._topics.get(topic, {}).get(person.user_id)
            if present is None or present.elsewhere.pop(person.node_id, None) is None:
                return
            self._shown_by[person.node_id].discard((topic, person.user_id))
        else:
            present = self._present(topic, person.user_id)
            present.elsewhere[person.node_id] = person
            self._shown_by.setdefault(person.node_id, set()).add((topic, person.user_id))
        seen = [at for at in (present.last_seen_at, person.last_seen_at) if at is not None]
        present.last_seen_at = max(seen, default=None)
        self._show(topic, person.user_id, present)

    def moved(self, before: View, now: View) -> None:
        """Let those go whom only nodes showed that are gone."""
        for node_id in list(self._shown_by):
            is_known = node_id in now.nodes or node_id in before.nodes
            if is_known and not now.is_fresh(node_id):
                seen_at = self._clock.now()
                for topic, user_id in list(self._shown_by[node_id]):
                    self._note(topic, Person(node_id, user_id, OFFLINE, last_seen_at=seen_at))
                del self._shown_by[node_id]

    def was_away(self) -> None:
        """Who is there elsewhere is said anew by those who are asked for their topics."""

    # Showing.

    def _present(self, topic: str, user_id: UUID) -> Present:
        return self._topics.setdefault(topic, {}).setdefault(user_id, Present())

    def _show(self, topic: str, user_id: UUID, present: Present) -> None:
        """Show what has changed, here and elsewhere, and forget who is nowhere any more."""
        status = present.status()
        if status != present.shown:
            present.shown = status
            frame = _frame(topic, user_id, present)
            for follower in self._hub.followers(topic):
                if follower.user_id != user_id:
                    follower.send(frame)
        here = present.here()
        if here != present.told:
            present.told = here
            self._tell(topic, self._person(user_id, present))
        if status[0] == OFFLINE and present.leaving is None:
            people = self._topics[topic]
            people.pop(user_id, None)
            if not people:
                del self._topics[topic]

    def _person(self, user_id: UUID, present: Present) -> Person:
        status, doing = present.told
        return Person(self._node_id, user_id, status, doing, present.last_seen_at)


def _frame(topic: str, user_id: UUID, present: Present) -> Presence:
    status, doing = present.shown
    return Presence(
        topic=topic,
        user_id=user_id,
        status=status,
        doing=doing,
        last_seen_at=present.last_seen_at,
    )
