"""The mailbox: order, a turn over what waits, its limit, and one command under one id."""

import asyncio
from uuid import UUID, uuid4

from actors.actor import MAILBOX_MAX, TURN_STEPS_MAX
from actors.letter import Letter, TellLetter
from actors.outcome import Outcome
from protocol.common import Temporary
from tests.support.clock import FakeClock
from tests.support.counter import (
    ANNA,
    BEN,
    Add,
    Moved,
    Read,
    Total,
    code_of,
    new_id,
    refused_of,
    value_of,
)
from tests.support.memory import MemoryLife
from tests.support.until import until


def ask(life: MemoryLife, key: UUID, by: int = 1) -> asyncio.Task[Outcome]:
    return asyncio.create_task(life.ref(key).ask(Add(by=by), ANNA))


async def in_flight(life: MemoryLife, key: UUID, by: int = 1) -> asyncio.Task[Outcome]:
    """Ask, and wait until the turn is on its way into the database, where it is held."""
    life.committer.hold()
    before = len(life.committer.turns)
    task = ask(life, key, by)
    await until(lambda: len(life.committer.turns) > before)
    return task


async def test_commands_are_decided_in_the_order_they_came(life: MemoryLife) -> None:
    key = uuid4()
    outcomes = await asyncio.gather(*[life.ref(key).ask(Add(by=n), ANNA) for n in range(1, 11)])

    assert [value_of(outcome) for outcome in outcomes] == [1, 3, 6, 10, 15, 21, 28, 36, 45, 55]
    assert [number for _, number, _ in life.published.events] == list(range(1, 11))


async def test_a_turn_takes_all_that_waited_while_the_one_before_was_committed(
    life: MemoryLife,
) -> None:
    key = uuid4()
    first = await in_flight(life, key)
    behind = [ask(life, key) for _ in range(20)]
    await until(lambda: len(life.system.actors[life.ref(key).address].mailbox) == 20)
    life.committer.release()
    await asyncio.gather(first, *behind)

    assert [len(turn.steps) for turn in life.committer.turns] == [1, 20]


async def test_a_turn_takes_so_many_and_the_next_one_the_others(life: MemoryLife) -> None:
    key = uuid4()
    count = TURN_STEPS_MAX * 2 + 10
    outcomes = await asyncio.gather(*[life.ref(key).ask(Add(by=1), ANNA) for _ in range(count)])

    assert [value_of(outcome) for outcome in outcomes] == list(range(1, count + 1))
    assert [len(turn.steps) for turn in life.committer.turns] == [64, 64, 10]


async def test_a_full_mailbox_refuses_by_name_and_what_it_took_is_done(life: MemoryLife) -> None:
    key = uuid4()
    first = await in_flight(life, key)
    waiting = [ask(life, key) for _ in range(MAILBOX_MAX)]
    await until(lambda: len(life.system.actors[life.ref(key).address].mailbox) == MAILBOX_MAX)
    refused = await life.ref(key).ask(Add(by=1), ANNA)
    life.committer.release()
    outcomes = await asyncio.gather(first, *waiting)

    found = refused_of(refused)
    assert (found.code, found.facts, found.temporary) == ("overloaded", {"what": "mailbox"}, True)
    assert value_of(outcomes[-1]) == MAILBOX_MAX + 1
    assert value_of(await life.ref(key).ask(Add(by=1), ANNA)) == MAILBOX_MAX + 2


async def test_the_same_id_twice_in_one_turn_is_done_once(
    life: MemoryLife, clock: FakeClock
) -> None:
    key, command_id = uuid4(), new_id(clock)
    one, two = await asyncio.gather(
        *[life.ref(key).ask(Add(by=5), ANNA, id=command_id) for _ in range(2)]
    )

    assert value_of(one) == value_of(two) == 5
    assert life.tables.total(key) == Total(5)


async def test_a_copy_waits_for_the_outcome_of_the_one_in_flight(
    life: MemoryLife, clock: FakeClock
) -> None:
    key, command_id = uuid4(), new_id(clock)
    life.committer.hold()
    first = asyncio.create_task(life.ref(key).ask(Add(by=5), ANNA, id=command_id))
    await until(lambda: len(life.committer.turns) == 1)
    copy = asyncio.create_task(life.ref(key).ask(Add(by=5), ANNA, id=command_id))
    actor = life.system.actors[life.ref(key).address]
    await until(lambda: isinstance(actor.by_id[command_id].copies, list))  # type: ignore[union-attr]
    await until(lambda: len(actor.by_id[command_id].copies) == 1)  # type: ignore[union-attr]
    assert not copy.done()
    life.committer.release()

    assert value_of(await first) == value_of(await copy) == 5
    assert [len(turn.steps) for turn in life.committer.turns] == [1]


