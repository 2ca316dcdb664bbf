"""Redis alone is one form of it; behind Sentinel, or several servers, carry words as well."""

import asyncio
import signal
import subprocess
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import pytest
import uvloop
from redis.asyncio import Redis
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError

from backend.clock import SystemClock
from backend.cluster.links import Links
from backend.cluster.ports import TransportAway
from backend.cluster.redis_transport import RedisTransport
from backend.cluster.words import NotHere
from backend.embedded.programs import redis_program
from backend.integrations.redis_url import open_redis
from tests.cluster.conftest import share
from tests.support.clock import FakeClock
from tests.support.couple import Couple, unite
from tests.support.node import Node, running_node
from tests.support.people import sign_up
from tests.support.processes import free_port
from tests.support.servers import Servers
from tests.support.until import until


@asynccontextmanager
async def redis_at(
    port: int, folder: Path, *arguments: str
) -> AsyncIterator[subprocess.Popen[bytes]]:
    """Run a Redis of our own on a port."""
    command = [str(redis_program()), *arguments, "--port", str(port), "--bind", "127.0.0.1"]
    with (folder / f"{port}.log").open("wb") as log:
        process = subprocess.Popen(command, cwd=folder, stdout=log, stderr=log)
    try:
        await until(lambda: answers(port))
        yield process
    finally:
        process.kill()
        process.wait()


async def answers(port: int) -> bool:
    async with Redis(port=port) as redis:
        try:
            return bool(await redis.ping())
        except RedisError:
            return False


@asynccontextmanager
async def couple_at_two(
    servers: Servers, clock: FakeClock, redis_url: str
) -> AsyncIterator[Couple]:
    """Anna at one node, Ben at the other, with this Redis between them."""
    there = replace(servers, redis_url=redis_url)
    async with running_node(there, clock) as first, running_node(there, clock) as second:
        await until(lambda: share(first, second))
        anna, ben = await sign_up(first, clock, "Anna"), await sign_up(second, clock, "Ben")
        yield Couple(anna, ben, await unite(anna, ben))


async def test_each_of_several_servers_carries_the_words_of_its_share(
    servers: Servers, clock: FakeClock, tmp_path: Path
) -> None:
    ports = [free_port(), free_port()]
    async with AsyncExitStack() as stack:
        for port in ports:
            await stack.enter_async_context(redis_at(port, tmp_path))
        urls = " ".join(f"redis://127.0.0.1:{port}/0" for port in ports)
        async with couple_at_two(servers, clock, urls) as couple, couple.phones() as (anna, ben):
            await anna.do("moods.log", mood="calm", mood_score=7)
            assert (await ben.sees("moods.logged"))["mood_score"] == 7
            for node in (couple.anna.node, couple.ben.node):
                port = ports[node.house.node_id.int % len(ports)]
                assert await listens(node, port)


class Watched(RedisTransport):
    """Counts how often something could not be said."""

    failed = 0

    async def publish(self, parcels: Sequence[tuple[UUID, bytes]]) -> None:
        try:
            await super().publish(parcels)
        except TransportAway:
            self.failed += 1
            raise


async def test_a_server_that_hangs_keeps_no_word_on_another_from_being_heard(
    tmp_path: Path,
) -> None:
    ports = [free_port(), free_port()]
    urls = [f"redis://127.0.0.1:{port}/0" for port in ports]
    async with AsyncExitStack() as stack:
        _, hanging = [await stack.enter_async_context(redis_at(port, tmp_path)) for port in ports]
        # By the remainder of their ids: both at the first server, and one at the second.
        ours, near, far = UUID(int=2), UUID(int=4), UUID(int=1)
        transport = Watched(urls, ours)
        one = Links(ours, transport, SystemClock())
        other = Links(near, RedisTransport(urls, near), SystemClock())
        heard: list[int] = []
        other.on(NotHere, lambda _sender, word: heard.append(word.number))
        for links in (one, other):
            links.start()
            stack.push_async_callback(links.stop)
        await until(lambda: one.is_up and other.is_up)

        async def told_while_it_hangs() -> bool:
            number = len(heard)
            one.send(far, NotHere(number))
            one.send(near, NotHere(number))
            await until(lambda: len(heard) > number)
            return transport.failed >= 2

        hanging.send_signal(signal.SIGSTOP)
        await until(told_while_it_hangs)
        assert heard == list(range(len(heard)))
        assert other.gaps == 0
        assert one.is_up


