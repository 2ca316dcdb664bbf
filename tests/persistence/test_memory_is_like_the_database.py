"""What stands for the database in the actors' tests does what the database does."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from uuid import UUID, uuid4

import pytest

from actors.ref import Ref
from protocol.address import address_of
from tests.support.clock import FakeClock
from tests.support.counter import (
    ANNA,
    BEN,
    BY_MAX,
    NOT_FIRST,
    Add,
    Read,
    Total,
    code_of,
    new_id,
    value_of,
)
from tests.support.engine import (
    Published,
    engine,
    held_in,
    numbers_of,
    purse_with,
    reloaded,
    remembered,
)
from tests.support.memory import MemoryLife, memory_life
from tests.support.servers import Servers
from tests.support.until import until


@dataclass
class Life:
    """Either of the two."""

    ref: Callable[[UUID], Ref]
    published: Published
    remembered: Callable[[UUID], Total]
    stored: Callable[[UUID], Awaitable[Total]]
    numbers: Callable[[UUID], Awaitable[list[int]]]
    purse_with: Callable[[int], Awaitable[UUID]]
    held_in: Callable[[UUID], Awaitable[int]]


@pytest.fixture(params=["memory", "database"])
async def life(
    request: pytest.FixtureRequest, servers: Servers, clock: FakeClock
) -> AsyncIterator[Life]:
    """One, then the other."""
    if request.param == "memory":
        yield of_memory(memory_life(clock))
        return
    async with engine(servers, clock) as running:
        yield Life(
            running.ref,
            running.published,
            lambda key: remembered(running, key),
            lambda key: reloaded(running, key),
            numbers_of,
            purse_with,
            held_in,
        )


def of_memory(memory: MemoryLife) -> Life:
    async def stored(key: UUID) -> Total:
        return memory.tables.total(key)

    async def numbers(key: UUID) -> list[int]:
        return memory.tables.numbers.get(address_of("counter", key), [])

    async def make_purse(held: int) -> UUID:
        return memory.purse_with(held)

    async def look_into(purse: UUID) -> int:
        return memory.tables.purses[purse]

    return Life(
        memory.ref, memory.published, memory.remembered, stored, numbers, make_purse, look_into
    )


async def test_what_waits_is_one_turn_in_order(life: Life) -> None:
    key = uuid4()
    outcomes = await asyncio.gather(*[life.ref(key).ask(Add(by=1), ANNA) for _ in range(20)])

    assert [value_of(outcome) for outcome in outcomes] == list(range(1, 21))
    assert await life.numbers(key) == list(range(1, 21))
    assert [number for _, number, _ in life.published.events] == list(range(1, 21))
    assert life.remembered(key) == await life.stored(key) == Total(20)


@pytest.mark.parametrize("place", range(4))
async def test_a_guard_cuts_the_turn(life: Life, place: int) -> None:
    key, empty, full = uuid4(), await life.purse_with(0), await life.purse_with(10)
    asks = [Add(by=1, purse=empty if n == place else full) for n in range(4)]
    outcomes = await asyncio.gather(*[life.ref(key).ask(ask, ANNA) for ask in asks])

    assert code_of(outcomes.pop(place)) == "test.purse_empty"
    assert [value_of(outcome) for outcome in outcomes] == [1, 2, 3]
    assert await life.held_in(full) == 7
    assert await life.numbers(key) == [1, 2, 3]


async def test_guards_see_what_was_taken_before_in_the_same_turn(life: Life) -> None:
    key, purse = uuid4(), await life.purse_with(5)
    outcomes = await asyncio.gather(
        *[life.ref(key).ask(Add(by=2, purse=purse), ANNA) for _ in range(4)]
    )

    assert [outcome.granted for outcome in outcomes] == [True, True, False, False]
    assert await life.held_in(purse) == 1


async def test_a_row_that_cannot_be_written_condemns_its_own_command(life: Life) -> None:
    key = uuid4()
    asks = [Add(by=1), Add(by=BY_MAX + 1), Add(by=2)]
    one, bad, two = await asyncio.gather(*[life.ref(key).ask(ask, ANNA) for ask in asks])

    assert (value_of(one), code_of(bad), value_of(two)) == (1, "internal", 3)
    assert life.remembered(key) == await life.stored(key) == Total(3)


async def test_outcomes_are_given_again_to_who_asked_and_to_nobody_else(
    life: Life, clock: FakeClock
) -> None:
    key, empty, granted, refused = uuid4(), await life.purse_with(0), new_id(clock), new_id(clock)
    first = await life.ref(key).ask(Add(by=1), ANNA, id=granted)
    no = await life.ref(key).ask(Add(by=1, purse=empty), ANNA, id=refused)

    assert (await life.ref(key).ask(Add(by=1), ANNA, id=granted)).body == first.body
    again = await life.ref(key).ask(Add(by=1, purse=empty), ANNA, id=refused)
    assert again.body == no.body
    for other in (
        life.ref(key).ask(Add(by=2), ANNA, id=granted),
        life.ref(key).ask(Add(by=1), BEN, id=granted),
        life.ref(uuid4()).ask(Add(by=1), ANNA, id=granted),
    ):
        assert code_of(await other) == "id_reused"
    assert await life.stored(key) == Total(1)


async def test_a_refusal_for_the_moment_is_not_kept_and_may_become_a_yes(
    life: Life, clock: FakeClock
) -> None:
    key, command_id = uuid4(), new_id(clock)
    later = await life.ref(key).ask(Add(by=NOT_FIRST), ANNA, id=command_id)
    await life.ref(key).ask(Add(by=1), ANNA)

    assert code_of(later) == "test.not_yet"
    assert value_of(await life.ref(key).ask(Add(by=NOT_FIRST), ANNA, id=command_id)) == 78


async def test_a_tell_is_heard_once_after_the_commit(life: Life) -> None:
    one, other = uuid4(), uuid4()
    for times in (1, 2):
        await life.ref(one).ask(Add(by=1, let_know=other), ANNA)
        await until(lambda: life.remembered(other).heard == times)  # noqa: B023

    assert await life.stored(other) == Total(0, 2)
    assert await life.numbers(other) == [1, 2]


async def test_a_question_leaves_no_trace(life: Life) -> None:
    key = uuid4()
    assert value_of(await life.ref(key).ask(Read(), ANNA)) == 0
    assert await life.numbers(key) == []
    assert life.published.events == []