async def test_an_id_in_flight_is_refused_to_another_wish_and_to_another_person(
    life: MemoryLife, clock: FakeClock
) -> None:
    key, command_id = uuid4(), new_id(clock)
    life.committer.hold()
    first = asyncio.create_task(life.ref(key).ask(Add(by=5), ANNA, id=command_id))
    await until(lambda: len(life.committer.turns) == 1)

    others = [
        asyncio.create_task(life.ref(key).ask(Add(by=6), ANNA, id=command_id)),
        asyncio.create_task(life.ref(key).ask(Add(by=5), BEN, id=command_id)),
    ]
    await until(lambda: len(life.system.actors[life.ref(key).address].mailbox) == 2)
    life.committer.release()

    assert value_of(await first) == 5
    assert [code_of(await other) for other in others] == ["id_reused"] * 2


async def test_when_the_first_under_an_id_could_not_be_committed_the_other_wish_may_have_it(
    life: MemoryLife, clock: FakeClock
) -> None:
    key, command_id = uuid4(), new_id(clock)
    life.committer.hold()
    first = asyncio.create_task(life.ref(key).ask(Add(by=5), ANNA, id=command_id))
    await until(lambda: len(life.committer.turns) == 1)
    other = asyncio.create_task(life.ref(key).ask(Add(by=6), ANNA, id=command_id))
    await until(lambda: len(life.system.actors[life.ref(key).address].mailbox) == 1)
    life.committer.give_up("the database is away")

    assert code_of(await first) == "temporary"
    assert value_of(await other) == 6
    assert code_of(await life.ref(key).ask(Add(by=5), ANNA, id=command_id)) == "id_reused"


async def test_a_question_waits_for_what_stands_before_it_and_writes_nothing(
    life: MemoryLife,
) -> None:
    key = uuid4()
    _, read = await asyncio.gather(
        life.ref(key).ask(Add(by=5), ANNA), life.ref(key).ask(Read(), ANNA)
    )
    version = life.tables.heads[life.ref(key).address].version
    await life.ref(key).ask(Read(), ANNA)

    assert value_of(read) == 5
    assert life.tables.heads[life.ref(key).address].version == version == 1
    assert len(life.committer.turns) == 1


async def test_who_fails_to_take_an_answer_holds_up_nobody(life: MemoryLife) -> None:
    key = uuid4()

    def fails(_outcome: Outcome) -> None:
        raise RuntimeError("the socket has a bug")

    life.ref(key).post(Read(), ANNA, fails)
    assert value_of(await life.ref(key).ask(Add(by=1), ANNA)) == 1


async def test_what_waits_behind_a_turn_can_be_given_up_but_not_the_turn_nor_tells(
    life: MemoryLife, clock: FakeClock
) -> None:
    key, command_id, tell_id = uuid4(), new_id(clock), new_id(clock)
    life.committer.hold()
    first = asyncio.create_task(life.ref(key).ask(Add(by=5), ANNA, id=command_id))
    await until(lambda: len(life.committer.turns) == 1)
    copy = asyncio.create_task(life.ref(key).ask(Add(by=5), ANNA, id=command_id))
    behind = ask(life, key)
    address, tell = life.ref(key).address, TellLetter(tell_id, (Moved(by=3),))
    life.tables.tells[tell_id] = (address, tell)
    life.system.post(address, tell)
    await until(lambda: len(life.system.actors[address].mailbox) == 2)

    given_up = life.committer.turns[0].give_up_behind(Temporary(why="nobody answers"))
    assert [type(letter) for letter in given_up] == [Letter]
    assert refused_of(await behind).facts == {"why": "nobody answers"}
    assert not first.done()
    assert not copy.done()

    life.committer.release()
    assert [value_of(await first), value_of(await copy)] == [5, 5]
    await until(lambda: life.remembered(key) == Total(5, 1))
    assert value_of(await life.ref(key).ask(Add(by=1), ANNA)) == 6
