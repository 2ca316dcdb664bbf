"""What the simulated database does for a batch, PostgreSQL does: each scene is played on both."""

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable, Coroutine
from pathlib import Path
from random import Random
from typing import Any, Protocol, cast
from uuid import UUID, uuid4

import asyncpg
import pytest

from actors.letter import Letter, TellLetter
from actors.outcome import Outcome
from actors.placement import shard_of
from actors.ports import Fanout, Head
from actors.turn import Step, Turn
from backend.embedded import DatabaseUrls, EmbeddedPostgres, prepare_database
from backend.persistence import session as sessions
from backend.persistence.database import Database
from backend.persistence.migrating import migrate
from backend.persistence.plan import Plan
from backend.persistence.ports import Mark, Opened, Session
from backend.persistence.work import Work
from protocol.address import Address, address_of
from protocol.ids import uuid7
from tests.simulation.connecting import Database as SimulatedDatabase
from tests.simulation.connecting import Road
from tests.simulation.scheduling import NodeLoop, Schedule
from tests.simulation.server import Server
from tests.simulation.session import open_session
from tests.support.clock import FakeClock
from tests.support.counter import ANNA, Add, Counted, Moved
from tests.support.servers import Servers

SHARDS = 256
WAITS_S = 0.2
NOW = FakeClock().now()


class Ground(Protocol):
    """Where a scene is played."""

    async def session(self) -> Session:
        """Open a session for batches."""

    async def own(self, shard: int, owner: UUID) -> None:
        """Make a node the owner of a shard."""

    async def crash(self) -> None:
        """Have the server die and start again."""

    async def ended(self, xid: str) -> str:
        """Say how the server thinks that the transaction of a number ended."""


class Simulated:
    """The simulated database."""

    def __init__(self) -> None:
        self.schedule = Schedule(Random(1))  # noqa: S311 - always the same
        self.loop = NodeLoop(self.schedule, "node", pytest.fail)  # type: ignore[abstract]
        self.schedule.loops.append(self.loop)
        self.server = Server(self.schedule, Random(1), SHARDS)  # noqa: S311
        road = Road(self.schedule, Random(1))  # noqa: S311
        self._database = SimulatedDatabase(self.server, road, self.loop)

    async def session(self) -> Session:
        return await open_session(self._database, (), "tandem lane test")

    async def own(self, shard: int, owner: UUID) -> None:
        self.server.tables.set_owner(shard, owner)

    async def crash(self) -> None:
        self.server.shut_down()
        self.server.start_up()

    async def ended(self, xid: str) -> str:
        return self.server.ends[xid].end.value

    def play(self, scene: "Scene") -> None:
        task = self.loop.create_task(scene(self))
        self.schedule.run(100.0, task.done)
        task.result()


class Real:
    """PostgreSQL."""

    def __init__(self, database: Database, postgres: EmbeddedPostgres) -> None:
        self._database = database
        self._postgres = postgres
        self.sessions: list[Session] = []

    async def session(self) -> Session:
        self.sessions.append(
            await sessions.open_session(self._database, FakeClock(), "tandem lane test")
        )
        return self.sessions[-1]

    async def own(self, shard: int, owner: UUID) -> None:
        connection = await self._database.connection("test")
        await connection.execute(
            "UPDATE shard SET owner = $2, epoch = epoch + 1 WHERE id = $1", shard, owner
        )
        await connection.close()

    async def crash(self) -> None:
        os.kill(self._postgres.pid, signal.SIGQUIT)
        await self._postgres.ended()
        await self._postgres.stop()
        await self._postgres.start()
        # Its socket may be in another place now.
        self._database = Database((await prepare_database(self._postgres)).app)

    async def ended(self, xid: str) -> str:
        connection = await self._database.connection("test")
        status = await connection.fetchval("SELECT pg_xact_status($1::text::xid8)", xid)
        await connection.close()
        return str(status)


Scene = Callable[[Ground], Coroutine[Any, Any, None]]


class Actors:
    """An actor, the node that owns it, and two sessions of that node."""

    def __init__(self, ground: Ground, one: Session, other: Session) -> None:
        self.ground = ground
        self.one, self.other = one, other
        self.address = address_of("counter", uuid4())
        self.shard = shard_of(self.address, SHARDS)
        self.node_id = uuid4()

    def plan(
        self, version: int, *letters: Letter | TellLetter, address: Address | None = None
    ) -> Plan:
        """Plan a turn that stands on a version."""
        turn = Turn(
            address or self.address,
            Head(version, 0, 1),
            NOW,
            fanout=cast("Fanout", None),
            new_work=Work,
            shard=shard_of(address or self.address, SHARDS),
        )
        for letter in letters or (command(),):
            step = Step(letter)
            step.outcome, step.writes = Outcome.of(Counted(value=1)), True
            turn.steps.append(step)
        return Plan(turn)

    async def open(self, session: Session, plan: Plan) -> Opened:
        """Begin and open, as a batch does."""
        await session.begin()
        opened, _ = await session.open([plan], self.node_id, ())
        return opened

    async def commit(self, session: Session, plan: Plan) -> None:
        """Commit a turn."""
        assert (await self.open(session, plan)).addresses == {plan.turn.address}
        await session.write([plan], [], [], NOW)
        await session.commit()


