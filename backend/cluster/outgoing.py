"""What waits to be said: to each node in a stream of its own, along each way by itself."""

import asyncio
import itertools
from uuid import UUID

import msgspec

PARCEL_BYTES_MAX = 512 * 1024


class Way:
    """One of the ways to other nodes, and to whom something is to be said along it."""

    def __init__(self) -> None:
        """Begin with nothing to say."""
        self.dirty: dict[UUID, None] = {}
        self.wake = asyncio.Event()
        self.speaking = asyncio.Lock()
        """Parcels that went side by side could overtake each other."""


class Outgoing:
    """What waits to be said to one node."""

    __slots__ = ("_streams", "number", "size", "stream", "used_at", "way", "words")

    def __init__(self, way: Way, streams: "itertools.count[int]") -> None:
        """Begin a stream; `streams` counts those of this node, so that a later one is greater."""
        self.way = way
        self.words: list[bytes] = []
        self.size = 0
        self.used_at = 0.0
        self._streams = streams
        self.stream = next(streams)
        self.number = 0

    def begin_anew(self) -> None:
        """Have the other one notice that something is missing: the first parcel of this stream."""
        self.stream = next(self._streams)
        self.number = 1

    def add(self, encoded: bytes) -> None:
        """Have a word wait."""
        self.words.append(encoded)
        self.size += len(encoded)

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
