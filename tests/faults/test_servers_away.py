"""PostgreSQL and Redis go and come back under load: nothing is lost, nothing is done twice."""

import os
import signal

import pytest

from tests.faults.conftest import Ground
from tests.support.load import Load, load_at
from tests.support.processes import ServerProcess, ServerProcesses, sign_up
from tests.support.until import until

SOME = 20


async def some_more(load: Load) -> None:
    """Wait until so many more commands have been answered."""
    before = load.answered
    await until(lambda: load.answered > before + SOME, within_s=20)


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize("is_crash", [False, True], ids=["restarted", "crashed"])
async def test_postgresql_is_away_for_a_moment(
    processes: ServerProcesses, ground: Ground, *, is_crash: bool
) -> None:
    server = await processes.start()
    async with load_at(server) as load:
        load.begin()
        await some_more(load)
        if is_crash:
            os.kill(ground.postgres.pid, signal.SIGQUIT)  # Without a checkpoint: it must recover.
            await ground.postgres.ended()
        await ground.postgres.stop()
        await ground.postgres.start()
        await some_more(load)
        await load.end()
        await load.verify()


@pytest.mark.usefixtures("database")
async def test_redis_is_away_for_a_moment(processes: ServerProcesses, ground: Ground) -> None:
    server = await processes.start()
    async with load_at(server) as load:
        load.begin()
        await some_more(load)
        os.kill(ground.redis.pid, signal.SIGKILL)
        await ground.redis.ended()
        await some_more(load)
        await until(lambda: _is(server, "degraded"))
        await sign_up(server, "Dora")
        await ground.redis.stop()
        await ground.redis.start()
        await some_more(load)
        await until(lambda: _is(server, "ready"))
        await load.end()
        await load.verify()


async def _is(server: ServerProcess, status: str) -> bool:
    return bool((await server.readiness())["status"] == status)
