"""Joins: subscribe first, then read the past at one moment, then what happened meanwhile."""

import asyncio
from typing import TYPE_CHECKING

import structlog
from msgspec import Raw

from backend.fanout.subscription import Subscription
from backend.persistence.database import one_moment
from backend.persistence.event_log import Logged, heads_of, read_after
from protocol.address import Address
from protocol.common import NotFound, Temporary
from protocol.frames import Joined, Problem, Push, Snapshot
from protocol.limits import RESUME_BYTES_MAX, RESUME_EVENTS_MAX
from protocol.position import Position
from protocol.refusals import Refusal

if TYPE_CHECKING:
    from backend.gateway.socket import Socket

log = structlog.get_logger()

READS_AT_ONCE_MAX = 8


class Joins:
    """Reads the past for sockets that join; a few at once, so that a storm waits in line."""

    def __init__(self) -> None:
        """Begin with nobody reading."""
        self._turn = asyncio.Semaphore(READS_AT_ONCE_MAX)

    async def join(self, socket: "Socket", topic: Address, position: Position | None) -> None:
        """Bring a socket to the head of a topic and keep it there; a refusal is sent as problem."""
        gateway = socket.gateway
        try:
            async with self._turn:
                if socket.is_gone:
                    return
                if not await gateway.access.may_read(topic, socket.principal):
                    raise NotFound(what="topic")
                subscription = gateway.hub.subscribe(topic, socket)
                socket.topics[topic] = subscription
                await self._catch_up(socket, subscription, Address(topic), position)
        except Refusal as refusal:
            socket.forget_topic(topic)
            socket.send(Problem(refused=refusal.refused(), topic=topic))
        except Exception:
            log.exception("a join failed", topic=topic)
            socket.forget_topic(topic)
            unread = Temporary(why="the topic could not be read")
            socket.send(Problem(refused=unread.refused(), topic=topic))
        else:
            gateway.presence.joined(socket, topic)

    async def _catch_up(
        self, socket: "Socket", subscription: Subscription, topic: Address, position: Position | None
    ) -> None:
        async with one_moment():
            head = (await heads_of([topic]))[topic]
            missed = None
            if position is not None and position.generation == head.generation:
                missed = await _missed(topic, position, head)
            state = None
            if missed is None:
                state = await socket.gateway.access.snapshot(topic, socket.principal)
        if socket.is_gone or socket.topics.get(topic) is not subscription:
            return
        if state is not None:
            socket.send(Snapshot(topic=topic, pos=str(head), state=state))
        for logged in missed or ():
            pos = str(Position(head.generation, logged.number))
            socket.send(Push(topic=topic, pos=pos, at=logged.at, event=Raw(logged.body)))
        socket.send(Joined(topic=topic, pos=str(head)))
        subscription.go_live(head.number)


async def _missed(topic: Address, position: Position, head: Position) -> list[Logged] | None:
    """Read every event behind a position; None when that cannot be done without a hole."""
    behind = head.number - position.number
    if behind == 0:
        return []
    if behind < 0 or behind > RESUME_EVENTS_MAX:
        return None
    events = await read_after(topic, position, RESUME_EVENTS_MAX)
    is_whole = len(events) == behind and events[0].number == position.number + 1
    size = sum(len(event.body) for event in events)
    return events if is_whole and size <= RESUME_BYTES_MAX else None