async def actors_on(ground: Ground) -> Actors:
    found = Actors(ground, await ground.session(), await ground.session())
    await ground.own(found.shard, found.node_id)
    return found


def command() -> Letter:
    made_ms = int(NOW.timestamp() * 1000)
    return Letter(Add(by=1), ANNA, lambda _outcome: None, id=uuid7(made_ms))


async def waiting(opening: Awaitable[Opened]) -> asyncio.Task[Opened]:
    """Begin something, and see that it waits."""
    task = asyncio.ensure_future(opening)
    done, _ = await asyncio.wait({task}, timeout=WAITS_S)
    assert not done
    return task


async def the_first_turn_makes_a_head_and_the_next_one_must_stand_on_it(ground: Ground) -> None:
    actors = await actors_on(ground)
    await actors.commit(actors.one, actors.plan(0))
    for stale in (0, 2):
        opened = await actors.open(actors.other, actors.plan(stale))
        assert (opened.addresses, opened.elsewhere) == (set(), set())
        await actors.other.roll_back()
    await actors.commit(actors.other, actors.plan(1))


async def who_waits_for_a_head_is_left_out_when_the_other_commits(ground: Ground) -> None:
    actors = await actors_on(ground)
    for version in (0, 1):
        await actors.open(actors.one, actors.plan(version))
        other = await waiting(actors.open(actors.other, actors.plan(version)))
        await actors.one.commit()
        assert (await other).addresses == set()
        await actors.other.roll_back()


async def who_waits_for_a_head_goes_on_when_the_other_rolls_back(ground: Ground) -> None:
    actors = await actors_on(ground)
    for version in (0, 1):
        await actors.open(actors.one, actors.plan(version))
        other = await waiting(actors.open(actors.other, actors.plan(version)))
        await actors.one.roll_back()
        assert (await other).addresses == {actors.address}
        await actors.other.commit()


async def the_owner_is_the_one_of_when_the_opening_began(ground: Ground) -> None:
    actors = await actors_on(ground)
    await actors.commit(actors.one, actors.plan(0))
    await actors.open(actors.one, actors.plan(1))
    other = await waiting(actors.open(actors.other, actors.plan(1)))
    await ground.own(actors.shard, uuid4())
    await actors.one.roll_back()
    assert (await other).addresses == {actors.address}
    await actors.other.roll_back()
    opened = await actors.open(actors.other, actors.plan(1))
    assert (opened.addresses, opened.elsewhere) == (set(), {actors.address})


async def a_command_in_flight_is_waited_for_and_then_known(ground: Ground) -> None:
    actors = await actors_on(ground)
    letter = command()
    elsewhere = address_of("counter", uuid4())
    await ground.own(shard_of(elsewhere, SHARDS), actors.node_id)
    await actors.open(actors.one, actors.plan(0, letter))
    other = await waiting(actors.open(actors.other, actors.plan(0, letter, address=elsewhere)))
    await actors.one.commit()
    assert (await other).has_known_command
    await actors.other.roll_back()
    assert letter.id is not None
    stored = await actors.other.stored([letter.id, uuid7()])
    assert [found.actor for found in stored.values()] == [actors.address]


async def a_tell_is_heard_once(ground: Ground) -> None:
    actors = await actors_on(ground)
    tell = TellLetter(uuid7(), (Moved(by=1),))
    sender = actors.plan(0)
    await actors.open(actors.one, sender)
    await actors.one.write([sender], [(actors.address, tell)], [], NOW)
    await actors.one.commit()
    assert await actors.one.waiting([tell.id, uuid7()]) == {tell.id}
    assert not (await actors.open(actors.one, actors.plan(1, tell))).has_heard_tell
    other = await waiting(actors.open(actors.other, actors.plan(1, tell)))
    await actors.one.commit()
    opened = await other
    assert opened.has_heard_tell
    assert opened.addresses == set()
    await actors.other.roll_back()
    assert await actors.other.waiting([tell.id]) == set()