async def listens(node: Node, port: int) -> bool:
    """Tell whether a node hears what is said to it on this Redis."""
    channel = f"tandem:node:{node.house.node_id}"
    async with Redis(port=port) as redis:
        return bool(dict(await redis.pubsub_numsub(channel))[channel.encode()])


@pytest.mark.timeout(90)
async def test_behind_sentinel_words_go_on_when_the_master_has_died(
    servers: Servers, clock: FakeClock, tmp_path: Path
) -> None:
    master, replica, sentinel = free_port(), free_port(), free_port()
    settings = tmp_path / "sentinel.conf"
    settings.write_text(
        f"sentinel monitor tandem 127.0.0.1 {master} 1\n"
        "sentinel down-after-milliseconds tandem 500\n"
        "sentinel failover-timeout tandem 5000\n"
    )
    async with AsyncExitStack() as stack:
        dying = await stack.enter_async_context(redis_at(master, tmp_path))
        of_master = ("--replicaof", "127.0.0.1", str(master))
        await stack.enter_async_context(redis_at(replica, tmp_path, *of_master))
        await until(lambda: is_replica(replica))
        await stack.enter_async_context(redis_at(sentinel, tmp_path, str(settings), "--sentinel"))
        await until(lambda: knows_a_replica(sentinel))
        url = f"redis+sentinel://127.0.0.1:{sentinel}/tandem"
        async with couple_at_two(servers, clock, url) as couple, couple.phones() as (anna, ben):
            await anna.do("moods.log", mood="calm", mood_score=7)
            await ben.sees("moods.logged")

            dying.kill()
            # Refused as temporary until there is another master, and sent again by the phone.
            async with asyncio.timeout(60):
                await anna.do("moods.log", mood="happy", mood_score=8)
                await ben.do("moods.log", mood="happy", mood_score=9)
                seen = [(await ben.sees("moods.logged"))["mood_score"] for _ in range(2)]
            assert seen == [8, 9]


async def is_replica(port: int) -> bool:
    async with Redis(port=port) as redis:
        told = await redis.info("replication")
        return (told["role"], told.get("master_link_status")) == ("slave", "up")


async def knows_a_replica(port: int) -> bool:
    async with Redis(port=port, decode_responses=True) as redis:
        asked = redis.execute_command("SENTINEL", "REPLICAS", "tandem")  # type: ignore[no-untyped-call]
        return bool(await asked)


@pytest.mark.parametrize("scheme", ["redis", "unix"])
async def test_that_a_connection_has_gone_is_said_as_redis_says_it(
    servers: Servers, tmp_path: Path, scheme: str
) -> None:
    """Uvloop has other words for it, which nobody expects."""

    async def write_to_what_is_closed(url: str) -> None:
        async with open_redis(url, Redis, within_s=1.0) as redis:
            connection = await redis.connection_pool.get_connection()
            connection._writer.transport.abort()  # noqa: SLF001 - nobody else ends it unseen
            await asyncio.sleep(0)
            with pytest.raises(RedisConnectionError, match="handler is closed"):
                await connection.send_command("PING")

    if scheme == "unix":
        await asyncio.to_thread(uvloop.run, write_to_what_is_closed(servers.redis_url))
        return
    port = free_port()
    async with redis_at(port, tmp_path):
        await asyncio.to_thread(uvloop.run, write_to_what_is_closed(f"redis://127.0.0.1:{port}/0"))
