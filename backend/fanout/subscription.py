"""Subscriptions: one socket's place in one topic."""

from backend.fanout.ports import Follower
from backend.fanout.prepared import Prepared

BUFFERED_EVENTS_MAX = 1_000


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

    def push(self, number: int, message: Prepared) -> bool:
        """Give the socket an event, or keep it while the past is being read.

        False when one before it is missing: then it is not given either.
        """
        if self._buffer is None:
            if number > self.number + 1:
                return False
            if number > self.number:  # Else it was read from the log before its commit was told.
                self.number = number
                self.follower.send_prepared(message)
        elif len(self._buffer) < BUFFERED_EVENTS_MAX:
            self._buffer.append((number, message))
        else:
            self.follower.lagged(self.topic)
        return True

    def go_live(self, number: int) -> bool:
        """Note that everything up to `number` has been given; give what happened since.

        False when something of that is missing.
        """
        kept, self._buffer = self._buffer or [], None
        self.number = number
        is_whole = True
        for happened, message in kept:
            is_whole = self.push(happened, message) and is_whole
        return is_whole
