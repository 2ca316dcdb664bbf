"""Joins: subscribe first, then read the past at one moment, then what happened meanwhile."""

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING

import structlog
from msgspec import Raw

from backend.fanout.missed import missed
from backend.fanout.subscription import Subscription
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


class Joins:
    """Reads the past for sockets that join; a few at once, so that a storm waits in line."""

    def __init__(self, events: Mapping[str, type[Event]]) -> None:
        """Begin with nobody reading; `events` are the words of the rooms, by tag."""
        self._events = events
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
            async with self._turn:
                has_arrived = await self._catch_up(socket, subscription, topic, position)
        except Refusal as refusal:
            socket.forget_topic(topic)
            socket.send(Problem(refused=refusal.refused(), topic=topic))
        except Exception:
            log.exception("a join failed", topic=topic)
            socket.forget_topic(topic)
            unread = Temporary(why="the topic could not be read")
            socket.send(Problem(refused=unread.refused(), topic=topic))
        else:
            if has_arrived:
                gateway.presence.joined(socket, topic)

    async def _catch_up(
        self,
        socket: "Socket",
        subscription: Subscription,
        topic: Address,
        position: Position | None,
    ) -> bool:
        """Give a socket what it missed; False when it left or was taken off meanwhile."""
        async with one_moment():
            if not await socket.gateway.access.readable([(topic, socket.principal)]):
                raise NotFound(what="topic")
            head = (await heads_of([topic]))[topic]
            told = None
            if position is not None and position.generation == head.generation:
                told = await missed(read_after, topic, position, head, self._events)
            state = None
            if told is None:
                state = await socket.gateway.access.snapshot(topic, socket.principal)
        if socket.is_gone or socket.topics.get(topic) is not subscription:
            return False
        if state is not None:
            socket.send(Snapshot(topic=topic, pos=str(head), state=state))
        for logged in told or ():
            pos = str(Position(head.generation, logged.number))
            socket.send(Push(topic=topic, pos=pos, at=logged.at, event=Raw(logged.body)))
        socket.send(Joined(topic=topic, pos=str(head)))
        socket.gateway.hub.go_live(subscription, head)
        return True