async def how_a_transaction_ended_is_told_by_another_session(ground: Ground) -> None:
    actors = await actors_on(ground)
    opened = await actors.open(actors.one, actors.plan(0))
    await actors.other.step_out_of_role()
    mark = Mark(opened.xid, {actors.address: 1})
    assert await actors.other.is_running(opened.xid)
    assert not await actors.other.has_left(mark)
    await actors.one.commit()
    assert not await actors.other.is_running(opened.xid)
    assert await actors.other.has_left(mark)
    await actors.open(actors.one, actors.plan(1))
    await actors.one.commit()
    assert not await actors.other.has_left(mark)
    assert not await actors.other.end_other(actors.one.pid, opened.xid)


async def one_head_that_nobody_has_written_since_tells_how_all_ended(ground: Ground) -> None:
    actors = await actors_on(ground)
    beside = address_of("counter", uuid4())
    await ground.own(shard_of(beside, SHARDS), actors.node_id)
    await actors.one.begin()
    plans = [actors.plan(0), actors.plan(0, address=beside)]
    opened, _ = await actors.one.open(plans, actors.node_id, ())
    await actors.one.commit()
    await actors.commit(actors.one, actors.plan(1))
    await actors.other.begin()
    assert await actors.other.has_left(Mark(opened.xid, {actors.address: 1, beside: 1}))


async def a_session_is_ended_with_what_it_had_under_way(ground: Ground) -> None:
    actors = await actors_on(ground)
    opened = await actors.open(actors.one, actors.plan(0))
    await actors.other.step_out_of_role()
    while await actors.other.end_other(actors.one.pid, opened.xid):  # noqa: ASYNC110 - it is asked
        await asyncio.sleep(0.01)
    assert not await actors.other.is_running(opened.xid)
    assert not await actors.other.has_left(Mark(opened.xid, {actors.address: 1}))
    with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError)):
        await actors.one.commit()
    assert actors.one.is_closed
    third = await ground.session()
    assert (await actors.open(third, actors.plan(0))).addresses == {actors.address}


async def a_crash_gives_the_number_of_a_lost_transaction_to_another(ground: Ground) -> None:
    actors = await actors_on(ground)
    opened = await actors.open(actors.one, actors.plan(0))
    await ground.crash()
    later = await actors_on(ground)
    await later.commit(later.one, later.plan(0))
    assert await ground.ended(opened.xid) == "committed"
    assert not await later.other.has_left(Mark(opened.xid, {actors.address: 1}))


async def two_that_wait_for_each_other_are_parted(ground: Ground) -> None:
    actors = await actors_on(ground)
    first, second = command(), command()
    await actors.open(actors.one, actors.plan(0, first))
    elsewhere = address_of("counter", uuid4())
    await actors.open(actors.other, actors.plan(0, second, address=elsewhere))
    one = asyncio.ensure_future(actors.open(actors.one, actors.plan(1, second)))
    other = asyncio.ensure_future(actors.open(actors.other, actors.plan(1, first)))
    ended = await asyncio.gather(one, other, return_exceptions=True)
    assert [isinstance(end, asyncpg.DeadlockDetectedError) for end in ended].count(True) == 1


SCENES: list[Scene] = [
    the_first_turn_makes_a_head_and_the_next_one_must_stand_on_it,
    who_waits_for_a_head_is_left_out_when_the_other_commits,
    who_waits_for_a_head_goes_on_when_the_other_rolls_back,
    the_owner_is_the_one_of_when_the_opening_began,
    a_command_in_flight_is_waited_for_and_then_known,
    a_tell_is_heard_once,
    how_a_transaction_ended_is_told_by_another_session,
    one_head_that_nobody_has_written_since_tells_how_all_ended,
    a_session_is_ended_with_what_it_had_under_way,
    two_that_wait_for_each_other_are_parted,
]


@pytest.mark.parametrize(
    "scene", [*SCENES, a_crash_gives_the_number_of_a_lost_transaction_to_another]
)
def test_in_the_simulation(scene: Scene) -> None:
    Simulated().play(scene)


async def play(scene: Scene, urls: DatabaseUrls, postgres: EmbeddedPostgres) -> None:
    ground = Real(Database(urls.app), postgres)
    try:
        await scene(ground)
    finally:
        for session in ground.sessions:
            session.terminate()


@pytest.mark.parametrize("scene", SCENES)
async def test_in_postgresql(scene: Scene, servers: Servers) -> None:
    await play(scene, servers.urls, servers.postgres)


async def test_in_a_postgresql_that_crashes(tmp_path: Path) -> None:
    # What is not committed yet is not written down by itself.
    lazy = {"wal_writer_delay": "10s"}
    async with EmbeddedPostgres(tmp_path / "pg", durable=False, settings=lazy) as postgres:
        urls = await prepare_database(postgres)
        await migrate(urls.owner)
        await play(a_crash_gives_the_number_of_a_lost_transaction_to_another, urls, postgres)
