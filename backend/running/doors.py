"""Doors: the sockets that nodes listen on, taken before anything is started for them."""

import socket
from collections.abc import Sequence
from dataclasses import dataclass

from backend.listening import PORT_MAX, listen, reason_of
from backend.settings import Settings


class DoorTaken(Exception):
    """A port cannot be listened on; the text says why and what to do."""


@dataclass(frozen=True)
class Doors:
    """One door that all nodes share, and one for each of them where they are asked by themselves.

    Whoever has come to a door waits until one of those who have it lets them in. Not SO_REUSEPORT:
    there each node has a queue of its own, and who waits in that of one that goes is turned away.
    """

    shared: socket.socket
    own: Sequence[socket.socket] = ()

    def of(self, place: int) -> list[socket.socket]:
        """List those of a node."""
        return [self.shared, *self.own[place : place + 1]]

    def close(self) -> None:
        """Let go of all; nodes keep theirs."""
        for door in (self.shared, *self.own):
            door.close()


def take_doors(settings: Settings, count: int) -> Doors:
    """Take what so many nodes listen on. Raises DoorTaken."""
    shared = _take(settings.host, settings.port, "--port, --host, TANDEM_PORT or TANDEM_HOST")
    first = settings.node_port
    ports = range(first, first + count) if first else ()
    change = "--node-port or TANDEM_NODE_PORT"
    if any(port > PORT_MAX for port in ports):
        raise DoorTaken(
            f"{count} nodes have no ports of their own from {first} on: {PORT_MAX} is the last. "
            f"Choose another: {change}."
        )
    return Doors(shared, [_take(settings.host, port, change) for port in ports])


def _take(host: str, port: int, change: str) -> socket.socket:
    try:
        return listen(host, port)
    except OSError as problem:
        raise DoorTaken(
            f"{host}:{port} cannot be listened on: {reason_of(problem)}. Choose another: {change}."
        ) from None
