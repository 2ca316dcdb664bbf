"""An API process killed at every failpoint: what was acknowledged is there once, and no more."""

import signal

import pytest

from backend.persistence.failpoints import FAILPOINTS
from tests.faults.conftest import Ground
from tests.support.load import load_at
from tests.support.processes import ServerProcesses
from tests.support.wire import Fault, wire_to

COMMITS_UNTIL = 5
COMMITS_UNTIL_FIRST = 30
"""More: by then people have signed up and found each other."""


@pytest.mark.usefixtures("database")
async def test_killed_at_every_failpoint_nothing_is_lost_and_nothing_done_twice(
    processes: ServerProcesses,
) -> None:
    first, *others = FAILPOINTS
    server = await processes.start(TANDEM_FAILPOINT=f"{first}:{COMMITS_UNTIL_FIRST}")
    async with load_at(server) as load:
        load.begin()
        assert await server.ended() == -signal.SIGKILL, f"not killed at {first}"
        for failpoint in others:
            armed = f"{failpoint}:{COMMITS_UNTIL}"
            server = await processes.begin(server.port, TANDEM_FAILPOINT=armed)
            assert await server.ended() == -signal.SIGKILL, f"not killed at {failpoint}"
        await processes.begin(server.port)
        await load.end()
        await load.verify()


@pytest.mark.usefixtures("database")
async def test_killed_after_the_commit_was_sent_and_before_it_was_answered(
    processes: ServerProcesses, ground: Ground
) -> None:
    async with wire_to(ground.urls.app) as (wire, dsn):
        server = await processes.start(database_url=dsn)
        async with load_at(server) as load:
            load.begin()
            wire.as_it_strikes = server.kill
            wire.fault = Fault.CUT_AFTER
            assert await server.ended() == -signal.SIGKILL
            await processes.begin(server.port)
            await load.end()
            await load.verify()
