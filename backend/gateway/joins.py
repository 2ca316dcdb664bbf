"""Joins: subscribe first, then read the past at one moment, then what happened meanwhile."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import structlog
from msgspec import Raw

from actors.principal import Principal
from backend.fanout.missed import missed
from backend.fanout.ports import TopicAccess
from backend.fanout.subscription import Subscription
from backend.gathering import Gathering
from backend.persistence.database import one_moment
from backend.persistence.event_log import heads_of, read_after
from protocol.address import Address
from protocol.common import NotFound, Temporary
from protocol.frames import Joined, Problem, Push, Snapshot
from protocol.messages import Event
from protocol.position import Position
from protocol.refusals import Refusal

if TYPE_CHECKING:
    from backend.gateway.socket import Socket

log = structlog.get_logger()

READS_AT_ONCE_MAX = 8
GLANCES_AT_ONCE_MAX = 64
"""So many are answered in one go; more would hold up what others wait for."""


_Reader = tuple[Address, Principal]


class Joins:
    """Reads the past for sockets that join; a few at once, so that a storm waits in line.

    Where they all stand is looked up for hundreds together: of a thousand phones that come back
    nearly all have missed nothing, and need no more than that.
    """

    def __init__(self, access: TopicAccess, events: Mapping[str, type[Event]]) -> None:
        """Begin with nobody reading; `events` are the words of the rooms, by tag."""
        self.access = access
        self._events = events
        self._glances: Gathering[_Reader, Position | None] = Gathering(
            "joins", self._glance, GLANCES_AT_ONCE_MAX
        )
        self._turn = asyncio.Semaphore(READS_AT_ONCE_MAX)

    async def join(self, socket: "Socket", topic: Address, position: Position | None) -> None:
        """Bring a socket to the head of a topic and keep it there; a refusal is sent as problem."""
        gateway = socket.gateway
        if socket.is_gone or topic not in socket.topics:
            return
        subscription = gateway.hub.subscribe(topic, socket)
        socket.topics[topic] = subscription
        try:
            await gateway.feeds.ready(topic)
            if position is not None and await self._has_missed_nothing(socket, topic, position):
                _arrive(socket, subscription, position)
            else:
                async with self._turn:
                    await self._catch_up(socket, subscription, topic, position)
        except Refusal as refusal:
            socket.forget_topic(topic)
            socket.send(Problem(refused=refusal.refused(), topic=topic))
        except Exception:
            log.exception("a join failed", topic=topic)
            socket.forget_topic(topic)
            unread = Temporary(why="the topic could not be read")
            socket.send(Problem(refused=unread.refused(), topic=topic))

    async def _has_missed_nothing(
        self, socket: "Socket", topic: Address, position: Position
    ) -> bool:
        """Tell whether somebody is where the topic stands. Raises NotFound."""
        head = await self._glances.find((topic, socket.principal))
        if head is None:
            raise NotFound(what="topic")
        return head == position

    async def _glance(self, readers: Sequence[_Reader]) -> list[Position | None]:
        """Say where topics stand; None to those who may not know."""
        async with one_moment():
            readable = await self.access.readable(set(readers))
            heads = await heads_of(list({topic for topic, _ in readers}))
        return [
            heads[topic] if (topic, principal.user_id) in readable else None
            for topic, principal in readers
        ]

    async def _catch_up(
        self,
        socket: "Socket",
        subscription: Subscription,
        topic: Address,
        position: Position | None,
    ) -> None:
        """Give a socket what it missed, unless it left or was taken off meanwhile."""
        async with one_moment():
            if not await self.access.readable([(topic, socket.principal)]):
                raise NotFound(what="topic")
            head = (await heads_of([topic]))[topic]
            told = None
            if position is not None and position.generation == head.generation:
                told = await missed(read_after, topic, position, head, self._events)
            state = None
            if told is None:
                state = await self.access.snapshot(topic, socket.principal)
        if not _still_wants(socket, subscription):
            return
        if state is not None:
            socket.send(Snapshot(topic=topic, pos=str(head), state=state))
        for logged in told or ():
            pos = str(Position(head.generation, logged.number))
            socket.send(Push(topic=topic, pos=pos, at=logged.at, event=Raw(logged.body)))
        _arrive(socket, subscription, head)


def _still_wants(socket: "Socket", subscription: Subscription) -> bool:
    return not socket.is_gone and socket.topics.get(subscription.topic) is subscription


def _arrive(socket: "Socket", subscription: Subscription, head: Position) -> None:
    """Say who is there, and that all is told, unless the socket left or was taken off meanwhile."""
    if not _still_wants(socket, subscription):
        return
    socket.gateway.presence.joined(socket, subscription.topic)
    socket.send(Joined(topic=subscription.topic, pos=str(head)))
    if _still_wants(socket, subscription):  # It may have been too much for it.
        socket.gateway.hub.go_live(subscription, head)
