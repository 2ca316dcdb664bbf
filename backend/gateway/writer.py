"""The writer of a socket: what is sent in one round of the event loop leaves as one frame."""

import asyncio
from collections.abc import Callable

from backend.fanout.prepared import Prepared, frame_of
from backend.gateway.wire import Wire
from protocol.codec import Codec
from protocol.limits import FRAME_BYTES_MAX, SEND_QUEUE_BYTES_MAX

_LIST_OVERHEAD = 16


class Flusher:
    """Flushes every writer that was written to, once in a round of the event loop."""

    def __init__(self) -> None:
        """Begin with nothing to flush."""
        self._dirty: list[Writer] = []
        self._loop: asyncio.AbstractEventLoop | None = None

    def wants(self, writer: "Writer") -> None:
        """Flush this writer before the round is over."""
        if not self._dirty:
            if self._loop is None:
                self._loop = asyncio.get_running_loop()
            self._loop.call_soon(self._flush)
        self._dirty.append(writer)

    def _flush(self) -> None:
        dirty, self._dirty = self._dirty, []
        for writer in dirty:
            writer.flush()


class Writer:
    """Messages on their way to one wire, within a bound of bytes."""

    __slots__ = ("_bytes", "_codec", "_flusher", "_messages", "_overflowed", "_wire")

    def __init__(
        self, wire: Wire, codec: Codec, flusher: Flusher, overflowed: Callable[[], None]
    ) -> None:
        """Write to `wire`; `overflowed` is called when more waits than may."""
        self._wire = wire
        self._codec = codec
        self._flusher = flusher
        self._overflowed = overflowed
        self._messages: list[Prepared] = []
        self._bytes = 0

    def put(self, message: Prepared) -> None:
        """Queue a message for the next flush."""
        if not self._messages:
            self._flusher.wants(self)
        self._messages.append(message)
        self._bytes += len(message.payload)
        if self._bytes > SEND_QUEUE_BYTES_MAX:
            self.drop()
            self._overflowed()

    def flush(self) -> None:
        """Write what waits, if the peer reads; else keep it until it does."""
        if self._messages and not self._wire.is_clogged:
            self._write()

    def finish(self, last: Prepared) -> None:
        """Write the last message: after what waits, or to who does not read, instead of it."""
        if self._wire.is_clogged:
            self.drop()
        self._messages.append(last)
        self._write()

    def _write(self) -> None:
        messages, self._messages = self._messages, []
        if self._bytes <= FRAME_BYTES_MAX:
            self._wire.write(frame_of(messages, self._codec))
        else:
            self._write_in_pieces(messages)
        self._bytes = 0

    def _write_in_pieces(self, messages: list[Prepared]) -> None:
        piece: list[Prepared] = []
        size = 0
        for message in messages:
            length = len(message.payload) + _LIST_OVERHEAD
            if piece and size + length > FRAME_BYTES_MAX:
                self._wire.write(frame_of(piece, self._codec))
                piece, size = [], 0
            piece.append(message)
            size += length
        self._wire.write(frame_of(piece, self._codec))

    def drop(self) -> None:
        """Forget what waits."""
        self._messages = []
        self._bytes = 0
