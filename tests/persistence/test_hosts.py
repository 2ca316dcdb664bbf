"""A URL that names several servers works as long as one of them is there and the right one."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from time import monotonic
from urllib.parse import parse_qs, quote, urlsplit
from uuid import uuid4

import asyncpg
import pytest

from backend.persistence import hosts
from backend.persistence.database import Database, fetch
from backend.persistence.directory import PostgresDirectory
from backend.persistence.hosts import Host, connect, hosts_of
from backend.persistence.session import PostgresSession
from backend.running.reaching import NotReached, reach_migrated
from protocol.common import Temporary
from tests.support.clock import FakeClock
from tests.support.counter import ANNA, Add, value_of
from tests.support.engine import engine
from tests.support.servers import Servers
from tests.support.superuser import Superuser
from tests.support.until import until
from tests.support.way import Way, to_database, way

LEASE_S = 3.0
AT_ONCE_S = 3.0


@pytest.fixture(autouse=True)
def nobody_was_asked_before(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hosts, "_right_one", {})


def folder_of(servers: Servers) -> str:
    return parse_qs(urlsplit(servers.urls.app).query)["host"][0]


def url_of(*ways: Way | int) -> str:
    ports = [found.port if isinstance(found, Way) else found for found in ways]
    named = ",".join(f"127.0.0.1:{port}" for port in ports)
    return f"postgresql://tandem_app@{named}/tandem?target_session_attrs=read-write"


@asynccontextmanager
async def two_ways(servers: Servers) -> AsyncIterator[tuple[Way, Way]]:
    async with (
        way(to_database(servers.urls.app)) as one,
        way(to_database(servers.urls.app)) as other,
    ):
        yield one, other


@pytest.mark.parametrize(
    ("dsn", "found"),
    [
        ("postgresql://u:p@a,b/db", (Host("a", None), Host("b", None))),
        ("postgresql://u@a:1,b:2/db", (Host("a", 1), Host("b", 2))),
        ("postgresql://a,b:2/db?target_session_attrs=any", (Host("a", None), Host("b", 2))),
        ("postgresql://u@[::1]:1,[::2],c/db", (Host("::1", 1), Host("::2", None), Host("c", None))),
        ("postgresql:///db?host=a,b&port=1,2", (Host("a", 1), Host("b", 2))),
        ("postgresql:///db?host=a,b&port=5", (Host("a", 5), Host("b", 5))),
        ("postgresql:///db?host=a:1,b:2", (Host("a", 1), Host("b", 2))),
        ("postgresql:///db?host=/run/a,/run/b", (Host("/run/a", None), Host("/run/b", None))),
        ("postgresql://%2Frun%2Fa,b:2/db", (Host("/run/a", None), Host("b", 2))),
        ("postgresql://u@a:1/db", (Host("a", 1),)),
        ("postgresql:///db?host=/run/a", (Host("/run/a", None),)),
        # What cannot be right the driver refuses in its own words.
        ("postgresql:///db?host=a,b&port=1,2,3", ()),
        ("postgresql://a,,b/db", ()),
        ("postgresql:///db", ()),
        ("not a database", ()),
    ],
)
def test_the_hosts_of_a_url(dsn: str, found: tuple[Host, ...]) -> None:
    assert hosts_of(dsn) == found


async def test_a_first_host_that_is_silent_keeps_nobody_from_the_second(servers: Servers) -> None:
    async with two_ways(servers) as (silent, there):
        silent.swallow()
        url = url_of(silent, there)
        await reach_migrated(url)

        directory = PostgresDirectory(Database(url), uuid4(), LEASE_S)
        hosts._right_one.clear()  # noqa: SLF001 - as if it were the first that is asked for
        async with asyncio.timeout(LEASE_S):
            await directory.beat(is_leaving=False, has_redis=True)
        await directory.leave()
        await directory.close()


async def test_the_pool_and_the_lanes_find_the_second_host(
    servers: Servers, clock: FakeClock
) -> None:
    async with two_ways(servers) as (silent, there):
        silent.swallow()
        url = url_of(silent, there)
        async with engine(servers, clock, lane_dsn=url) as running:
            assert value_of(await running.ref(uuid4()).ask(Add(by=1), ANNA)) == 1
    async with two_ways(servers) as (silent, there):
        silent.swallow()
        database = await Database(url_of(silent, there)).open()
        assert len(await fetch("SELECT 1 FROM deployment")) == 1
        await database.close()


async def test_who_was_there_last_is_asked_first(servers: Servers) -> None:
    async with two_ways(servers) as (silent, there):
        silent.swallow()
        url = url_of(silent, there)
        await (await connect(url)).close()
        begun_at = monotonic()
        await (await connect(url)).close()
        assert monotonic() - begun_at < hosts.SHARE_S

        # Until it is the other one.
        silent.restore()
        there.swallow()
        await (await connect(url)).close()


async def test_one_that_is_slow_is_asked_again_and_given_longer(
    servers: Servers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hosts, "SHARE_S", 0.2)
    async with two_ways(servers) as (silent, slow):
        silent.swallow()
        slow.swallow()
        connecting = asyncio.create_task(connect(url_of(silent, slow)))
        await until(lambda: slow.opened > 0)
        slow.restore()
        await (await connecting).close()


async def test_a_host_that_may_not_write_is_passed_over(
    servers: Servers, superuser: Superuser
) -> None:
    """As a standby is, or a primary that has been told to write nothing."""
    await superuser.execute("CREATE ROLE reader LOGIN IN ROLE tandem_app")
    await superuser.execute("ALTER ROLE reader SET default_transaction_read_only = on")
    try:
        async with two_ways(servers) as (one, other):
            url = url_of(one, other).replace("tandem_app", "reader")
            with pytest.raises(asyncpg.TargetServerAttributeNotMatched):
                await connect(url)
            await (await connect(url.replace("read-write", "any"))).close()
    finally:
        await superuser.execute("DROP ROLE reader")


async def test_what_a_server_said_is_told_before_that_others_were_not_reached(
    servers: Servers,
) -> None:
    async with way(to_database(servers.urls.app)) as there:
        url = url_of(1, there, 1).replace("/tandem?", "/nothing?")
        with pytest.raises(asyncpg.InvalidCatalogNameError):
            await connect(url)
        with pytest.raises(NotReached, match="does not exist"):
            await reach_migrated(url)
        there.swallow()
        with pytest.raises(TimeoutError, match="none of its hosts answered"):
            await connect(url_of(there, there), timeout=0.5)


async def test_sockets_in_folders_are_hosts_too(servers: Servers) -> None:
    folder = folder_of(servers)
    for named in (f"/nowhere,{folder}", folder):
        connection = await connect(
            f"postgresql:///tandem?host={quote(named, safe=',')}&user=tandem_app"
        )
        assert await connection.fetchval("SELECT 1") == 1
        await connection.close()


async def test_lanes_turn_their_backs_on_a_server_that_may_only_be_read(
    servers: Servers, clock: FakeClock
) -> None:
    """A primary that was demoted, where another host is the primary by now."""
    key = uuid4()
    async with engine(servers, clock) as running:
        await running.ref(key).ask(Add(by=1), ANNA)
        session = running.committer.lanes[0]._sessions._session  # noqa: SLF001 - as the server would
        assert isinstance(session, PostgresSession)
        await session.roll_back()
        await session.connection.execute("SET default_transaction_read_only = on")
        async with asyncio.timeout(AT_ONCE_S):
            assert value_of(await running.ref(key).ask(Add(by=1), ANNA)) == 2


async def test_readers_do_so_too(servers: Servers) -> None:
    database = await Database(servers.urls.app).open()
    before = await fetch("SELECT pg_backend_pid() AS pid")
    assert await fetch("SELECT pg_backend_pid() AS pid") == before
    with pytest.raises(Temporary):
        await fetch("DO $$ BEGIN RAISE 'read-only' USING ERRCODE = '25006'; END $$")
    assert await fetch("SELECT pg_backend_pid() AS pid") != before
    await database.close()
