"""The embedded PostgreSQL and Redis of a test process, shared by all of its tests."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from backend.embedded import DatabaseUrls, EmbeddedPostgres, EmbeddedRedis, prepare_database
from backend.persistence.migrating import migrate
from tests.support.clock import BEGINNING

NOBODY_THERE = "redis://127.0.0.1:1/0"
"""Where a node looks for Redis in vain."""


@dataclass(frozen=True)
class Servers:
    """Where they are."""

    postgres: EmbeddedPostgres
    redis: EmbeddedRedis
    urls: DatabaseUrls
    redis_url: str
    """Where Redis is; a test may have a node look for it elsewhere."""


@contextmanager
def embedded_servers(folder: Path, *, now: datetime | None = BEGINNING) -> Iterator[Servers]:
    """Run both for as long as they are needed, with every table made, and partitions from `now`."""
    postgres = EmbeddedPostgres(folder / "pg", durable=False)
    redis = EmbeddedRedis(folder / "redis")

    async def start() -> DatabaseUrls:
        await postgres.start()
        await redis.start()
        urls = await prepare_database(postgres)
        await migrate(urls.owner, now=now)
        return urls

    async def stop() -> None:
        await redis.stop()
        await postgres.stop()

    urls = asyncio.run(start())
    try:
        yield Servers(postgres, redis, urls, redis.url)
    finally:
        asyncio.run(stop())
