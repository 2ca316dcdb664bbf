"""Links: words to and from each other node, in order, within limits, and never lost unnoticed.

What carries them may lose some. They travel in numbered parcels, so that the one who misses some
knows it with the next; it then says so, and both say again what they keep telling each other.
"""

import asyncio
import itertools
from collections.abc import Callable, Collection
from contextlib import suppress
from functools import partial
from typing import Any, Protocol, TypeVar
from uuid import UUID

import msgspec
import structlog

from actors.placement import View
from actors.ports import Clock
from backend import lasting
from backend.cluster.incoming import Arrival, Incoming
from backend.cluster.outgoing import Outgoing, Way
from backend.cluster.ports import Transport, TransportAway
from backend.cluster.sealing import Seal
from backend.cluster.words import AnyWord, Missed, Parcel, Ping, Word
from backend.ending import end

log = structlog.get_logger()

WAITING_BYTES_MAX = 16 * 1024 * 1024
"""For one node; more is refused, or thrown away where it is found again by other ways."""
PING_EVERY_S = 1.0
HEARD_WITHIN_S = 3.0
"""Whoever does not hear itself for so long cannot be heard by others either."""
AWAY_WAIT_S = 0.5
"""So long nothing more is said along a way that has failed."""
STRANGERS_KEPT_S = 60.0
"""So long something is kept for nodes that no view has: they may only have begun."""

_encode = msgspec.msgpack.Encoder().encode
_decode_parcel = msgspec.msgpack.Decoder(Parcel).decode
_decode_word = msgspec.msgpack.Decoder(AnyWord).decode
_Kind = TypeVar("_Kind", bound=Word)
_Handler = Callable[[UUID, Any], None]


class Listener(Protocol):
    """Who must know when words of another node were lost."""

    def missed(self, node_id: UUID) -> None:
        """Hear that something this node said, or was said by us to it, did not arrive."""


