"""Sessions that have ended: every node hears of them, and closes the sockets it holds for them.

The node that ends a session says so over Redis, and all others hear it at once. Redis may be away
and may lose a message, and some sessions end by the clock alone; so each node also looks into the
table every few seconds. That is one query by two indexes, however many sockets there are.
"""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from uuid import UUID

import msgspec
import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from actors.ports import Clock
from backend import lasting
from backend.domains.identity import session_store
from backend.domains.identity.identity import Ending, SessionsClosed
from backend.ending import end

log = structlog.get_logger()

CHANNEL = "tandem:sessions-ended"
LOOK_EVERY_S = 5.0
OVERLAP = timedelta(seconds=30)
"""How far a look goes back behind the last one: commits take a while, and clocks differ."""
REDIS_WITHIN_S = 1.0
HEARD_WITHIN_S = 15.0
"""After so long without a word Redis is asked whether it is still there."""
REDIS_PAUSE_S = 1.0
UNSAID_MAX = 1_000
"""Endings that wait to be said; of more, other nodes learn by looking."""


class Word(msgspec.Struct, frozen=True):
    """What travels between nodes."""

    session_ids: list[UUID]
    reason: str


class EndedSessions:
    """Lets all nodes know of sessions that ended here, and this one of those ended elsewhere."""

    def __init__(self, clock: Clock, redis: Redis | None, close_here: SessionsClosed) -> None:
        """Close the sockets of this process by `close_here`; without Redis, hear by looking."""
        self._clock = clock
        self._redis = redis
        self._close_here = close_here
        self._unsaid: asyncio.Queue[Word] = asyncio.Queue(UNSAID_MAX)
        self._looked_at = clock.now()
        self._tasks: list[asyncio.Task[None]] = []

    def tell(self, session_ids: Sequence[UUID], reason: str) -> None:
        """Close the sockets of sessions here and everywhere; a `SessionsClosed` for `Identity`."""
        self._close_here(session_ids, reason)
        if self._redis is None:
            return
        try:
            self._unsaid.put_nowait(Word(list(session_ids), reason))
        except asyncio.QueueFull:
            log.warning("too many sessions end at once to say it; other nodes will look")

    def start(self) -> None:
        """Begin to listen, to speak and to look."""
        self._looked_at = self._clock.now()
        works = [self._look_again_and_again]
        if self._redis is not None:
            works += [partial(self._listen, self._redis), partial(self._speak, self._redis)]
        self._tasks = [lasting.begin(work, "ended sessions") for work in works]

    async def stop(self) -> None:
        """Let go; what is not said yet, other nodes find by looking."""
        await end(self._tasks)
        self._tasks.clear()

    async def look(self) -> None:
        """Close the sockets of all sessions that have ended since shortly before the last look."""
        now = self._clock.now()
        ended = await session_store.ended_between(self._looked_at - OVERLAP, now)
        self._looked_at = now
        if ended:
            self._close_here(ended, Ending.REVOKED.value)

    async def _look_again_and_again(self) -> None:
        while True:
            await self._clock.sleep(LOOK_EVERY_S)
            try:
                await self.look()
            except Exception as problem:  # noqa: BLE001 - the next look goes back as far
                log.warning("ended sessions could not be read", problem=repr(problem))

    async def _speak(self, redis: Redis) -> None:
        while True:
            word = await self._unsaid.get()
            try:
                async with asyncio.timeout(REDIS_WITHIN_S):
                    await redis.publish(CHANNEL, msgspec.json.encode(word))
            except (RedisError, OSError) as problem:
                log.warning("other nodes were not told that sessions ended", problem=repr(problem))

    async def _listen(self, redis: Redis) -> None:
        while True:
            try:
                await self._hear(redis)
            except (RedisError, OSError) as problem:
                log.warning("redis is away; ended sessions are looked for", problem=repr(problem))
            await asyncio.sleep(REDIS_PAUSE_S)

    async def _hear(self, redis: Redis) -> None:
        async with redis.pubsub(ignore_subscribe_messages=True) as channel:
            await channel.subscribe(CHANNEL)
            while True:
                message = await channel.get_message(timeout=HEARD_WITHIN_S)
                if message is None:
                    async with asyncio.timeout(REDIS_WITHIN_S):
                        await channel.ping()
                elif message["type"] == "message":
                    self._take(message["data"])

    def _take(self, data: bytes) -> None:
        try:
            word = msgspec.json.decode(data, type=Word)
        except msgspec.DecodeError:
            log.warning("what was said of ended sessions was not understood")
            return
        self._close_here(word.session_ids, word.reason)
