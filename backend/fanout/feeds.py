"""Feeds: what happens in the topics that are followed here comes here, wherever their actors live.

A feed's source is the node that owns its actor and has said that it tells us. Whenever something
may have been lost on the way, because words were lost or the owner is another one now, the topic is
looked at: what its followers lack is read from the log, and who may not read it any more leaves.
"""

import asyncio
from collections.abc import Collection, Iterable
from contextlib import suppress
from itertools import islice
from uuid import UUID

import structlog

from actors.placement import View
from backend.cluster.links import Links
from backend.cluster.membership import Membership
from backend.cluster.words import Expelled, Follow, Following, Heads, Pushed, Unfollow
from backend.ending import end
from backend.fanout.hub import Hub
from backend.fanout.mending import Mender
from backend.fanout.ports import Company
from backend.pausing import pause
from backend.persistence.answering import AWAY
from backend.persistence.event_log import Logged
from protocol.address import Address
from protocol.position import Position

log = structlog.get_logger()

FOLLOWED_WITHIN_S = 1.0
"""So long a join waits for the owner of its topic to say that it tells us; then the log is read
every now and then until it does."""
LOOK_EVERY_S = 1.0
ASK_AGAIN_AFTER_S = 2.0
TOPICS_AT_ONCE_MAX = 500
SOURCELESS_LOOKS_MAX = 10
"""In one second; a hundred thousand topics without an owner are gone through bit by bit."""


class _Feed:
    """How one topic comes here."""

    __slots__ = ("asked_at", "dropped", "is_doubtful", "looked_at", "shard", "source", "waiting")

    def __init__(self, shard: int) -> None:
        self.shard = shard
        self.source: UUID | None = None
        self.is_doubtful = False
        """Whether something may be missing here."""
        self.dropped = 0
        """The last number that came while it was doubtful, and was left to be read."""
        self.asked_at = float("-inf")
        self.looked_at = float("-inf")
        self.waiting: dict[asyncio.Future[None], None] = {}
        """Joins that wait for a source."""

    @property
    def is_asked(self) -> bool:
        """Whether its owner was asked since anything made that needful, so that answers count."""
        return self.asked_at > float("-inf")


