"""Listening: a port is taken before anything is started for it."""

import errno
import socket
import sys

PORT_MAX = 2**16 - 1
BACKLOG = 4_096
"""How many may wait to be let in: a thousand phones come back at once."""
DEAF_AFTER_S = 30
"""Who has not taken anything for so long of what was written is gone. Nothing else would end such a
connection: closing it waits for what was written, and the kernel asks the peer for ever."""
_REASONS = {
    errno.EADDRINUSE: "another program listens there",
    errno.EACCES: "this user may not listen below port 1024",
    errno.EADDRNOTAVAIL: "this machine does not have that address",
}


def listen(host: str, port: int) -> socket.socket:
    """Take a port; whoever comes now waits until somebody accepts. Raises OSError."""
    family, _, _, _, address = socket.getaddrinfo(
        host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )[0]
    # Connections that are only fading away do not count: it sets SO_REUSEADDR.
    door = socket.create_server(address, family=family, backlog=BACKLOG)
    # Of what is written in two pieces the second would wait until the first is acknowledged, for 40
    # ms. uvloop sees to that; asyncio's own loop only where a socket names its protocol, as this
    # one does not.
    door.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if sys.platform == "linux":  # Who comes in by this door has it from there.
        door.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, DEAF_AFTER_S * 1_000)
    return door


def reason_of(problem: OSError) -> str:
    """Say why a port cannot be taken."""
    return _REASONS.get(problem.errno or 0, problem.strerror or str(problem))
