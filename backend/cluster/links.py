"""Links: words to and from each other node, in order, within limits, and never lost unnoticed.

What carries them may lose some. They travel in numbered parcels, so that the one who misses some
knows it with the next; it then says so, and both say again what they keep telling each other.
"""

import asyncio
import hashlib
import hmac
import random
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any, Protocol, TypeVar
from uuid import UUID

import msgspec
import structlog

from actors.placement import View
from actors.ports import Clock
from backend import lasting
from backend.cluster.ports import Transport, TransportAway
from backend.cluster.words import AnyWord, Missed, Parcel, Ping, Word
from backend.ending import end

log = structlog.get_logger()

PARCEL_BYTES_MAX = 512 * 1024
WAITING_BYTES_MAX = 16 * 1024 * 1024
"""For one node; more is refused, or thrown away where it is found again by other ways."""
PING_EVERY_S = 1.0
HEARD_WITHIN_S = 3.0
"""Whoever does not hear itself for so long cannot be heard by others either."""
AWAY_WAIT_S = 0.5
_SEAL_BYTES = 16

_encode = msgspec.msgpack.Encoder().encode
_decode_parcel = msgspec.msgpack.Decoder(Parcel).decode
_decode_word = msgspec.msgpack.Decoder(AnyWord).decode
_Kind = TypeVar("_Kind", bound=Word)
_Handler = Callable[[UUID, Any], None]


class Listener(Protocol):
    """Who must know when words of another node were lost."""

    def missed(self, node_id: UUID) -> None:
        """Hear that something this node said, or was said by us to it, did not arrive."""


class _Outgoing:
    """What waits to be said to one node."""

    __slots__ = ("number", "size", "stream", "words")

    def __init__(self) -> None:
        self.words: list[bytes] = []
        self.size = 0
        self.stream = random.getrandbits(48)
        self.number = 0

    def begin_anew(self) -> None:
        """Have the other one notice that something is missing: the first parcel of this stream."""
        self.stream = random.getrandbits(48)
        self.number = 1

    def take(self) -> list[msgspec.Raw]:
        """Take as many words as one parcel may have; at least one."""
        size = count = 0
        for word in self.words:
            size += len(word)
            if count and size > PARCEL_BYTES_MAX:
                size -= len(word)
                break
            count += 1
        taken, self.words = self.words[:count], self.words[count:]
        self.size -= size
        return [msgspec.Raw(word) for word in taken]


