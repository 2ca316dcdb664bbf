"""Interests: which other nodes follow the topics whose actors live here, and what they are told.

A node asks once for a topic, however many of its sockets follow it. Where a topic stands is said
every now and then as well, for what was said may have been lost.
"""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from itertools import islice
from uuid import UUID

import structlog

from actors.placement import View
from backend import lasting
from backend.cluster.departures import Departures
from backend.cluster.links import Links
from backend.cluster.membership import Membership
from backend.cluster.words import (
    Expelled,
    Follow,
    Following,
    Heads,
    Person,
    Present,
    Pushed,
    Unfollow,
)
from backend.ending import end
from backend.fanout.ports import Company, EventLog, Happened
from backend.persistence.answering import AWAY
from protocol.address import Address
from protocol.position import Position

log = structlog.get_logger()

HEADS_EVERY_S = 2.0
LOOK_UP_MAX = 500


class Interests:
    """The nodes that follow topics of this one."""

    def __init__(self, membership: Membership, links: Links, event_log: EventLog) -> None:
        """Begin with nobody following; `company` is named before anybody does."""
        self.company: Company
        self._membership = membership
        self._links = links
        self._event_log = event_log
        self._nodes: dict[str, set[UUID]] = {}
        """Who follows a topic."""
        self._topics: dict[UUID, set[str]] = {}
        """What a node follows."""
        self._moved: dict[str, Position] = {}
        """Where topics stand that have moved since heads were last said."""
        self._doubtful: dict[str, None] = {}
        """Topics that may stand further than anybody was told."""
        self._known: tuple[UUID, ...] = ()
        self._departures = Departures()
        self._task: asyncio.Task[None] | None = None
        links.on(Follow, self._follow)
        links.on(Unfollow, self._unfollow)

    def start(self) -> None:
        """Begin to say where topics stand."""
        self._task = lasting.begin(self._say_heads_again_and_again, "heads")

    async def stop(self) -> None:
        """Say nothing more."""
        if self._task is not None:
            await end([self._task])

    def __len__(self) -> int:
        """Count the topics that other nodes follow."""
        return len(self._nodes)

    def has(self, topic: str) -> bool:
        """Tell whether any other node follows a topic."""
        return topic in self._nodes

    def is_followed_by(self, node_id: UUID, topic: str) -> bool:
        """Tell whether a node follows a topic."""
        return node_id in self._nodes.get(topic, ())

    # What they are told.

    def publish(
        self, topic: Address, generation: int, at: datetime, events: Sequence[Happened]
    ) -> None:
        """Tell every node that follows a topic what has happened there."""
        nodes = self._nodes.get(topic)
        if not nodes:
            return
        word = Pushed(topic, generation, at, [(event.number, event.body) for event in events])
        self._links.send_all(nodes, word)
        self._moved[topic] = Position(generation, events[-1].number)

    def doubt(self, topic: str) -> None:
        """Hear that a topic may stand further than was told; where it does is said with heads."""
        if topic in self._nodes:
            self._doubtful[topic] = None

    def expel(self, topic: Address, user_id: UUID) -> None:
        """Have a person taken off a topic on every node that follows it."""
        self._links.send_all(self._nodes.get(topic, ()), Expelled(topic, user_id))

    def show(self, topic: str, person: Person) -> None:
        """Tell every node that follows a topic what has changed about somebody, but who said it."""
        others = self._nodes.get(topic, set()) - {person.node_id}
        self._links.send_all(others, Present(topic, person))

    async def _say_heads_again_and_again(self) -> None:
        while True:
            await asyncio.sleep(HEADS_EVERY_S)
            await self._look_up_heads()
            self.say_heads()

    async def _look_up_heads(self) -> None:
        """Read where doubtful topics stand; while nobody can tell they stay doubtful."""
        topics = list(islice(self._doubtful, LOOK_UP_MAX))
        if not topics:
            return
        for topic in topics:  # Who doubts one while it is read means what comes after that.
            del self._doubtful[topic]
        try:
            async with self._event_log.one_moment():
                heads = await self._event_log.heads_of(topics)
        except AWAY as problem:
            log.warning("topics could not be looked at", problem=str(problem))
            for topic in topics:
                self.doubt(topic)
            return
        for topic, head in heads.items():
            if topic in self._nodes:
                self._moved[topic] = max(self._moved.get(topic, head), head)

    def say_heads(self) -> None:
        """Tell every other node where its topics stand that have moved, be there any or none.

        So that who has lost our last words notices that they are missing.
        """
        heads: dict[UUID, dict[str, str]] = {node_id: {} for node_id in self._known}
        moved, self._moved = self._moved, {}
        for topic, head in moved.items():
            for node_id in self._nodes.get(topic, ()):
                heads.setdefault(node_id, {})[topic] = str(head)
        for node_id, found in heads.items():
            self._links.send(node_id, Heads(found))

    # What they ask for.

    def _follow(self, sender: UUID, word: Follow) -> None:
        topics: dict[str, list[Person]] = {}
        for topic, people in word.topics.items():
            if self._is_meant(Address(topic), word):
                self._nodes.setdefault(topic, set()).add(sender)
                self._topics.setdefault(sender, set()).add(topic)
                self.company.seen_by(sender, topic, people)
                topics[topic] = self.company.everybody_but(sender, topic)
        self._links.send(sender, Following(topics, word.generation, word.epochs))

    def _is_meant(self, topic: Address, word: Follow) -> bool:
        """Tell whether a topic lives here, and whoever asks knows the same epoch of its shard.

        What was said in an earlier one is asked for again, and we doubt it when we learn of ours.
        """
        shard = self._membership.shard_of(topic)
        return self._lives_here(topic) and self._membership.view.is_epoch(
            shard, word.generation, word.epochs
        )

    def _lives_here(self, topic: str) -> bool:
        return self._membership.named_owner_of(Address(topic)) == self._links.node_id

    def _unfollow(self, sender: UUID, word: Unfollow) -> None:
        for topic in word.topics:
            self._forget(sender, topic)
            if self._lives_here(topic):
                self.company.unfollowed(sender, topic)

    def _forget(self, node_id: UUID, topic: str) -> None:
        nodes = self._nodes.get(topic)
        if nodes is not None:
            nodes.discard(node_id)
            if not nodes:
                del self._nodes[topic]
                self._moved.pop(topic, None)
                self._doubtful.pop(topic, None)
        topics = self._topics.get(node_id)
        if topics is not None:
            topics.discard(topic)
            if not topics:
                del self._topics[node_id]

    # What becomes of nodes.

    def moved(self, before: View, now: View) -> None:
        """Forget nodes that are gone, and topics that live elsewhere now."""
        ourselves = self._links.node_id
        self._known = tuple(
            node.id for node in now.nodes.values() if node.is_fresh and node.id != ourselves
        )
        for node_id in self._departures.among(self._topics, before, now):
            # Should it have been back already, it names whoever is still there when it asks.
            self.missed(node_id)
        if before.epochs != now.epochs:
            gone = [topic for topic in self._nodes if not self._lives_here(topic)]
            for topic in gone:
                for node_id in tuple(self._nodes[topic]):
                    self._forget(node_id, topic)

    def missed(self, node_id: UUID) -> None:
        """Forget what a node follows of which words were lost, and doubt whom it shows there.

        It asks anew for all it follows still; what it follows no longer was perhaps among the lost.
        """
        for topic in tuple(self._topics.get(node_id, ())):
            self._forget(node_id, topic)
            self.company.unfollowed(node_id, topic)

    def was_away(self) -> None:
        """Whoever follows something asks its new owner, or asks again."""
