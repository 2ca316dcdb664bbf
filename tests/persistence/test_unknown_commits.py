"""A connection lost in mid-commit: how it ended is found out, then acted on, either way."""

import asyncio
from collections.abc import AsyncIterator
from uuid import uuid4

import pytest

from backend.persistence.database import fetch
from tests.support.clock import FakeClock
from tests.support.counter import ANNA, Add, Total, code_of, new_id, value_of
from tests.support.engine import Engine, engine, numbers_of, reloaded, remembered
from tests.support.servers import Servers
from tests.support.superuser import Superuser
from tests.support.until import until
from tests.support.wire import Fault, Wire, wire_to

AT_ONCE = "it is found out at once, not by a time-out"


@pytest.fixture
async def wired(servers: Servers, clock: FakeClock) -> AsyncIterator[tuple[Engine, Wire]]:
    """An engine whose lane takes a way to the database that can be cut."""
    async with (
        wire_to(servers.urls.app) as (wire, dsn),
        engine(servers, clock, lane_dsn=dsn) as running,
    ):
        yield running, wire


@pytest.mark.parametrize("fault", list(Fault))
async def test_every_command_is_done_once_however_the_commit_ended(
    wired: tuple[Engine, Wire], fault: Fault
) -> None:
    running, wire = wired
    key, others = uuid4(), [uuid4() for _ in range(5)]
    await running.ref(key).ask(Add(by=1), ANNA)
    wire.fault = fault
    async with asyncio.timeout(5):  # Less than any time-out of the server: see AT_ONCE.
        asks = [running.ref(key).ask(Add(by=1), ANNA) for _ in range(10)]
        outcomes = await asyncio.gather(
            *asks, *[running.ref(other).ask(Add(by=7), ANNA) for other in others]
        )

    assert wire.struck.is_set()
    assert [value_of(outcome) for outcome in outcomes] == [*range(2, 12), *[7] * 5], AT_ONCE
    assert await numbers_of(key) == list(range(1, 12))
    assert remembered(running, key) == await reloaded(running, key) == Total(11)
    assert [number for topic, number, _ in running.published.events if str(key) in topic] == list(
        range(1, 12)
    )


async def test_what_was_committed_unheard_is_not_committed_again(
    wired: tuple[Engine, Wire], clock: FakeClock
) -> None:
    running, wire = wired
    key, command_id = uuid4(), new_id(clock)
    await running.ref(key).ask(Add(by=1), ANNA)
    commits = wire.commits
    wire.fault = Fault.CUT_AFTER
    outcome = await running.ref(key).ask(Add(by=2), ANNA, id=command_id)

    assert value_of(outcome) == 3
    assert wire.commits == commits + 1
    assert value_of(await running.ref(key).ask(Add(by=2), ANNA, id=command_id)) == 3


async def test_its_actors_wait_while_the_database_is_away_and_nothing_is_acknowledged(
    wired: tuple[Engine, Wire],
) -> None:
    running, wire = wired
    key = uuid4()
    await running.ref(key).ask(Add(by=1), ANNA)
    wire.is_down, wire.fault = True, Fault.CUT_AFTER
    first = asyncio.create_task(running.ref(key).ask(Add(by=1), ANNA))
    await wire.struck.wait()
    behind = asyncio.create_task(running.ref(key).ask(Add(by=1), ANNA))
    actor = running.system.actors[running.ref(key).address]
    await until(lambda: len(actor.mailbox) == 1)

    assert not first.done()
    assert not behind.done()
    wire.is_down = False
    assert (value_of(await first), value_of(await behind)) == (2, 3)
    assert await numbers_of(key) == [1, 2, 3]


