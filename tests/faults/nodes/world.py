"""The world of the fault suite: three nodes and a worker, each with ways of its own to be cut."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import asyncpg

from backend.embedded import DatabaseUrls, EmbeddedPostgres, EmbeddedRedis, prepare_database
from backend.persistence.migrating import migrate
from tests.faults.nodes.front import Front
from tests.support.forking import Forked, fork
from tests.support.processes import ServerProcess, ServerProcesses, free_port
from tests.support.until import until
from tests.support.way import Streams, Way, way

NODES = 3
TOGETHER_WITHIN_S = 40.0
LINES_SHOWN = 20


@dataclass
class Member:
    """One of the nodes, and how it reaches the engines."""

    name: str
    port: int
    database: Way
    redis: Way
    server: ServerProcess | None = None

    def state(self) -> str:
        """Say how it fares and what it said last."""
        assert self.server is not None
        said = self.server.log.read_text(encoding="utf-8").splitlines()[-LINES_SHOWN:]
        lives = "has ended" if self.server.has_ended else f"lives as {self.server.process.pid}"
        return "\n    ".join([f"{lives}, and said last:", *said])


@dataclass
class World:
    """Everything that may break."""

    folder: Path
    postgres: EmbeddedPostgres
    redis: EmbeddedRedis
    urls: DatabaseUrls
    processes: ServerProcesses
    front: Front
    lease_s: float
    members: list[Member] = field(default_factory=list)
    worker: Forked | None = None

    async def start_member(self, member: Member) -> None:
        """Start a node, without waiting for it."""
        url = urlsplit(self.urls.app)
        member.server = await self.processes.begin(
            member.port,
            database_url=f"postgresql://{url.username}@127.0.0.1:{member.database.port}{url.path}"
            "?sslmode=disable",
            REDIS_URL=f"redis://127.0.0.1:{member.redis.port}/0",
            TANDEM_LEASE_S=str(self.lease_s),
            TANDEM_LOG_LEVEL="info",
            TANDEM_LOG_FORMAT="json",
        )

    async def start_worker(self) -> None:
        """Start the worker."""
        self.worker = fork(
            *("backend.cli", "worker"),
            environ={
                **os.environ,
                "DATABASE_URL": self.urls.app,
                "REDIS_URL": self.redis.url,
                "TANDEM_LOG_LEVEL": "warning",
            },
            log=self.folder / "worker.log",
        )

    async def until_together(self) -> None:
        """Wait until all nodes are there and every shard belongs to one of them."""
        for member in self.members:
            assert member.server is not None
            await until(member.server.is_ready, within_s=TOGETHER_WITHIN_S)
        await until(self._is_shared, within_s=TOGETHER_WITHIN_S)

    async def _is_shared(self) -> bool:
        connection = await asyncpg.connect(self.urls.owner)
        try:
            owners = await connection.fetchval(
                "SELECT count(DISTINCT owner) FROM shard JOIN node ON node.id = shard.owner "
                "WHERE has_lease(heartbeat_at, lease_ms)"
            )
            orphans = await connection.fetchval(
                "SELECT count(*) FROM shard WHERE NOT EXISTS (SELECT FROM node "
                "WHERE node.id = owner AND has_lease(heartbeat_at, lease_ms))"
            )
        finally:
            await connection.close()
        return bool(owners == len(self.members) and orphans == 0)

    def state(self) -> str:
        """Say how each node fares and what it said last."""
        return "".join(f"\n{member.name}: {member.state()}" for member in self.members)

    async def close(self) -> None:
        """End every process."""
        for server in self.processes.started:
            if not server.has_ended:
                server.wake()  # A frozen one can only be killed, which is as well; woken, it ends.
        await self.processes.end_all()
        if self.worker is not None and self.worker.returncode is None:
            self.worker.send_signal(signal.SIGKILL)
            await self.worker.wait()


def _socket_of(dsn: str) -> Path:
    place = parse_qs(urlsplit(dsn).query)
    return Path(place["host"][0]) / f".s.PGSQL.{place['port'][0]}"


@asynccontextmanager
async def world(folder: Path, *, lease_s: float, durable: bool) -> AsyncIterator[World]:
    """Have it all until the block is left; nothing of it stays."""
    folder.chmod(0o755)
    async with AsyncExitStack() as stack:
        postgres = EmbeddedPostgres(folder / "pg", durable=durable)
        await stack.enter_async_context(postgres)
        redis = await stack.enter_async_context(EmbeddedRedis(folder / "redis"))
        urls = await prepare_database(postgres)
        await migrate(urls.owner)

        async def to_database() -> Streams:
            return await asyncio.open_unix_connection(str(_socket_of(urls.app)))

        async def to_redis() -> Streams:
            return await asyncio.open_unix_connection(urlsplit(redis.url).path)

        processes = ServerProcesses(urls.app, redis.url, folder)
        front = await stack.enter_async_context(Front())
        found = World(folder, postgres, redis, urls, processes, front, lease_s)
        stack.push_async_callback(found.close)
        for number in range(NODES):
            database = await stack.enter_async_context(way(to_database))
            member = Member(
                f"node {number + 1}",
                free_port(),
                database,
                await stack.enter_async_context(way(to_redis)),
            )
            found.members.append(member)
            await found.start_member(member)
        await found.start_worker()
        front.lead_to([member.port for member in found.members])
        await found.until_together()
        yield found
