"""Leases by the database's clock: when they hold, whatever that clock has been through."""

from collections.abc import AsyncIterator

import pytest

from tests.support.superuser import Superuser

LEASE_MS = 3_000


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


@pytest.mark.parametrize(
    ("heartbeat", "start", "holds"),
    [
        ("-2 s", "-1 day", True),
        ("-4 s", "-1 day", False),
        # Nobody could renew a lease while the server was away.
        ("-1 day", "-2 s", True),
        ("-1 day", "-4 s", False),
        # A clock may go back a little; by more than a lease, what it wrote before is no heartbeat.
        ("2 s", "-1 day", True),
        ("4 s", "-1 day", False),
        ("4 s", "-2 s", True),
        ("-1 day", "2 s", True),
        ("-1 day", "4 s", False),
        ("1 hour", "1 hour", False),
        ("-2 s", "1 hour", True),
    ],
)
async def test_a_lease_holds_for_as_long_as_it_says_and_not_by_a_clock_that_was_wrong(
    started: Superuser, heartbeat: str, start: str, *, holds: bool
) -> None:
    await started.execute(f"SET test.started = '{start}'")
    found = await started.fetchval(
        "SELECT has_lease(clock_timestamp() + $1::text::interval, $2)", heartbeat, LEASE_MS
    )
    assert found is holds