async def test_what_stands_behind_a_commit_of_unknown_end_is_told_to_come_again_not_that_itself(
    wired: tuple[Engine, Wire], clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    running, wire = wired
    key, other = uuid4(), uuid4()
    first_id, later_id, others_id = (new_id(clock) for _ in range(3))
    for known in (key, other):
        await running.ref(known).ask(Add(by=1), ANNA)
    wire.is_down, wire.fault = True, Fault.CUT_AFTER
    first = asyncio.create_task(running.ref(key).ask(Add(by=10), ANNA, id=first_id))
    await wire.struck.wait()
    copy = asyncio.create_task(running.ref(key).ask(Add(by=10), ANNA, id=first_id))
    later = asyncio.create_task(running.ref(key).ask(Add(by=100), ANNA, id=later_id))
    others = asyncio.create_task(running.ref(other).ask(Add(by=100), ANNA, id=others_id))
    await until(lambda: len(running.committer.lanes[0].queue) == 1)
    with monkeypatch.context() as patched:
        patched.setattr("backend.persistence.silence.HOLD_S", 0.0)
        assert [code_of(await later), code_of(await others)] == ["temporary"] * 2

    # The first is durable, though nobody could know: it and its copy are told so, and nothing else.
    assert not first.done()
    assert not copy.done()
    wire.is_down = False
    assert [value_of(await first), value_of(await copy)] == [11, 11]
    assert value_of(await running.ref(key).ask(Add(by=100), ANNA, id=later_id)) == 111
    assert value_of(await running.ref(other).ask(Add(by=100), ANNA, id=others_id)) == 101
    assert await numbers_of(key) == [1, 2, 3]


async def test_a_backend_that_hangs_in_its_commit_is_ended_and_the_command_done_anew(
    wired: tuple[Engine, Wire], superuser: Superuser
) -> None:
    running, wire = wired
    key = uuid4()
    await running.ref(key).ask(Add(by=1), ANNA)
    await superuser.execute("""
        CREATE SEQUENCE test_hang; GRANT USAGE ON test_hang TO tandem_app;
        CREATE FUNCTION test_hang() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF nextval('test_hang') = 1 THEN PERFORM pg_sleep(60); END IF;
            RETURN NULL;
        END $$;
        CREATE CONSTRAINT TRIGGER test_hang AFTER INSERT ON test_count
            DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION test_hang();
    """)
    try:
        wire.fault = Fault.CUT_AFTER
        async with asyncio.timeout(5):
            assert value_of(await running.ref(key).ask(Add(by=1), ANNA)) == 2
    finally:
        await superuser.execute(
            "DROP TRIGGER test_hang ON test_count; DROP FUNCTION test_hang; DROP SEQUENCE test_hang"
        )
    assert await reloaded(running, key) == Total(2)
    assert await numbers_of(key) == [1, 2]


async def test_a_lane_whose_session_is_ended_between_batches_goes_on(
    running: Engine, superuser: Superuser
) -> None:
    key = uuid4()
    for turn in range(1, 6):
        assert value_of(await running.ref(key).ask(Add(by=1), ANNA)) == turn
        await superuser.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE application_name LIKE 'tandem lane %'"
        )
    assert await numbers_of(key) == [1, 2, 3, 4, 5]


async def test_a_lane_whose_session_is_ended_again_and_again_under_load_does_all_once(
    running: Engine, superuser: Superuser
) -> None:
    keys = [uuid4() for _ in range(20)]

    async def count(key: object) -> list[int]:
        said = []
        for _ in range(20):
            outcome = await running.ref(key).ask(Add(by=1), ANNA)  # type: ignore[arg-type]
            said.append(value_of(outcome))
        return said

    counting = asyncio.gather(*[count(key) for key in keys])
    ended = 0
    for _ in range(5):
        before = running.batches
        await until(lambda: running.batches > before or counting.done())  # noqa: B023
        ended += await superuser.fetchval(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
            "WHERE application_name LIKE 'tandem lane %'"
        )

    assert ended >= 3
    assert await counting == [list(range(1, 21))] * 20
    rows = await fetch(
        "SELECT counter, sum(by) AS total FROM test_count WHERE counter = ANY($1) GROUP BY 1", keys
    )
    assert {row["total"] for row in rows} == {20}


async def test_without_a_database_commands_wait_to_a_limit_and_are_then_temporary(
    wired: tuple[Engine, Wire], clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    running, wire = wired
    key, command_id = uuid4(), new_id(clock)
    await running.ref(key).ask(Add(by=1), ANNA)
    wire.is_down = True
    wire.cut_all()
    waiting = asyncio.create_task(running.ref(key).ask(Add(by=1), ANNA, id=command_id))
    lane = running.committer.lanes[0]
    await until(lambda: lane.is_held)
    assert not waiting.done()
    monkeypatch.setattr("backend.persistence.silence.HOLD_S", 0.0)
    assert code_of(await waiting) == "temporary"

    # Who comes later does not wait as long again; the first that succeeds ends it.
    assert code_of(await running.ref(key).ask(Add(by=1), ANNA)) == "temporary"
    monkeypatch.undo()
    wire.is_down = False
    assert value_of(await running.ref(key).ask(Add(by=1), ANNA, id=command_id)) == 2
    assert not lane.is_held
    assert await reloaded(running, key) == Total(2)
