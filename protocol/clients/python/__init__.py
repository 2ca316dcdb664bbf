"""Tandem's Python client, for asyncio: JSON and MessagePack."""

from protocol.clients.python.client import Client
from protocol.clients.python.clock import Clock, SystemClock
from protocol.clients.python.connection import Socket, SocketClosed
from protocol.clients.python.errors import Closed, Left, QueueFull, Refused, TooLarge
from protocol.clients.python.received import Presence, Push, Snapshot
from protocol.clients.python.saving import FileStore, Kept, QueueStore
from protocol.clients.python.state import State
from protocol.clients.python.subscription import Subscription

__all__ = [
    "Client",
    "Clock",
    "Closed",
    "FileStore",
    "Kept",
    "Left",
    "Presence",
    "Push",
    "QueueFull",
    "QueueStore",
    "Refused",
    "Snapshot",
    "Socket",
    "SocketClosed",
    "State",
    "Subscription",
    "SystemClock",
    "TooLarge",
]