class Links:
    """The ways from this node to all others."""

    def __init__(
        self, node_id: UUID, transport: Transport | None, clock: Clock, secret: str = ""
    ) -> None:
        """Say nothing yet; without a transport nobody is ever reached.

        Parcels are sealed with the secret, which all nodes share: who may write to what carries
        them cannot speak as one of us.
        """
        self.node_id = node_id
        self.listeners: list[Listener] = []
        self._seal = Seal(secret)
        self._transport = transport
        self._clock = clock
        self._handlers: dict[type[Word], _Handler] = {}
        self._ways = [Way() for _ in range(transport.ways if transport else 0)]
        self._streams = itertools.count(1)
        self._outgoing: dict[UUID, Outgoing] = {}
        self._incoming = Incoming()
        self._heard_self_at = float("-inf")
        self._is_heard = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self.said = 0
        self.heard = 0
        self.gaps = 0
        self.turned_away = 0
        """Parcels that were not for us, not of ours, or not new."""

    def on(self, kind: type[_Kind], handler: Callable[[UUID, _Kind], None]) -> None:
        """Have words of a kind handled; the handler is told who said them, and must not wait."""
        self._handlers[kind] = handler

    @property
    def is_up(self) -> bool:
        """Tell whether other nodes can hear us, and we them, as far as we know."""
        return self._clock.monotonic() - self._heard_self_at < HEARD_WITHIN_S

    @property
    def known(self) -> set[UUID]:
        """The nodes for which something is kept."""
        return set(self._outgoing)

    def start(self) -> None:
        """Begin to listen and to speak."""
        if self._transport is None:
            return
        self.on(Ping, self._heard_self)
        self._tasks = [
            lasting.begin(partial(self._transport.listen, self._receive), "listening to nodes"),
            lasting.begin(self._ping, "speaking to ourselves"),
            *(lasting.begin(partial(self._speak, way), "speaking to nodes") for way in self._ways),
        ]

    async def ready(self, within_s: float) -> None:
        """Wait until others can hear us, though not for long: perhaps nobody can."""
        if self._transport is not None:
            with suppress(TimeoutError):
                async with asyncio.timeout(within_s):
                    await self._is_heard.wait()

    async def stop(self) -> None:
        """Say what waits, if that works at once; then be silent."""
        if self._transport is not None:
            await asyncio.gather(*(self._say_all(way) for way in self._ways))
            await end(self._tasks)
            await self._transport.close()

    # Saying.

    def send(self, to: UUID, word: Word) -> bool:
        """Have a word said to another node; False when it surely will not be."""
        return self._send(to, _encode(word))

    def send_all(self, nodes: Collection[UUID], word: Word) -> None:
        """Have a word said to several nodes."""
        if not nodes:
            return
        encoded = _encode(word)
        for node_id in nodes:
            self._send(node_id, encoded)

    def _send(self, to: UUID, encoded: bytes) -> bool:
        if self._transport is None:
            return False
        outgoing = self._outgoing.get(to)
        if outgoing is None:
            way = self._ways[self._transport.way_to(to)]
            outgoing = self._outgoing[to] = Outgoing(way, self._streams)
        outgoing.used_at = self._clock.monotonic()
        if outgoing.size > WAITING_BYTES_MAX:
            outgoing.begin_anew()
            return False
        outgoing.add(encoded)
        outgoing.way.dirty[to] = None
        outgoing.way.wake.set()
        return True

    def moved(self, before: View, now: View) -> None:
        """Let go of what is kept for nodes that are gone; one that comes back begins anew."""
        for node_id in before.nodes.keys() | now.nodes.keys():
            if not now.is_fresh(node_id) and node_id != self.node_id:
                self._let_go(node_id)
        kept_since = self._clock.monotonic() - STRANGERS_KEPT_S
        for node_id, outgoing in list(self._outgoing.items()):
            if outgoing.used_at < kept_since and node_id not in now.nodes:
                self._let_go(node_id)

    def _let_go(self, node_id: UUID) -> None:
        outgoing = self._outgoing.pop(node_id, None)
        if outgoing is not None:
            outgoing.way.dirty.pop(node_id, None)
        self._incoming.let_go(node_id)

    def was_away(self) -> None:
        """Others have let go of us, and notice that something is missing."""

    async def _speak(self, way: Way) -> None:
        while True:
            await way.wake.wait()
            way.wake.clear()
            if not await self._say_all(way):
                await asyncio.sleep(AWAY_WAIT_S)

    async def _say_all(self, way: Way) -> bool:
        """Say what waits; False when the way is gone, and what was taken is lost."""
        assert self._transport is not None  # noqa: S101 - without one there is no way
        async with way.speaking:
            while way.dirty:
                parcels = [self._parcel_for(to) for to in list(way.dirty)]
                try:
                    await self._transport.publish(parcels)
                except TransportAway as problem:
                    log.warning(
                        "other nodes could not be told", nodes=len(parcels), why=str(problem)
                    )
                    self._lose([to for to, _ in parcels])
                    return False
            return True

    def _parcel_for(self, to: UUID) -> tuple[UUID, bytes]:
        outgoing = self._outgoing[to]
        parcel = Parcel(self.node_id, outgoing.stream, outgoing.number, outgoing.take())
        outgoing.number += 1
        self.said += len(parcel.words)
        if not outgoing.words:
            del outgoing.way.dirty[to]
        return to, self._seal.sealed(to, _encode(parcel))

    def _lose(self, nodes: list[UUID]) -> None:
        """Begin anew with nodes to which something was said that may be lost."""
        for node_id in nodes:
            if node_id in self._outgoing:
                self._outgoing[node_id].begin_anew()

    async def _ping(self) -> None:
        while True:
            self.send(self.node_id, Ping())
            await asyncio.sleep(PING_EVERY_S)

    def _heard_self(self, sender: UUID, _ping: Ping) -> None:
        if sender == self.node_id:
            self._heard_self_at = self._clock.monotonic()
            self._is_heard.set()

    # Hearing.

    def _receive(self, data: bytes) -> None:
        body = self._seal.opened(self.node_id, data)
        if body is None:
            self.turned_away += 1
            log.warning("what somebody said bears no seal of ours", bytes=len(data))
            return
        try:
            parcel = _decode_parcel(body)
        except msgspec.MsgspecError:
            log.warning("what another node said was not understood", bytes=len(data))
            return
        if self._is_new(parcel):
            for raw in parcel.words:
                self._hear(parcel.sender, raw)

    def _is_new(self, parcel: Parcel) -> bool:
        """Tell whether to listen to a parcel, and have it known when others before it were lost."""
        arrival = self._incoming.arrived(parcel)
        if arrival is Arrival.AGAIN:
            # Without an answer: it would be one for each time that somebody likes to bring it.
            self.turned_away += 1
            log.debug("what another node said was brought again", node=parcel.sender)
            return False
        if arrival is Arrival.AFTER_A_GAP and parcel.sender != self.node_id:
            self.gaps += 1
            log.info("words of another node were lost", node=parcel.sender)
            self.send(parcel.sender, Missed())
            self._tell_listeners(parcel.sender)
        return True

    def _tell_listeners(self, node_id: UUID) -> None:
        for listener in self.listeners:
            listener.missed(node_id)

    def _hear(self, sender: UUID, raw: msgspec.Raw) -> None:
        try:
            word = _decode_word(raw)
        except msgspec.MsgspecError:
            # A newer version may have said it.
            log.warning("a word of another node is not known", node=sender)
            return
        self.heard += 1
        if isinstance(word, Missed):
            self._tell_listeners(sender)
            return
        handler = self._handlers.get(type(word))
        if handler is None:
            return
        try:
            handler(sender, word)
        except Exception:
            # A bug; what else was said must still be heard.
            log.exception("a word of another node could not be followed", word=type(word).__name__)
