"""The stack under measurement: durable PostgreSQL, Redis, one API process and one worker."""

import asyncio
import contextlib
import os
import resource
import signal
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import asyncpg

from backend.embedded import EmbeddedPostgres, EmbeddedRedis, prepare_database
from backend.embedded.database import DatabaseUrls
from backend.persistence.migrating import migrate
from benchmarks.machine import memory_bytes
from benchmarks.stopping import stopped

PORT = 18_700
"""Below the ports that the kernel gives to the generators' own side of each connection."""
LOG_FILE_MB = 16
LOG_FILES = 384
"""6 GB, which is more than all benches together write."""
POSTGRES_SETTINGS = {
    # A quarter of the memory, as PostgreSQL's documentation advises for a server of its own.
    "shared_buffers": f"{memory_bytes() // 4 // 1024**2}MB",
    "max_connections": "100",
    "max_wal_size": "16GB",
    "min_wal_size": f"{LOG_FILES * LOG_FILE_MB}MB",
    # No checkpoint begins by itself while something is measured.
    "checkpoint_timeout": "1h",
    "wal_compression": "off",
}
DURABLE = {"fsync": "on", "full_page_writes": "on", "synchronous_commit": "on"}
STARTED_WITHIN_S = 30.0
STOPPED_WITHIN_S = 30.0
FILES_MAX = 20_000

_UNLIMITED = dict.fromkeys(
    (
        "TANDEM_GATEWAY_CALLS_PER_S_MAX",
        "TANDEM_GATEWAY_CALLS_BURST_MAX",
        "TANDEM_GATEWAY_FRAMES_PER_S_MAX",
        "TANDEM_GATEWAY_FRAMES_BURST_MAX",
        "TANDEM_MOODS_PER_DAY_MAX",
        "TANDEM_MOOD_COINS_PER_DAY_MAX",
    ),
    "1000000000",
)
"""A phone of the load generator stands for many commands a second; people do not."""


class NotDurable(Exception):
    """The database does not keep what it acknowledges, so its figures would be a lie."""


