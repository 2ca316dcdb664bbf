"""Joins: subscribe first, then read the past at one moment, then what happened meanwhile.

Of a thousand phones that come back most have missed nothing, and the others little: where they all
stand is looked up for many together, and what each has missed is read with it.
"""

import asyncio
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import msgspec
import structlog
from msgspec import Raw

from actors.principal import Principal
from backend.fanout.missed import missed, told_of
from backend.fanout.ports import TopicAccess
from backend.fanout.subscription import Subscription
from backend.gathering import Gathering
from backend.persistence.database import one_moment
from backend.persistence.event_log import Logged, heads_of, read_after, read_after_each
from protocol.address import Address
from protocol.common import NotFound, Overloaded, Temporary
from protocol.frames import Joined, Problem, Push, Snapshot
from protocol.messages import Event
from protocol.position import Position
from protocol.refusals import Refusal

if TYPE_CHECKING:
    from backend.gateway.socket import Socket

log = structlog.get_logger()

READS_AT_ONCE_MAX = 8
READS_WAITING_MAX = 20_000
GLANCES_AT_ONCE_MAX = 64
"""So many are answered in one go; more would hold up what others wait for."""
FEW_MAX = 32
"""Of a topic of which somebody has missed more, the past is read by itself."""


_Reader = tuple[Address, Principal, Position]
"""Who has read how far of what."""


class _Glance(msgspec.Struct, frozen=True):
    """Where a topic stands."""

    head: Position
    told: Sequence[Logged] | None
    """What happened there since; None where that is more than a little, or is to be read anew."""


class Joins:
    """Reads the past for sockets that join; a few at once, so that a storm waits in line."""

    def __init__(self, access: TopicAccess, events: Mapping[str, type[Event]]) -> None:
        """Begin with nobody reading; `events` are the words of the rooms, by tag."""
        self.access = access
        self._events = events
        self._glances: Gathering[_Reader, _Glance | None] = Gathering(
            "joins", self._glance, GLANCES_AT_ONCE_MAX
        )
        self._turn = asyncio.Semaphore(READS_AT_ONCE_MAX)
        self._waiting = 0

    async def join(self, socket: "Socket", topic: Address, position: Position | None) -> None:
        """Bring a socket to the head of a topic and keep it there; a refusal is sent as problem."""
        gateway = socket.gateway
        if socket.is_gone or topic not in socket.topics:
            return
        subscription = gateway.hub.subscribe(topic, socket)
        socket.topics[topic] = subscription
        try:
            await gateway.feeds.ready(topic)
            if not await self._is_brought_near(socket, subscription, topic, position):
                await self._catch_up_in_turn(socket, subscription, topic, position)
        except Refusal as refusal:
            _refuse(socket, subscription, refusal)
        except Exception:
            log.exception("a join failed", topic=topic)
            _refuse(socket, subscription, Temporary(why="the topic could not be read"))

    async def _is_brought_near(
        self,
        socket: "Socket",
        subscription: Subscription,
        topic: Address,
        position: Position | None,
    ) -> bool:
        """Give a socket what it missed, if that is little. Raises NotFound."""
        if position is None or not _still_wants(socket, subscription):
            return False
        glance = await self._glances.find((topic, socket.principal, position))
        if glance is None:
            raise NotFound(what="topic")
        if glance.told is None:
            return False
        _tell(socket, subscription, glance.head, glance.told)
        return True

    async def _glance(self, asked: Sequence[_Reader]) -> list[_Glance | None]:
        """Say where topics stand, and what happened there; None to those who may not know."""
        async with one_moment():
            may_know = await self.access.readable({(topic, who) for topic, who, _ in asked})
            known = {
                (topic, position)
                for topic, who, position in asked
                if (topic, who.user_id) in may_know
            }
            heads = await heads_of(list({topic for topic, _ in known}))
            late = [one for one in known if 0 < _behind(one[1], heads[one[0]]) <= FEW_MAX]
            logged = dict(zip(late, await read_after_each(late, FEW_MAX), strict=True))
        # What many have missed of one topic is put together once.
        glances = {
            (topic, position): _Glance(
                heads[topic], self._told(logged.get((topic, position)), position, heads[topic])
            )
            for topic, position in known
        }
        return [
            glances[topic, position] if (topic, who.user_id) in may_know else None
            for topic, who, position in asked
        ]

    def _told(
        self, logged: Sequence[Logged] | None, position: Position, head: Position
    ) -> Sequence[Logged] | None:
        if position == head:
            return ()
        return None if logged is None else told_of(logged, position, head, self._events)

    async def _catch_up_in_turn(
        self,
        socket: "Socket",
        subscription: Subscription,
        topic: Address,
        position: Position | None,
    ) -> None:
        """Wait for one of the readers; who has left by then is not read for. Raises Overloaded."""
        if self._waiting >= READS_WAITING_MAX:
            raise Overloaded(what="joins")
        self._waiting += 1
        try:
            async with self._turn:
                if _still_wants(socket, subscription):
                    await self._catch_up(socket, subscription, topic, position)
        finally:
            self._waiting -= 1

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
        if state is not None and _still_wants(socket, subscription):
            socket.send(Snapshot(topic=topic, pos=str(head), state=state))
        _tell(socket, subscription, head, told or ())


def _refuse(socket: "Socket", subscription: Subscription, refusal: Refusal) -> None:
    """Say that a topic is not followed, unless it has been left, or joined anew, meanwhile."""
    if _still_wants(socket, subscription):
        socket.forget_topic(subscription.topic)
        socket.send(Problem(refused=refusal.refused(), topic=subscription.topic))


def _still_wants(socket: "Socket", subscription: Subscription) -> bool:
    return not socket.is_gone and socket.topics.get(subscription.topic) is subscription


def _behind(position: Position, head: Position) -> int:
    """Count the events between; none where the generation is another."""
    return head.number - position.number if position.generation == head.generation else 0


def _tell(
    socket: "Socket", subscription: Subscription, head: Position, told: Sequence[Logged]
) -> None:
    """Say what happened, who is there, and that this is all, unless the socket has left."""
    if not _still_wants(socket, subscription):
        return
    topic = subscription.topic
    for logged in told:
        pos = str(Position(head.generation, logged.number))
        socket.send(Push(topic=topic, pos=pos, at=logged.at, event=Raw(logged.body)))
    socket.gateway.presence.joined(socket, topic)
    socket.send(Joined(topic=topic, pos=str(head)))
    if _still_wants(socket, subscription):  # It may have been too much for it.
        socket.gateway.hub.go_live(subscription, head)