class Feeds:
    """The topics that are followed here; implements `backend.fanout.ports.Watcher`."""

    def __init__(self, hub: Hub, membership: Membership, links: Links, mender: Mender) -> None:
        """Begin with none; `company` is named before anybody follows anything."""
        self.company: Company
        self._hub = hub
        self._membership = membership
        self._links = links
        self._mender = mender
        self._feeds: dict[str, _Feed] = {}
        self._by_shard: dict[int, dict[str, None]] = {}
        self._sourceless: dict[str, None] = {}
        self._doubtful: dict[str, None] = {}
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        hub.watcher = self
        links.on(Following, self._following)
        links.on(Pushed, self._pushed)
        links.on(Heads, self._heads)
        links.on(Expelled, self._expelled)

    def start(self) -> None:
        """Begin to look after feeds."""
        self._task = asyncio.create_task(self._run(), name="feeds")

    async def stop(self) -> None:
        """Look after nothing any more."""
        if self._task is not None:
            await end([self._task])

    @property
    def doubtful(self) -> int:
        """How many topics may lack something here."""
        return len(self._doubtful)

    # What the hub says.

    def begun(self, topic: str) -> None:
        """Hear that a topic is followed here now."""
        feed = self._feeds[topic] = _Feed(self._membership.shard_of(Address(topic)))
        self._by_shard.setdefault(feed.shard, {})[topic] = None
        self._find_source(topic, feed)

    def ended(self, topic: str) -> None:
        """Hear that nobody here follows a topic any more."""
        feed = self._feeds.pop(topic)
        self._by_shard[feed.shard].pop(topic, None)
        self._sourceless.pop(topic, None)
        self._doubtful.pop(topic, None)
        if feed.source is not None and feed.source != self._membership.node_id:
            self._links.send(feed.source, Unfollow([topic]))
        if self._membership.named_owner_of(Address(topic)) != self._membership.node_id:
            self.company.forget(topic)

    def behind(self, topic: str) -> None:
        """Hear that something that happened in a topic did not come here."""
        feed = self._feeds.get(topic)
        if feed is not None:
            self._doubt(topic, feed)

    def is_mending(self, topic: str, number: int) -> bool:
        """Tell whether a topic is about to be read from its log, up to this number or further."""
        feed = self._feeds.get(topic)
        if feed is None or not feed.is_doubtful:
            return False
        feed.dropped = max(feed.dropped, number)
        return True

    async def ready(self, topic: str) -> None:
        """Wait until what happens in a topic comes here, or will be read soon."""
        feed = self._feeds.get(topic)
        if feed is None or feed.source is not None:
            return
        future = asyncio.get_running_loop().create_future()
        feed.waiting[future] = None
        try:
            with suppress(TimeoutError):
                async with asyncio.timeout(FOLLOWED_WITHIN_S):
                    await future
        finally:
            feed.waiting.pop(future, None)
        if topic in self._sourceless:
            self._doubt(topic, self._feeds[topic])

    # Sources.

    def _find_source(self, topic: str, feed: _Feed) -> None:
        is_here = self._membership.owner_of_shard(feed.shard) == self._membership.node_id
        feed.source = self._membership.node_id if is_here else None
        if is_here:
            self._has_source(topic, feed)
        else:
            feed.asked_at = float("-inf")
            self._sourceless[topic] = None
            self._wake.set()

    def _has_source(self, topic: str, feed: _Feed) -> None:
        self._sourceless.pop(topic, None)
        for future in feed.waiting:
            if not future.done():
                future.set_result(None)
        if feed.is_doubtful:
            # It may have been looked at before, and lacks what has happened since.
            self._doubt(topic, feed)

    def _doubt(self, topic: str, feed: _Feed) -> None:
        feed.is_doubtful = True
        feed.looked_at = float("-inf")
        self._doubtful[topic] = None
        self._wake.set()

    def _begin_anew(self, topics: Iterable[str]) -> None:
        for topic in topics:
            feed = self._feeds[topic]
            self._find_source(topic, feed)
            self._doubt(topic, feed)

    def _ask_for_sources(self) -> None:
        now = self._membership.now_s()
        wanted: dict[UUID, list[str]] = {}
        for topic in list(self._sourceless):
            feed = self._feeds[topic]
            owner = self._membership.owner_of_shard(feed.shard)
            if owner == self._membership.node_id:
                self._find_source(topic, feed)
            elif owner is not None and now - feed.asked_at >= ASK_AGAIN_AFTER_S:
                feed.asked_at = now
                wanted.setdefault(owner, []).append(topic)
        for owner, topics in wanted.items():
            for first in range(0, len(topics), TOPICS_AT_ONCE_MAX):
                self._links.send(owner, self._follow(topics[first : first + TOPICS_AT_ONCE_MAX]))

    def _follow(self, topics: list[str]) -> Follow:
        view = self._membership.view
        shards = {self._feeds[topic].shard for topic in topics}
        return Follow(
            {topic: self.company.here(topic) for topic in topics},
            view.generation,
            {shard: view.epochs[shard] for shard in shards},
        )

    # What other nodes say.

    def _following(self, sender: UUID, word: Following) -> None:
        for topic, people in word.topics.items():
            feed = self._feeds.get(topic)
            if feed is None:
                self._links.send(sender, Unfollow([topic]))
            elif self._is_answer(feed, sender, word):
                feed.source = sender
                self._has_source(topic, feed)
                self.company.seen_elsewhere(topic, people)

    def _is_answer(self, feed: _Feed, sender: UUID, word: Following) -> bool:
        """Tell whether the owner of a topic has answered what it was asked as such."""
        is_owner = self._membership.owner_of_shard(feed.shard) == sender
        view = self._membership.view
        return (
            is_owner and feed.is_asked and view.is_epoch(feed.shard, word.generation, word.epochs)
        )

    def _pushed(self, sender: UUID, word: Pushed) -> None:
        if word.topic in self._feeds:
            events = [Logged(number, word.at, body) for number, body in word.events]
            self._hub.publish(word.topic, word.generation, word.at, events)
        else:
            self._links.send(sender, Unfollow([word.topic]))

    def _heads(self, _sender: UUID, word: Heads) -> None:
        for topic, head in word.heads.items():
            known = self._hub.heads.get(topic)
            if known is None or Position.parse(head) > known:
                self.behind(topic)

    def _expelled(self, _sender: UUID, word: Expelled) -> None:
        self._hub.expel(word.topic, word.user_id)

    # What becomes of nodes.

    def moved(self, before: View, now: View) -> None:
        """Find the new sources of topics whose owner has changed."""
        for shard in sorted(now.moved_since(before)):
            self._begin_anew(self._by_shard.get(shard, ()))
        if now.back_since(before):
            # We let go of whom they show, and they do not know that they must say it again.
            self.was_away()
        if self._sourceless:
            self._wake.set()

    def was_away(self) -> None:
        """Ask anew for all that comes from elsewhere: who told us has forgotten us."""
        self._begin_anew(
            [
                topic
                for topic, feed in self._feeds.items()
                if feed.source != self._membership.node_id
            ]
        )

    def missed(self, node_id: UUID) -> None:
        """Ask anew for all that comes from a node of which words were lost, or will.

        It may forget what we have asked for, also what it has not answered yet.
        """
        self._begin_anew(
            [
                topic
                for topic, feed in self._feeds.items()
                if (feed.source or self._membership.owner_of_shard(feed.shard)) == node_id
            ]
        )

    # Looking.

    async def _run(self) -> None:
        while True:
            await pause(LOOK_EVERY_S, until=self._wake)
            self._wake.clear()
            try:
                self._ask_for_sources()
                await self._look()
            except AWAY as problem:
                log.warning("topics could not be looked at", problem=str(problem))
                await asyncio.sleep(LOOK_EVERY_S)
            except Exception:
                log.exception("feeds could not be looked after")
                await asyncio.sleep(LOOK_EVERY_S)

    async def _look(self) -> None:
        """Look at all that comes here again; of what does not, at some."""
        while topics := self._due(has_source=True):
            await self._look_at(topics)
        for _ in range(SOURCELESS_LOOKS_MAX):
            if topics := self._due(has_source=False):
                await self._look_at(topics)

    async def _look_at(self, topics: Collection[Address]) -> None:
        for topic in topics:
            feed = self._feeds[topic]
            feed.looked_at = self._membership.now_s()
            feed.dropped = 0
        heads = await self._mender.mend(topics)
        for topic, head in heads.items():
            self._looked_at(topic, head)

    def _due(self, *, has_source: bool) -> Collection[Address]:
        """List topics to be looked at: until they lack nothing, or without a source now and then.

        With a source, a look that has failed is not put off either.
        """
        before = float("inf") if has_source else self._membership.now_s() - ASK_AGAIN_AFTER_S
        found = (
            Address(topic)
            for topic in self._doubtful
            if (self._feeds[topic].source is not None) is has_source
            and self._feeds[topic].looked_at <= before
        )
        return list(islice(found, TOPICS_AT_ONCE_MAX))

    def _looked_at(self, topic: Address, head: Position) -> None:
        feed = self._feeds.get(topic)
        if feed is None or feed.source is None or feed.looked_at == float("-inf"):
            return  # It is looked at again.
        if feed.dropped > head.number:
            self._doubt(topic, feed)
            return
        feed.is_doubtful = False
        self._doubtful.pop(topic, None)
