"""The queue of jobs in Redis, written as arq reads it: ids only, each once."""

import asyncio
from collections.abc import Iterable
from typing import Any
from uuid import UUID

import msgspec
from arq.connections import ArqRedis
from arq.constants import job_key_prefix
from arq.jobs import serialize_job
from arq.utils import timestamp_ms
from redis.exceptions import RedisError

from backend.integrations.redis_url import open_redis

QUEUE_NAME = "tandem:jobs"
FUNCTION_NAME = "outbox"
"""The one function of the worker; which job it is stands in the row."""
QUEUED_MAX = 100_000
"""Above this length of the queue jobs wait in their table, where there is room."""
QUEUED_FOR_S = 24 * 60 * 60
ANSWER_WITHIN_S = 2.0

serialize = msgspec.msgpack.Encoder().encode
deserialize = msgspec.msgpack.Decoder().decode


class QueueAway(Exception):
    """Redis does not take jobs now; they stay in their table and are relayed later."""


def connect(redis_url: str, queue_name: str = QUEUE_NAME) -> ArqRedis:
    """Make a client as arq wants it, which never waits long for an answer."""
    redis = open_redis(redis_url, ArqRedis, within_s=ANSWER_WITHIN_S)
    redis.job_serializer, redis.job_deserializer = serialize, deserialize
    redis.default_queue_name = queue_name
    return redis


class JobQueue:
    """Where jobs are put for the workers."""

    def __init__(self, redis_url: str, name: str = QUEUE_NAME) -> None:
        """Name the queue; nothing is connected yet."""
        self.name = name
        self._redis = connect(redis_url, name)

    async def close(self) -> None:
        """Let go of the connections."""
        await self._redis.aclose()

    async def length(self) -> int:
        """Count the jobs that wait. Raises QueueAway."""
        length: int = await self._asked(self._redis.zcard(self.name))
        return length

    async def put(self, jobs: Iterable[tuple[UUID, float]]) -> int:
        """Put jobs in, each with the seconds after which it is due; those known stay as they are.

        Returns how many wait now. Raises QueueAway.
        """
        now_ms = timestamp_ms()
        pipe = self._redis.pipeline(transaction=False)
        for job_id, delay_s in jobs:
            name, due_ms = str(job_id), now_ms + int(max(delay_s, 0.0) * 1_000)
            body = serialize_job(FUNCTION_NAME, (name,), {}, None, now_ms, serializer=serialize)
            pipe.set(
                job_key_prefix + name, body, nx=True, px=due_ms - now_ms + QUEUED_FOR_S * 1_000
            )
            pipe.zadd(self.name, {name: due_ms}, nx=True)
        pipe.zcard(self.name)
        answers: list[Any] = await self._asked(pipe.execute())
        return int(answers[-1])

    async def _asked(self, question: Any) -> Any:
        try:
            async with asyncio.timeout(ANSWER_WITHIN_S):
                return await question
        except (RedisError, OSError, TimeoutError) as problem:
            raise QueueAway(str(problem) or type(problem).__name__) from problem
