"""Leases by the database's clock: when they hold, whatever that clock has been through."""

from collections.abc import AsyncIterator
from random import Random
from uuid import uuid4

import pytest

from tests.simulation.scheduling import Schedule
from tests.simulation.server import Server
from tests.simulation.tables import NodeRow
from tests.support.superuser import Superuser

LEASE_MS = 3_000
HOUR, DAY = 3_600, 86_400
CASES = [
    (-2, -DAY, True),
    (-4, -DAY, False),
    # Nobody could renew a lease while the server was away.
    (-DAY, -2, True),
    (-DAY, -4, False),
    # A clock may go back a little; by more than a lease, what it wrote before is no heartbeat.
    (2, -DAY, True),
    (4, -DAY, False),
    (4, -2, True),
    (-DAY, 2, True),
    (-DAY, 4, False),
    (HOUR, HOUR, False),
    (-2, HOUR, True),
]
"""When a node was heard of last, when the server was started, both from now, and what follows."""


@pytest.fixture
async def started(superuser: Superuser) -> AsyncIterator[Superuser]:
    """A session that believes the server to have started when the setting `test.started` says."""
    await superuser.execute("""
        CREATE SCHEMA started;
        CREATE FUNCTION started.pg_postmaster_start_time() RETURNS timestamptz LANGUAGE sql AS $$
            SELECT clock_timestamp() + current_setting('test.started')::interval $$;
        SET search_path = started, pg_catalog, public
    """)
    yield superuser
    await superuser.execute("DROP SCHEMA started CASCADE")


@pytest.mark.parametrize(("heartbeat_s", "start_s", "holds"), CASES)
async def test_a_lease_holds_for_as_long_as_it_says_and_not_by_a_clock_that_was_wrong(
    started: Superuser, heartbeat_s: int, start_s: int, *, holds: bool
) -> None:
    await started.execute(f"SET test.started = '{start_s} s'")
    found = await started.fetchval(
        "SELECT has_lease(clock_timestamp() + $1 * '1 s'::interval, $2)", heartbeat_s, LEASE_MS
    )
    assert found is holds


@pytest.mark.parametrize(("heartbeat_s", "start_s", "holds"), CASES)
def test_the_simulated_database_says_the_same(
    heartbeat_s: int, start_s: int, *, holds: bool
) -> None:
    server = Server(Schedule(Random(1)), Random(1), shards=1)  # noqa: S311 - always the same
    server.started_at = start_s
    node_id = uuid4()
    server.tables.nodes[node_id] = NodeRow(
        heartbeat_s,
        LEASE_MS / 1000,
        is_leaving=False,
        has_redis=True,
        redis_changed_at=0.0,
        lease_begun_at=0.0,
    )
    assert server.has_lease(node_id) is holds