@dataclass(frozen=True)
class Stack:
    """What runs, and how to reach it."""

    postgres: EmbeddedPostgres
    redis: EmbeddedRedis
    urls: DatabaseUrls
    folder: Path

    @property
    def socket_url(self) -> str:
        """Where sockets are opened."""
        return self.socket_url_of(0)

    @property
    def http_url(self) -> str:
        """Where routes are."""
        return self.http_url_of(0)

    def socket_url_of(self, node: int) -> str:
        """Where sockets of one of several nodes are opened."""
        return f"ws://127.0.0.1:{PORT + node}/v1/socket"

    def http_url_of(self, node: int) -> str:
        """Where routes of one of several nodes are."""
        return f"http://127.0.0.1:{PORT + node}"

    @asynccontextmanager
    async def serving(
        self, settings: Mapping[str, str] | None = None, *, with_worker: bool = False
    ) -> AsyncIterator[asyncio.subprocess.Process]:
        """Run an API process, and perhaps a worker for the jobs it causes."""
        async with self.nodes(1, settings, with_worker=with_worker) as (server,):
            yield server

    @asynccontextmanager
    async def nodes(
        self,
        count: int,
        settings: Mapping[str, str] | None = None,
        *,
        with_worker: bool = False,
        with_a_core_each: bool = False,
    ) -> AsyncIterator[Sequence[asyncio.subprocess.Process]]:
        """Run API processes, one after the other, until each has its share of the shards.

        `with_a_core_each` they keep to it as on machines of their own: else they stand at the same
        one, again and again, while the other is busy with the load.
        """
        environment = {
            **os.environ,
            **_UNLIMITED,
            "DATABASE_URL": self.urls.app,
            "REDIS_URL": self.redis.url,
            "TANDEM_HASH_KEY": "shared by all nodes of a bench",
            "TANDEM_LOG_LEVEL": "warning",
            **(settings or {}),
        }
        async with contextlib.AsyncExitStack() as running:
            servers = []
            for port in range(PORT, PORT + count):
                its_own = {**environment, "TANDEM_PORT": str(port)}
                server = await running.enter_async_context(_process("serve", its_own))
                if with_a_core_each:
                    _keep_to_a_core(server, port - PORT)
                await _listening(server, port)
                servers.append(server)
            await self._shared(count)
            if with_worker and find_spec("backend.commands.worker"):
                await running.enter_async_context(_process("worker", environment))
            yield servers

    async def _shared(self, count: int) -> None:
        deadline = asyncio.get_running_loop().time() + STARTED_WITHIN_S
        while len(set((await self.owners()).values())) != count:
            if asyncio.get_running_loop().time() > deadline:
                raise TimeoutError("the nodes do not share the shards")
            await asyncio.sleep(0.05)

    async def owners(self) -> Mapping[int, int]:
        """Say of each shard which node has it, counted as they were started."""
        connection = await asyncpg.connect(self.urls.owner)
        try:
            rows = await connection.fetch("SELECT id, owner FROM shard WHERE owner IS NOT NULL")
        finally:
            await connection.close()
        # Ids of nodes are ordered by time.
        places = {owner: at for at, owner in enumerate(sorted({row["owner"] for row in rows}))}
        return {row["id"]: places[row["owner"]] for row in rows}

    async def check_durability(self) -> None:
        """Look whether a commit reaches the disk. Raises NotDurable."""
        connection = await asyncpg.connect(self.urls.app)
        try:
            for name, wanted in DURABLE.items():
                found = await connection.fetchval(f"SHOW {name}")
                if found != wanted:
                    raise NotDurable(f"{name} is {found}; it must be {wanted}")
        finally:
            await connection.close()

    async def lay_out_log(self) -> None:
        """Have the files of the write-ahead log there, as on a server that has run for a while.

        One that needs a new file fills it with zeroes first, and all commits wait for 10 to 50 ms.
        """
        connection = await asyncpg.connect(self.postgres.dsn("postgres"))
        try:
            for _ in range(LOG_FILES):
                # A file in which nothing was written is not left for the next.
                await connection.execute("SELECT pg_logical_emit_message(false, 'bench', 'next')")
                await connection.execute("SELECT pg_switch_wal()")
        finally:
            await connection.close()
        await self.checkpoint()

    async def checkpoint(self) -> None:
        """Write everything out, so that no measurement pays for what was before it."""
        connection = await asyncpg.connect(self.postgres.dsn("postgres"))
        try:
            await connection.execute("CHECKPOINT")
        finally:
            await connection.close()


@asynccontextmanager
async def running(folder: Path) -> AsyncIterator[Stack]:
    """Run PostgreSQL and Redis in a folder, with the tables made. Raises NotDurable."""
    async with (
        EmbeddedPostgres(folder / "postgresql", settings=POSTGRES_SETTINGS) as postgres,
        EmbeddedRedis(folder / "redis") as redis,
    ):
        urls = await prepare_database(postgres)
        await migrate(urls.owner)
        stack = Stack(postgres, redis, urls, folder)
        await stack.check_durability()
        yield stack


def allow_many_files() -> None:
    """Let this process and those it starts hold a socket for everybody."""
    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = FILES_MAX if hard == resource.RLIM_INFINITY else min(FILES_MAX, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


@asynccontextmanager
async def _process(
    command: str, environment: Mapping[str, str]
) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "backend.cli", command, env=environment
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
            await stopped(process, STOPPED_WITHIN_S)


def _keep_to_a_core(process: asyncio.subprocess.Process, place: int) -> None:
    if sys.platform == "linux":
        cores = sorted(os.sched_getaffinity(0))
        os.sched_setaffinity(process.pid, {cores[place % len(cores)]})


async def _listening(process: asyncio.subprocess.Process, port: int) -> None:
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
