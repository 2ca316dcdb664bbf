"""Turns: a refusal at each of their places, bugs, cuts by the database, and memory behind it."""

import asyncio
from uuid import UUID, uuid4

import pytest

from actors.actor import LOST_TIMES_MAX
from actors.outcome import Outcome
from actors.turn import Turn
from tests.support.clock import FakeClock
from tests.support.counter import A_BUG, ANNA, Add, Counted, Total, code_of, new_id, value_of
from tests.support.memory import MemoryLife
from tests.support.until import until

STEPS = 5


async def all_at_once(life: MemoryLife, key: UUID, asks: list[Add]) -> list[Outcome]:
    return await asyncio.gather(*[life.ref(key).ask(ask, ANNA) for ask in asks])


def is_true_to_the_tables(life: MemoryLife, key: UUID) -> bool:
    address = life.ref(key).address
    actor = life.system.actors[address]
    return (
        life.remembered(key) == life.tables.total(key)
        and actor.head == life.tables.heads[address]
        and life.tables.numbers[address] == list(range(1, actor.head.seq + 1))
    )


@pytest.mark.parametrize("place", range(STEPS))
@pytest.mark.parametrize(
    ("refused", "code"), [(Add(by=500), "test.too_much"), (Add(by=A_BUG), "internal")]
)
async def test_what_the_rules_refuse_changes_nothing_for_the_others(
    life: MemoryLife, refused: Add, code: str, place: int
) -> None:
    key = uuid4()
    asks = [Add(by=1) for _ in range(STEPS)]
    asks[place] = refused
    outcomes = await all_at_once(life, key, asks)

    assert code_of(outcomes.pop(place)) == code
    assert [value_of(outcome) for outcome in outcomes] == [1, 2, 3, 4]
    assert len(life.committer.turns) == 1
    assert is_true_to_the_tables(life, key)


@pytest.mark.parametrize("place", range(STEPS))
async def test_what_the_database_refuses_cuts_the_turn_and_the_rest_is_decided_again(
    life: MemoryLife, place: int
) -> None:
    key, empty, full = uuid4(), life.purse_with(0), life.purse_with(100)
    asks = [Add(by=1, purse=empty if n == place else full) for n in range(STEPS)]
    outcomes = await all_at_once(life, key, asks)

    assert code_of(outcomes.pop(place)) == "test.purse_empty"
    assert [value_of(outcome) for outcome in outcomes] == [1, 2, 3, 4]
    assert [len(turn.steps) for turn in life.committer.turns] == [STEPS, STEPS - place]
    assert life.tables.purses[full] == 96
    assert is_true_to_the_tables(life, key)


async def test_a_turn_is_cut_as_often_as_the_database_says_no(life: MemoryLife) -> None:
    key, empty = uuid4(), life.purse_with(0)
    outcomes = await all_at_once(life, key, [Add(by=1, purse=empty) for _ in range(STEPS)])

    assert [code_of(outcome) for outcome in outcomes] == ["test.purse_empty"] * STEPS
    assert life.remembered(key) == Total()
    assert len(life.tables.outcomes) == STEPS


async def test_a_known_outcome_in_the_middle_is_given_again_and_the_rest_goes_on(
    life: MemoryLife, clock: FakeClock
) -> None:
    key, known = uuid4(), new_id(clock)
    await life.ref(key).ask(Add(by=10), ANNA, id=known)
    one, again, two = await asyncio.gather(
        life.ref(key).ask(Add(by=1), ANNA),
        life.ref(key).ask(Add(by=10), ANNA, id=known),
        life.ref(key).ask(Add(by=1), ANNA),
    )

    assert (value_of(one), value_of(again), value_of(two)) == (11, 10, 12)
    assert is_true_to_the_tables(life, key)


async def test_memory_follows_only_what_is_committed(life: MemoryLife) -> None:
    key = uuid4()
    await life.ref(key).ask(Add(by=1), ANNA)
    life.committer.hold()
    asked = asyncio.create_task(life.ref(key).ask(Add(by=1), ANNA))
    await until(lambda: bool(life.committer.waiting))

    assert life.remembered(key) == Total(1)
    assert not asked.done()
    assert len(life.published.events) == 1
    life.committer.release()
    assert value_of(await asked) == 2
    assert life.remembered(key) == Total(2)
    assert life.published.events[-1][1:] == (2, Counted(value=2))


async def test_what_could_not_be_committed_is_dropped_and_memory_is_read_anew(
    life: MemoryLife, clock: FakeClock
) -> None:
    key, command_id = uuid4(), new_id(clock)
    await life.ref(key).ask(Add(by=1), ANNA)
    loads = len(life.store.loads)
    life.committer.hold()
    asked = asyncio.create_task(life.ref(key).ask(Add(by=1), ANNA, id=command_id))
    await until(lambda: bool(life.committer.waiting))
    life.committer.give_up("the database is away")

    assert code_of(await asked) == "temporary"
    assert command_id not in life.tables.outcomes
    assert value_of(await life.ref(key).ask(Add(by=1), ANNA, id=command_id)) == 2
    assert len(life.store.loads) == loads + 1
    assert is_true_to_the_tables(life, key)


async def test_a_turn_that_lost_its_actor_is_decided_again_on_what_is_durable(
    life: MemoryLife,
) -> None:
    key = uuid4()
    address = life.ref(key).address
    await life.ref(key).ask(Add(by=1), ANNA)
    head = life.tables.heads[address]
    life.tables.heads[address] = type(head)(head.version + 1, head.seq, head.generation)

    assert value_of(await life.ref(key).ask(Add(by=1), ANNA)) == 2
    assert is_true_to_the_tables(life, key)


async def test_what_loses_its_actor_again_and_again_is_answered_moved(life: MemoryLife) -> None:
    key = uuid4()
    await life.ref(key).ask(Add(by=1), ANNA)
    address = life.ref(key).address

    def somebody_else_commits(turn: Turn) -> None:
        head = life.tables.heads[address]
        life.tables.heads[address] = type(head)(head.version + 1, head.seq, head.generation)
        commit(turn)

    commit = life.committer.commit
    life.committer.commit = somebody_else_commits  # type: ignore[method-assign]
    assert code_of(await life.ref(key).ask(Add(by=1), ANNA)) == "moved"
    assert len(life.committer.turns) == 1 + LOST_TIMES_MAX
    life.committer.commit = commit  # type: ignore[method-assign]

    assert value_of(await life.ref(key).ask(Add(by=1), ANNA)) == 2
    assert is_true_to_the_tables(life, key)


async def test_a_bug_is_answered_with_a_reference_that_stands_in_the_log(
    life: MemoryLife, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    outcome = await life.ref(uuid4()).ask(Add(by=A_BUG, note="private enough"), ANNA)

    reference = outcome.body.decode().partition('"reference":"')[2][:12]
    assert len(reference) == 12
    assert reference in caplog.text + capsys.readouterr().out
