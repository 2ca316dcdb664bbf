"""Redis as the transport: every node listens on a channel of its own.

Of several Redis servers a node's channel is on the one its id says, so each of them carries its
share. Pub/sub keeps nothing: what is said while somebody does not listen is lost, and noticed.
"""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from uuid import UUID

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from backend.cluster.ports import TransportAway
from backend.integrations.redis_url import open_redis

log = structlog.get_logger()

ANSWER_WITHIN_S = 1.0
HEARD_WITHIN_S = 3.0
"""A node says something to itself every second; who hears nothing for so long connects anew."""
PAUSE_S = 0.2

_AWAY = (RedisError, OSError)


def channel_of(node_id: UUID) -> str:
    """Name the channel on which a node listens."""
    return f"tandem:node:{node_id}"


class RedisTransport:
    """Implements `backend.cluster.ports.Transport`."""

    def __init__(self, urls: Sequence[str], node_id: UUID) -> None:
        """Use these servers, the same on every node; nothing is connected yet."""
        self._node_id = node_id
        self._servers = [open_redis(url, Redis, within_s=ANSWER_WITHIN_S) for url in urls]

    @property
    def ways(self) -> int:
        """How many servers there are."""
        return len(self._servers)

    def way_to(self, node_id: UUID) -> int:
        """Say on which server a node listens."""
        return node_id.int % len(self._servers)

    async def publish(self, parcels: Sequence[tuple[UUID, bytes]]) -> None:
        """Bring each to its node, all on one server.

        Raises TransportAway when it is not known that all went.
        """
        server = self._servers[self.way_to(parcels[0][0])]
        pipe = server.pipeline(transaction=False)
        for node_id, data in parcels:
            pipe.publish(channel_of(node_id), data)
        try:
            async with asyncio.timeout(ANSWER_WITHIN_S):
                await pipe.execute()
        except _AWAY as problem:
            raise TransportAway(repr(problem)) from problem

    async def listen(self, receive: Callable[[bytes], None]) -> None:
        """Hand over what comes for this node, for ever, through whatever interruptions."""
        while True:
            try:
                await self._hear(receive)
            except _AWAY as problem:
                log.warning("other nodes cannot be heard", why=repr(problem))
            await asyncio.sleep(PAUSE_S)

    async def _hear(self, receive: Callable[[bytes], None]) -> None:
        server = self._servers[self.way_to(self._node_id)]
        async with server.pubsub(ignore_subscribe_messages=True) as channel:
            await channel.subscribe(channel_of(self._node_id))
            heard_at = asyncio.get_running_loop().time()
            while True:
                message = await channel.get_message(timeout=HEARD_WITHIN_S)
                now = asyncio.get_running_loop().time()
                if message is not None:
                    heard_at = now
                    receive(message["data"])
                elif now - heard_at > HEARD_WITHIN_S:
                    raise TimeoutError("nothing is heard")

    async def close(self) -> None:
        """Let go of all connections."""
        for server in self._servers:
            with suppress(*_AWAY):
                await server.aclose()
