"""The stack under measurement: durable PostgreSQL, Redis and one API process."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from backend.embedded import EmbeddedPostgres, EmbeddedRedis, prepare_database
from backend.embedded.database import DatabaseUrls
from backend.persistence.migrating import migrate

PORT = 18_700
POSTGRES_SETTINGS = {
    "shared_buffers": "1GB",
    "max_wal_size": "8GB",
    "checkpoint_timeout": "15min",
    "wal_compression": "off",
}
STARTED_WITHIN_S = 30.0


@dataclass
class Stack:
    """What runs, and how to reach it."""

    postgres: EmbeddedPostgres
    redis: EmbeddedRedis
    urls: DatabaseUrls
    folder: Path

    @asynccontextmanager
    async def server(
        self, port: int = PORT, settings: Mapping[str, str] | None = None
    ) -> AsyncIterator[asyncio.subprocess.Process]:
        """Run an API process."""
        environment = {
            **os.environ,
            "DATABASE_URL": self.urls.app,
            "REDIS_URL": self.redis.url,
            "TANDEM_PORT": str(port),
            "TANDEM_LOG_LEVEL": "warning",
            "TANDEM_GATEWAY_CALLS_PER_S_MAX": "1000000",
            "TANDEM_GATEWAY_CALLS_BURST_MAX": "1000000",
            "TANDEM_GATEWAY_FRAMES_PER_S_MAX": "1000000",
            "TANDEM_GATEWAY_FRAMES_BURST_MAX": "1000000",
            **(settings or {}),
        }
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "backend.cli", "serve", env=environment
        )
        try:
            await _listening(port, process)
            yield process
        finally:
            if process.returncode is None:
                process.send_signal(signal.SIGTERM)
                await asyncio.wait_for(process.wait(), 30)


async def _listening(port: int, process: asyncio.subprocess.Process) -> None:
    deadline = asyncio.get_running_loop().time() + STARTED_WITHIN_S
    while asyncio.get_running_loop().time() < deadline:
        if process.returncode is not None:
            raise RuntimeError(f"the server ended with {process.returncode}")
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(0.05)
        else:
            writer.close()
            return
    raise TimeoutError("the server does not listen")


@asynccontextmanager
async def running(folder: Path) -> AsyncIterator[Stack]:
    """Run PostgreSQL and Redis in a folder, with the tables made."""
    async with (
        EmbeddedPostgres(folder / "postgresql", settings=POSTGRES_SETTINGS) as postgres,
        EmbeddedRedis(folder / "redis") as redis,
    ):
        urls = await prepare_database(postgres)
        await migrate(urls.owner)
        yield Stack(postgres, redis, urls, folder)
