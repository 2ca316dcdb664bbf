"""Waiting: what who comes for a socket is told when too many do, and whether they still wait."""

import select
import socket

HEAD_BYTES_MAX = 64 * 1024
COME_AGAIN = (
    b"HTTP/1.1 503 Service Unavailable\r\nretry-after: 5\r\ncontent-length: 0\r\n"
    b"connection: close\r\n\r\n"
)
_HUNG_UP = getattr(select, "POLLRDHUP", 0)
"""Where there is no such sign (macOS), the end of both directions is one; it need not be asked."""


def has_hung_up(connection: socket.socket) -> bool:
    """Tell whether the peer is gone, from what the kernel has heard: nothing need be read."""
    look = select.poll()
    look.register(connection, _HUNG_UP)
    return bool(look.poll(0))
