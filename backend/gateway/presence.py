"""Presence: who is there in a topic, and what they are doing.

Lives only in memory; empty after a restart. Somebody whose last socket went away is shown as gone
only after a while, so that a phone that changes networks does not flicker.

Each node tells what its own sockets show; the node where the topic lives hands it on to all that
follow it. Whom only a node showed that is gone is gone with it: what it said holds as long as the
lease it had then, and is said anew when it has another. When a topic comes to live at another node,
everybody who follows it tells that one: who is not named again in a while has gone meanwhile.
"""

from collections.abc import Callable, Collection, Sequence
from functools import partial
from typing import TYPE_CHECKING
from uuid import UUID

from actors.placement import View, shard_of
from actors.ports import Clock
from backend.cluster.departures import Departures
from backend.cluster.words import OFFLINE, Person
from backend.fanout.hub import Hub
from backend.gateway.present import Present
from protocol.address import Address, kind_of

if TYPE_CHECKING:
    from backend.gateway.socket import Socket

GONE_AFTER_S = 5.0
NAMED_AGAIN_WITHIN_S = 6.0
"""A little longer than their own node takes to say that they are gone, which is more exact."""
LET_GO_AT_ONCE_MAX = 1_000
LET_GO_EVERY_S = 0.02
SHOWN_IN = frozenset({"relationship"})

_Lease = tuple[UUID, int]
"""A node, and which of its leases."""
_Shown = tuple[str, UUID, UUID]
"""In a topic somebody, as a node shows them."""
_MayGo = Callable[[Present, UUID], bool]
"""Whether what a node says of somebody is still to be given up."""
Tell = Callable[[str, Person], None]
"""Who brings what has changed about somebody to the other nodes that follow the topic."""