class Links:
    """The ways from this node to all others."""

    def __init__(
        self, node_id: UUID, transport: Transport | None, clock: Clock, secret: str = ""
    ) -> None:
        """Say nothing yet; without a transport nobody is ever reached.

        Parcels are sealed with the secret, which all nodes share: who may write to what carries
        them cannot speak as one of us.
        """
        self._seal_key = hashlib.blake2b(b"words between nodes", key=secret.encode()[:64]).digest()
        self.node_id = node_id
        self.listeners: list[Listener] = []
        self._transport = transport
        self._clock = clock
        self._handlers: dict[type[Word], _Handler] = {}
        self._outgoing: dict[UUID, _Outgoing] = {}
        self._dirty: dict[UUID, None] = {}
        self._incoming: dict[UUID, tuple[int, int]] = {}
        """Of each node the stream and the number of the last parcel."""
        self._wake = asyncio.Event()
        self._heard_self_at = float("-inf")
        self._is_heard = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self.said = 0
        self.heard = 0
        self.gaps = 0

    def on(self, kind: type[_Kind], handler: Callable[[UUID, _Kind], None]) -> None:
        """Have words of a kind handled; the handler is told who said them, and must not wait."""
        self._handlers[kind] = handler

    @property
    def is_up(self) -> bool:
        """Tell whether other nodes can hear us, and we them, as far as we know."""
        return self._clock.monotonic() - self._heard_self_at < HEARD_WITHIN_S

    def start(self) -> None:
        """Begin to listen and to speak."""
        if self._transport is None:
            return
        self.on(Ping, self._heard_self)
        self._tasks = [
            lasting.begin(partial(self._transport.listen, self._receive), "listening to nodes"),
            lasting.begin(self._speak, "speaking to nodes"),
            lasting.begin(self._ping, "speaking to ourselves"),
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
            await self._say_all()
            await end(self._tasks)
            await self._transport.close()

    # Saying.

    def send(self, to: UUID, word: Word) -> bool:
        """Have a word said to another node; False when it surely will not be."""
        if self._transport is None:
            return False
        outgoing = self._outgoing.get(to)
        if outgoing is None:
            outgoing = self._outgoing[to] = _Outgoing()
        if outgoing.size > WAITING_BYTES_MAX:
            outgoing.begin_anew()
            return False
        encoded = _encode(word)
        outgoing.words.append(encoded)
        outgoing.size += len(encoded)
        self._dirty[to] = None
        self._wake.set()
        return True

    def moved(self, before: View, now: View) -> None:
        """Let go of what is kept for nodes that are gone; one that comes back begins anew."""
        for node_id in {*self._outgoing, *self._incoming}:
            # Who is not known yet may only have begun.
            is_known = node_id in now.nodes or node_id in before.nodes
            if is_known and not now.is_fresh(node_id) and node_id != self.node_id:
                self._outgoing.pop(node_id, None)
                self._dirty.pop(node_id, None)
                self._incoming.pop(node_id, None)

    def was_away(self) -> None:
        """Others have let go of us, and notice that something is missing."""

    async def _speak(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            if not await self._say_all():
                await asyncio.sleep(AWAY_WAIT_S)

    async def _say_all(self) -> bool:
        """Say what waits; False when nobody can be reached, and what was taken is lost."""
        assert self._transport is not None  # noqa: S101 - it is not started without one
        while self._dirty:
            parcels = [self._parcel_for(to) for to in list(self._dirty)]
            try:
                await self._transport.publish(parcels)
            except TransportAway as problem:
                log.warning("other nodes could not be told", nodes=len(parcels), why=str(problem))
                self._lose([to for to, _ in parcels])
                return False
        return True

    def _parcel_for(self, to: UUID) -> tuple[UUID, bytes]:
        outgoing = self._outgoing[to]
        parcel = Parcel(self.node_id, outgoing.stream, outgoing.number, outgoing.take())
        outgoing.number += 1
        self.said += len(parcel.words)
        if not outgoing.words:
            del self._dirty[to]
        return to, self._sealed(_encode(parcel))

    def _sealed(self, body: bytes) -> bytes:
        return hashlib.blake2b(body, digest_size=_SEAL_BYTES, key=self._seal_key).digest() + body

    def _lose(self, nodes: list[UUID]) -> None:
        """Begin anew with nodes to which something was said that may be lost."""
        for node_id in nodes:
            if node_id in self._outgoing:
                self._outgoing[node_id].begin_anew()

    async def _ping(self) -> None:
        while True:
            self.send(self.node_id, Ping())
            await asyncio.sleep(PING_EVERY_S)

    def _heard_self(self, _sender: UUID, _ping: Ping) -> None:
        self._heard_self_at = self._clock.monotonic()
        self._is_heard.set()

    # Hearing.

    def _receive(self, data: bytes) -> None:
        body = data[_SEAL_BYTES:]
        try:
            if not hmac.compare_digest(self._sealed(body), data):
                log.warning("what somebody said bears no seal of ours", bytes=len(data))
                return
            parcel = _decode_parcel(body)
        except msgspec.MsgspecError:
            log.warning("what another node said was not understood", bytes=len(data))
            return
        self._check_number(parcel)
        for raw in parcel.words:
            self._hear(parcel.sender, raw)

    def _check_number(self, parcel: Parcel) -> None:
        last = self._incoming.get(parcel.sender)
        self._incoming[parcel.sender] = (parcel.stream, parcel.number)
        expected = (parcel.stream, 0) if last is None else (last[0], last[1] + 1)
        if (parcel.stream, parcel.number) != expected and parcel.sender != self.node_id:
            self.gaps += 1
            log.info("words of another node were lost", node=parcel.sender)
            self.send(parcel.sender, Missed())
            self._tell_listeners(parcel.sender)

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
