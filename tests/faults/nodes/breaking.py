"""What may go wrong: each breaks something, for as long as it matters, and mends it again."""

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable
from random import Random

from redis.asyncio import Redis

from actors.placement import CUT_OFF_AFTER_S
from tests.faults.nodes.world import Member, World

Fault = Callable[[World, Random], Awaitable[None]]


def _past_lease_s(world: World) -> float:
    """So long that others have taken over."""
    return 2 * world.lease_s


def _anybody(world: World, random: Random) -> Member:
    return random.choice(world.members)


async def kill_a_node(world: World, random: Random) -> None:
    """SIGKILL: nothing is said to anybody; it is started again a moment later."""
    member = _anybody(world, random)
    assert member.server is not None
    member.server.kill()
    await member.server.ended()
    await asyncio.sleep(random.uniform(0, _past_lease_s(world)))
    await world.start_member(member)


async def replace_a_node(world: World, random: Random) -> None:
    """SIGTERM, and another in its place: a deploy."""
    member = _anybody(world, random)
    assert member.server is not None
    member.server.process.terminate()
    await member.server.ended()
    await world.start_member(member)


async def freeze_a_node(world: World, random: Random) -> None:
    """SIGSTOP for longer than its lease; awake, it does not know that anything has happened."""
    member = _anybody(world, random)
    assert member.server is not None
    member.server.process.send_signal(signal.SIGSTOP)
    await asyncio.sleep(_past_lease_s(world))
    member.server.wake()


async def freeze_a_node_for_a_moment(world: World, random: Random) -> None:
    """SIGSTOP for less than its lease: nobody takes anything from it."""
    member = _anybody(world, random)
    assert member.server is not None
    member.server.process.send_signal(signal.SIGSTOP)
    await asyncio.sleep(random.uniform(0.2, world.lease_s / 2))
    member.server.wake()


async def stop_redis(world: World, random: Random) -> None:
    """Gone for all, for a while."""
    os.kill(world.redis.pid, signal.SIGKILL)
    await world.redis.stop()
    await asyncio.sleep(random.uniform(1, _past_lease_s(world)))
    await world.redis.start()


async def restart_redis(world: World, _random: Random) -> None:
    """Gone, and back at once."""
    await world.redis.stop()
    await world.redis.start()


async def flush_redis(world: World, _random: Random) -> None:
    """All that it kept is gone: queues, counts."""
    async with Redis.from_url(world.redis.url) as redis:
        await redis.flushall()


async def restart_postgres(world: World, _random: Random) -> None:
    """Stopped in order, started again."""
    await world.postgres.stop()
    await world.postgres.start()


async def crash_postgres(world: World, _random: Random) -> None:
    """Without a checkpoint: it has to recover."""
    os.kill(world.postgres.pid, signal.SIGQUIT)
    await world.postgres.ended()
    await world.postgres.stop()
    await world.postgres.start()


async def cut_a_node_from_redis(world: World, random: Random) -> None:
    """One node alone, longer than others wait for it."""
    member = _anybody(world, random)
    (member.redis.cut if random.random() < 0.5 else member.redis.swallow)()
    await asyncio.sleep(random.uniform(1, 2 * CUT_OFF_AFTER_S))
    member.redis.restore()


async def cut_a_node_from_postgres(world: World, random: Random) -> None:
    """One node alone, longer than its lease."""
    member = _anybody(world, random)
    (member.database.cut if random.random() < 0.5 else member.database.swallow)()
    await asyncio.sleep(random.uniform(1, 2) * _past_lease_s(world))
    member.database.restore()


async def kill_the_worker(world: World, random: Random) -> None:
    """Whatever jobs it was at."""
    assert world.worker is not None
    world.worker.kill()
    await world.worker.wait()
    await asyncio.sleep(random.uniform(0, 2))
    await world.start_worker()


FAULTS: tuple[Fault, ...] = (
    kill_a_node,
    replace_a_node,
    freeze_a_node,
    freeze_a_node_for_a_moment,
    stop_redis,
    restart_redis,
    flush_redis,
    restart_postgres,
    crash_postgres,
    cut_a_node_from_redis,
    cut_a_node_from_postgres,
    kill_the_worker,
)