class PresenceBook:
    """Presence in the topics of this process; implements `backend.fanout.ports.Company`."""

    def __init__(
        self,
        hub: Hub,
        clock: Clock,
        node_id: UUID,
        tell: Tell,
        *,
        shown_in: Collection[str] = SHOWN_IN,
    ) -> None:
        """Begin with nobody there; `shown_in` are the kinds of topics in which people are shown."""
        self._shown_in = shown_in
        self._hub = hub
        self._clock = clock
        self._node_id = node_id
        self._tell = tell
        self._topics: dict[str, dict[UUID, Present]] = {}
        self._term = 0
        """Which of this node's leases it has."""
        self._shown_by: dict[_Lease, set[tuple[str, UUID]]] = {}
        """Whom another node has shown while it had a lease, and where."""
        self._departures = Departures()

    # What sockets here show.

    def joined(self, socket: "Socket", topic: str) -> None:
        """Show somebody who came to those who are there, and them to those."""
        if kind_of(topic) not in self._shown_in or topic not in socket.topics:
            return
        present = self._present(topic, socket.user_id)
        if present.leaving is not None:
            present.leaving.cancel()
            present.leaving = None
        # What a socket showed that was lost, and is not let go of yet, is no longer so.
        for lost in [one for one in present.sockets if one.is_gone]:
            del present.sockets[lost]
        present.sockets[socket] = (None, False)
        self._show(topic, socket.user_id, present)
        there = self._topics[topic].items()
        # Listed first: it may be too much for the socket, which then leaves.
        for frame in [other.frame(topic, id_) for id_, other in there if id_ != socket.user_id]:
            socket.send(frame)

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

    def seen_elsewhere(self, topic: str, people: Collection[Person]) -> None:
        """Take what the owner of a topic has heard of people; who is not among them is not there.

        Except while the owner is a new one, who has not heard from everybody yet.
        """
        named = {(person.node_id, person.user_id) for person in people}
        for person, present in self._elsewhere(topic):
            if (person.node_id, person.user_id) not in named and (
                person.node_id not in present.doubted
            ):
                self._note(topic, self._gone_from(person))
        for person in people:
            self.shown(topic, person)

    def seen_by(self, node_id: UUID, topic: str, people: Collection[Person]) -> None:
        """Take what one node sees of people of a topic, and tell the others that follow it.

        Whom it does not name it does not see.
        """
        said = {person.user_id: person for person in people if person.node_id == node_id}
        for person, _ in self._elsewhere(topic):
            if person.node_id == node_id:
                said.setdefault(person.user_id, self._gone_from(person))
        for person in said.values():
            if self._note(topic, person):
                self._tell(topic, person)

    def unfollowed(self, node_id: UUID, topic: str) -> None:
        """Hear that a node follows a topic no longer: soon nobody is there by its sockets."""
        self._doubt(
            [
                (topic, person.user_id, node_id)
                for person, _ in self._elsewhere(topic)
                if person.node_id == node_id
            ]
        )

    def forget(self, topic: str) -> None:
        """Forget who is there elsewhere: nobody tells us of this topic any more."""
        for person, _ in self._elsewhere(topic):
            self._note(topic, self._gone_from(person))

    def shown(self, topic: str, person: Person) -> None:
        """Take what has changed about somebody on another node."""
        if person.node_id != self._node_id:
            self._note(topic, person)

    def _elsewhere(self, topic: str) -> list[tuple[Person, Present]]:
        """List whom other nodes show in a topic."""
        people = self._topics.get(topic, {}).values()
        return [(person, present) for present in people for person in present.elsewhere.values()]

    def _note(self, topic: str, person: Person) -> bool:
        """Take what a node says of somebody; False when that changes nothing, not even the lease.

        What it said in an earlier lease comes late, unless it is doubted what has been said since.
        """
        present = self._topics.get(topic, {}).get(person.user_id)
        before = None if present is None else present.elsewhere.get(person.node_id)
        is_late = before is not None and person.term < before.term
        if present is not None and is_late and person.node_id not in present.doubted:
            return False
        if person.status == OFFLINE:
            if present is None or before is None:
                return False
            del present.elsewhere[person.node_id]
        else:
            present = self._present(topic, person.user_id)
            present.elsewhere[person.node_id] = person
        self._shows(topic, before, person)
        present.doubted.pop(person.node_id, None)
        seen = [at for at in (present.last_seen_at, person.last_seen_at) if at is not None]
        present.last_seen_at = max(seen, default=None)
        self._show(topic, person.user_id, present)
        return person != before

    def _shows(self, topic: str, before: Person | None, person: Person) -> None:
        """Keep in mind in which of its leases a node shows somebody."""
        if before is not None:
            shown = self._shown_by[person.node_id, before.term]
            shown.discard((topic, person.user_id))
            if not shown:
                del self._shown_by[person.node_id, before.term]
        if person.status != OFFLINE:
            lease = (person.node_id, person.term)
            self._shown_by.setdefault(lease, set()).add((topic, person.user_id))

    # Whether it is still so.

    def moved(self, before: View, now: View) -> None:
        """Let those go whom only nodes showed that are gone; doubt what another has told us."""
        self._judge_leases(before, now)
        shards = now.moved_since(before)
        if shards:
            self._doubt_topics_of(shards, now)
        term = now.term_of(self._node_id)
        if term is not None and term != self._term:
            self._term = term
            self._say_again(now)

    def _judge_leases(self, before: View, now: View) -> None:
        """Let those go who were shown in a lease that has ended; doubt them if there is another.

        A view that is older than a lease says nothing of it: who has another one says all again, to
        some before they see that it has it.
        """
        gone = self._departures.among({node_id for node_id, _ in self._shown_by}, before, now)
        for (node_id, term), shown in list(self._shown_by.items()):
            seen = now.term_of(node_id)
            if node_id in gone and (seen is None or seen >= term):
                self._let_go([(*one, node_id) for one in shown], partial(_is_shown_in, term))
            elif seen is not None and term and seen > term:
                self._doubt([(*one, node_id) for one in shown])

    def _say_again(self, view: View) -> None:
        """Say who is there to those who follow our topics; other owners hear it when we follow."""
        for topic, people in self._topics.items():
            if view.owners[shard_of(Address(topic), len(view.owners))] != self._node_id:
                continue
            for user_id, present in people.items():
                if present.told[0] != OFFLINE:
                    self._tell(topic, self._person(user_id, present))

    def _doubt_topics_of(self, shards: Collection[int], now: View) -> None:
        """Have everybody named again to whoever owns these shards now.

        Where that is not us, and nobody follows the topic here, we are told nothing any more.
        """
        doubted: list[_Shown] = []
        untold: set[str] = set()
        for (node_id, _), shown in self._shown_by.items():
            for topic, user_id in shown:
                shard = shard_of(Address(topic), len(now.owners))
                if shard not in shards:
                    continue
                if topic in self._hub.topics or now.owners[shard] == self._node_id:
                    doubted.append((topic, user_id, node_id))
                else:
                    untold.add(topic)
        for topic in untold:
            self.forget(topic)
        self._doubt(doubted)

    def _doubt(self, shown: Collection[_Shown]) -> None:
        """Believe no longer what other nodes show unless it is said again in a while."""
        doubt = object()
        doubted: list[_Shown] = []
        for topic, user_id, node_id in shown:
            if self._topics[topic][user_id].doubted.setdefault(node_id, doubt) is doubt:
                doubted.append((topic, user_id, node_id))
        if doubted:
            self._clock.call_later(NAMED_AGAIN_WITHIN_S, lambda: self._give_up(doubted, doubt))

    def _give_up(self, shown: Sequence[_Shown], doubt: object) -> None:
        self._let_go(shown, lambda present, node_id: present.doubted.get(node_id) is doubt)

    def _let_go(self, shown: Sequence[_Shown], may_go: _MayGo) -> None:
        """Show people no longer, nor have others do so who have heard of them from us.

        A thousand at a time, and those who `may_go` by then: one node may have shown many more.
        """
        for topic, user_id, node_id in shown[:LET_GO_AT_ONCE_MAX]:
            present = self._topics.get(topic, {}).get(user_id)
            if present is not None and node_id in present.elsewhere and may_go(present, node_id):
                gone = self._gone_from(present.elsewhere[node_id])
                self._note(topic, gone)
                self._tell(topic, gone)
        rest = shown[LET_GO_AT_ONCE_MAX:]
        if rest:
            self._clock.call_later(LET_GO_EVERY_S, lambda: self._let_go(rest, may_go))

    def _gone_from(self, person: Person) -> Person:
        """Say of somebody that the node that showed them does so no longer."""
        now = self._clock.now()
        return Person(person.node_id, person.user_id, OFFLINE, last_seen_at=now, term=person.term)

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
            frame = present.frame(topic, user_id)
            for follower in self._hub.followers(topic):
                if follower.user_id != user_id:
                    follower.send(frame)
        here = present.here()
        if here != present.told:
            present.told = here
            self._tell(topic, self._person(user_id, present))
        if status[0] == OFFLINE and present.leaving is None:
            # Who was shown it may have left, and the topic with them.
            people = self._topics.get(topic, {})
            people.pop(user_id, None)
            if not people:
                self._topics.pop(topic, None)

    def _person(self, user_id: UUID, present: Present) -> Person:
        status, doing = present.told
        return Person(self._node_id, user_id, status, doing, present.last_seen_at, term=self._term)


def _is_shown_in(term: int, present: Present, node_id: UUID) -> bool:
    """Tell whether a node shows somebody in this one of its leases."""
    return present.elsewhere[node_id].term == term
