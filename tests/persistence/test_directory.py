"""The directory on PostgreSQL: who takes what is judged while nobody can change it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from uuid import UUID, uuid4

import asyncpg
import pytest
from structlog.testing import capture_logs

from actors.placement import SHARDS, View
from backend.persistence.database import Database, connection_config
from backend.persistence.directory import PostgresDirectory
from backend.persistence.guards import Connection
from tests.support.servers import Servers
from tests.support.superuser import Superuser
from tests.support.until import until
from tests.support.way import to_database, way

LEASE_S = 30.0
ALL = range(SHARDS)
_IS_TAKING = (
    "SELECT count(*) = 1 FROM pg_stat_activity "
    "WHERE wait_event_type = 'Lock' AND query LIKE '%UPDATE shard SET owner%'"
)


@asynccontextmanager
async def a_node(
    url: str, lease_s: float = LEASE_S
) -> AsyncIterator[tuple[UUID, PostgresDirectory]]:
    node_id = uuid4()
    directory = PostgresDirectory(Database(url), node_id, lease_s)
    await beat(directory)
    yield node_id, directory
    await directory.leave()
    await directory.close()


async def beat(directory: PostgresDirectory) -> View:
    return await directory.beat(is_leaving=False, has_redis=True)


@pytest.fixture(autouse=True)
async def as_if_started_long_ago(superuser: Superuser) -> AsyncIterator[None]:
    """Leases would begin anew with a server that has just been started, as that of tests was."""
    source: str = await superuser.fetchval("SELECT prosrc FROM pg_proc WHERE proname = 'has_lease'")
    change = (
        "CREATE OR REPLACE FUNCTION has_lease(heartbeat_at timestamptz, lease_ms integer) "
        "RETURNS boolean LANGUAGE sql VOLATILE AS $${}$$"
    )
    assert "pg_postmaster_start_time()" in source
    await superuser.execute(
        change.format(source.replace("pg_postmaster_start_time()", "'-infinity'"))
    )
    yield
    await superuser.execute(change.format(source))


async def age(superuser: Superuser, node_id: UUID) -> None:
    """Have a node's lease run out."""
    await superuser.execute(
        "UPDATE node SET heartbeat_at = clock_timestamp() - '1 hour'::interval WHERE id = $1",
        node_id,
    )


Hold = Callable[[Connection, UUID], Awaitable[object]]


async def of_a_shard(holder: Connection, _owner: UUID) -> None:
    """Lock what is to be taken, as another who moves shards does."""
    await holder.execute("SELECT FROM shard WHERE id = 7 FOR UPDATE")


async def of_the_lease(holder: Connection, owner: UUID) -> None:
    """Renew the lease, and be slow to commit it."""
    await holder.execute("UPDATE node SET heartbeat_at = clock_timestamp() WHERE id = $1", owner)


@pytest.mark.parametrize("hold", [of_a_shard, of_the_lease])
async def test_who_is_heard_of_while_others_take_keeps_what_it_owns(
    servers: Servers, superuser: Superuser, hold: Hold
) -> None:
    app = servers.urls.app
    async with a_node(app) as (owner, owners), a_node(app) as (other, others):
        await owners.take(ALL, [])
        await age(superuser, owner)
        holder = await asyncpg.connect(servers.postgres.dsn("tandem"))
        async with holder.transaction():
            await hold(holder, owner)
            taking = asyncio.create_task(others.take(ALL, [owner]))
            await until(lambda: superuser.fetchval(_IS_TAKING))
            if hold is of_a_shard:
                await beat(owners)
        await holder.close()
        view = await taking
        assert (len(view.shards_of(owner)), len(view.shards_of(other))) == (SHARDS, 0)
        assert view.is_fresh(owner)


async def test_two_that_take_at_once_share_and_never_wait_in_a_circle(servers: Servers) -> None:
    app = servers.urls.app
    async with a_node(app) as (one, ones), a_node(app) as (other, others):
        for _ in range(20):
            await asyncio.gather(ones.take(ALL, []), others.take(list(reversed(ALL)), []))
            view = await ones.hand_over({})
            assert len(view.shards_of(one)) + len(view.shards_of(other)) == SHARDS
            heirs = dict.fromkeys(ALL, uuid4())
            await asyncio.gather(ones.hand_over(heirs), others.hand_over(heirs))


async def test_a_session_that_does_not_get_to_listen_is_not_kept(
    servers: Servers, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with way(to_database(servers.urls.app)) as there:
        database = Database(f"postgresql://tandem_app@127.0.0.1:{there.port}/tandem")
        lease_s = 0.5
        directory = PostgresDirectory(database, uuid4(), lease_s)
        woken = asyncio.Event()
        directory.watch(woken.set)
        connected = database.connection

        async def connect_and_fall_silent(name: str, **options: float) -> Connection:
            connection = await connected(name, **options)
            there.swallow()
            return connection

        with monkeypatch.context() as patch:
            patch.setattr(database, "connection", connect_and_fall_silent)
            async with asyncio.timeout(lease_s * 4):
                with pytest.raises(TimeoutError):
                    await beat(directory)
        there.restore()
        await until(lambda: heard(directory))
        async with a_node(servers.urls.app) as (_, others):
            await others.take([0], [])
            await asyncio.wait_for(woken.wait(), 5)
        await directory.leave()
        await directory.close()


async def heard(directory: PostgresDirectory) -> bool:
    try:
        await beat(directory)
    except OSError:
        return False
    return True


async def test_late_work_that_could_not_be_ended_is_ended_by_the_next_heartbeat(
    servers: Servers, superuser: Superuser, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = servers.urls.app
    async with a_node(app) as (owner, owners), a_node(app) as (other, others):
        await owners.take(ALL, [])
        name = f"tandem lane 0 of {owner}"
        stopped = [await asyncpg.connect(**connection_config(app, name)) for _ in "ab"]
        await age(superuser, owner)

        async def nowhere(_name: str, **_options: float) -> Connection:
            raise ConnectionRefusedError("too many")

        with monkeypatch.context() as patch, capture_logs() as said:
            patch.setattr(others._database, "connection", nowhere)  # noqa: SLF001 - as when it is full
            view = await others.take(ALL, [owner])
        assert "late work could not be ended" in [line["event"] for line in said]
        assert len(view.shards_of(other)) == SHARDS
        assert not any(session.is_closed() for session in stopped)
        await beat(others)
        await until(lambda: all(session.is_closed() for session in stopped))


async def test_whose_lease_has_run_out_begins_another_and_knows_it(
    servers: Servers, superuser: Superuser
) -> None:
    async with a_node(servers.urls.app) as (node_id, directory):
        first = (await beat(directory)).term_of(node_id)
        assert first is not None
        assert (await beat(directory)).term_of(node_id) == first
        await age(superuser, node_id)
        second = (await beat(directory)).term_of(node_id)
        assert second is not None
        assert second > first
        # Also where the clock by which the last one began was ahead.
        await superuser.execute(
            "UPDATE node SET lease_begun_at = lease_begun_at + '1 day'::interval, "
            "heartbeat_at = clock_timestamp() - '1 hour'::interval WHERE id = $1",
            node_id,
        )
        third = (await beat(directory)).term_of(node_id)
        assert third == second + 86_400_000_000 + 1
