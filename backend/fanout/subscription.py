"""Subscriptions: one socket's place in one topic."""

from typing import Protocol
from uuid import UUID

import msgspec

from backend.fanout.prepared import Prepared
from protocol.codec import Codec

BUFFERED_EVENTS_MAX = 1_000


class Follower(Protocol):
    """A socket, as the fan-out sees it."""

    @property
    def codec(self) -> Codec:
        """The wire format it speaks."""

    @property
    def user_id(self) -> UUID:
        """Whose it is."""

    def send(self, frame: msgspec.Struct) -> None:
        """Send one frame."""

    def forget_topic(self, topic: str) -> None:
        """Follow a topic no longer."""

    def expelled(self, topic: str) -> None:
        """Follow a topic no longer because its reader may not see it any more."""

    def send_prepared(self, message: Prepared) -> None:
        """Write a message to it, or queue it."""

    def lagged(self, topic: str) -> None:
        """Hear that it cannot be kept up with this topic, and must come back."""


class Subscription:
    """A socket that follows a topic; while it is joining, what happens is kept for it."""

    __slots__ = ("_buffer", "follower", "number", "topic")

    def __init__(self, follower: Follower, topic: str) -> None:
        """Begin to keep what happens, until the past has been read."""
        self.follower = follower
        self.topic = topic
        self.number = 0
        """The last event the socket was given."""
        self._buffer: list[tuple[int, Prepared]] | None = []

    @property
    def is_live(self) -> bool:
        """Tell whether the past has been read."""
        return self._buffer is None

    def push(self, number: int, message: Prepared) -> None:
        """Give the socket an event, or keep it while the past is being read."""
        if self._buffer is None:
            if number <= self.number:
                return  # It was read from the log before the commit was answered.
            self.number = number
            self.follower.send_prepared(message)
        elif len(self._buffer) < BUFFERED_EVENTS_MAX:
            self._buffer.append((number, message))
        else:
            self.follower.lagged(self.topic)

    def go_live(self, number: int) -> None:
        """Note that everything up to `number` has been given; give what happened since."""
        kept, self._buffer = self._buffer or [], None
        self.number = number
        for happened, message in kept:
            if happened > number:
                self.push(happened, message)
