"""Wires: what carries a socket's bytes.

Under Tandem's own server a wire is uvicorn's protocol object, and bytes go straight to and from the
transport: the way through ASGI messages and a queue costs a quarter of the whole.
"""

from typing import Protocol


class Receiver(Protocol):
    """Who takes what a wire brings."""

    def received(self, data: bytes, *, binary: bool) -> None:
        """Take a whole message."""

    def pinged(self) -> None:
        """Hear that the peer sent a ping; it was answered."""

    def drained(self) -> None:
        """Hear that more may be written again."""

    def lost(self, *, said_goodbye: bool) -> None:
        """Hear that the connection has ended, and whether the peer had closed it; once.

        The wire is to be let go of then, now or a little later.
        """


class Wire(Protocol):
    """A WebSocket connection."""

    def attach(self, receiver: Receiver) -> None:
        """Name who takes what comes."""

    def write(self, frame: bytes) -> None:
        """Write a whole WebSocket frame."""

    @property
    def is_clogged(self) -> bool:
        """Tell whether the peer reads slower than we write."""

    def close(self, code: int, reason: str) -> None:
        """Close the connection, after what was written."""

    def let_go(self) -> None:
        """Forget the connection, which has ended."""
