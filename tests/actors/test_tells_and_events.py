"""What actors let each other know, and what follows from events."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import ClassVar
from uuid import UUID, uuid4

import msgspec
import pytest

from actors.letter import TellLetter
from actors.part import Part
from actors.system import RUN_AT_ONCE_MAX
from actors.turn import Turn
from protocol.address import address_of
from protocol.messages import Command, Event, Tell
from tests.support.clock import FakeClock
from tests.support.counter import (
    A_BUG,
    ANNA,
    COUNTER,
    Add,
    Counted,
    HeardOf,
    Moved,
    Read,
    Total,
    code_of,
    new_id,
    value_of,
)
from tests.support.memory import MemoryLife, memory_life
from tests.support.until import until


def leave(life: MemoryLife, clock: FakeClock, receiver: UUID, *tells: Tell) -> TellLetter:
    """Have a tell wait in the tables, as its sender's turn left it."""
    letter = TellLetter(new_id(clock), tells)
    life.tables.tells[letter.id] = (address_of("counter", receiver), letter)
    return letter


async def test_another_actor_hears_after_the_commit_and_once(life: MemoryLife) -> None:
    one, other = uuid4(), uuid4()
    life.committer.hold()
    asked = asyncio.create_task(life.ref(one).ask(Add(by=1, let_know=other), ANNA))
    await until(lambda: bool(life.committer.waiting))
    assert life.ref(other).address not in life.system.actors
    life.committer.release()
    await asked
    await until(lambda: life.remembered(other).heard == 1)

    assert life.tables.tells == {}
    assert life.tables.total(other) == Total(0, 1)


async def test_two_who_tell_each_other_do_not_wait_for_each_other(life: MemoryLife) -> None:
    one, other = uuid4(), uuid4()
    await asyncio.gather(
        life.ref(one).ask(Add(by=1, let_know=other), ANNA),
        life.ref(other).ask(Add(by=1, let_know=one), ANNA),
    )
    await until(lambda: life.remembered(one) == life.remembered(other) == Total(1, 1))


async def test_a_refused_command_tells_nobody(life: MemoryLife) -> None:
    one, other, empty = uuid4(), uuid4(), life.purse_with(0)
    await life.ref(one).ask(Add(by=500, let_know=other), ANNA)
    await life.ref(one).ask(Add(by=1, purse=empty, let_know=other), ANNA)

    assert life.tables.tells == {}
    assert life.ref(other).address not in life.system.actors


async def test_what_was_left_is_heard_before_what_comes_now(
    life: MemoryLife, clock: FakeClock
) -> None:
    key = uuid4()
    leave(life, clock, key, Moved(by=1))
    await life.ref(key).ask(Add(by=1), ANNA)

    assert [event for _, _, event in life.published.events] == [HeardOf(heard=1), Counted(value=1)]


async def test_a_tell_that_comes_twice_is_heard_once(life: MemoryLife, clock: FakeClock) -> None:
    key = uuid4()
    letter = leave(life, clock, key, Moved(by=1))
    await life.ref(key).ask(Read(), ANNA)
    await until(lambda: life.remembered(key).heard == 1)
    life.system.post(letter_address := life.ref(key).address, TellLetter(letter.id, letter.tells))
    await life.ref(key).ask(Add(by=1), ANNA)

    assert life.tables.total(key) == life.remembered(key) == Total(1, 1)
    assert life.tables.numbers[letter_address] == [1, 2]


async def test_a_tell_that_meets_a_bug_stays_in_its_table_and_blocks_nobody(
    life: MemoryLife, clock: FakeClock
) -> None:
    key = uuid4()
    bad = leave(life, clock, key, Moved(by=-A_BUG))
    leave(life, clock, key, Moved(by=1))
    await life.ref(key).ask(Add(by=1), ANNA)

    assert life.remembered(key) == Total(1, 1)
    assert list(life.tables.tells) == [bad.id]


async def test_a_tell_nobody_hears_blocks_nobody(life: MemoryLife, clock: FakeClock) -> None:
    class Unknown(Tell, frozen=True, tag="test.unknown"):
        """No Part of the counter hears this."""

        actor: ClassVar = "counter"

    key = uuid4()
    life.system.post(life.ref(key).address, TellLetter(new_id(clock), (Unknown(),)))
    assert value_of(await life.ref(key).ask(Add(by=1), ANNA)) == 1


async def test_of_conflated_events_in_one_turn_only_the_last_is_numbered(
    life: MemoryLife, clock: FakeClock
) -> None:
    key = uuid4()
    leave(life, clock, key, *[Moved(by=1) for _ in range(5)])
    leave(life, clock, key, Moved(by=1))
    await life.ref(key).ask(Add(by=1), ANNA)

    assert [(number, event) for _, number, event in life.published.events] == [
        (1, HeardOf(heard=6)),
        (2, Counted(value=1)),
    ]
    assert life.remembered(key) == life.tables.total(key) == Total(1, 6)


class Log(msgspec.Struct, frozen=True):
    """Another room's share of the counter: what it saw."""

    seen: tuple[int, ...] = ()


class Seen(Event, frozen=True, tag="test.seen"):
    """The other room saw it."""

    value: int


class Forget(Command, frozen=True, tag="test.forget"):
    """Have the log say something itself."""

    actor: ClassVar = "counter"
    reply: ClassVar = Seen


def make_log() -> Part[Log]:
    async def load(keys: Sequence[UUID]) -> Mapping[UUID, Log]:
        return dict.fromkeys(keys, Log())

    log = Part("log", of=COUNTER, empty=Log(), load=load)

    @log.evolves(Seen)
    def seen(state: Log, event: Seen) -> Log:
        return Log((*state.seen, event.value))

    @log.reacts(Counted)
    def react(event: Counted, log: Log, total: Total, turn: Turn) -> None:
        assert total.value == event.value, "memory follows before what reacts"
        if event.value == A_BUG * 2:
            raise RuntimeError("a bug in what reacts")
        turn.note(Seen(value=event.value + len(log.seen) * 1000))

    return log


class TestReactions:
    """A room follows another's events in the same turn."""

    async def test_what_reacts_is_loaded_when_first_needed_and_told_in_order(
        self, clock: FakeClock
    ) -> None:
        log = make_log()
        life = memory_life(clock, log)
        key = uuid4()
        one, two = await asyncio.gather(*[life.ref(key).ask(Add(by=1), ANNA) for _ in range(2)])

        assert (value_of(one), value_of(two)) == (1, 2)
        assert life.system.actors[life.ref(key).address].states[log] == Log((1, 1002))
        assert [number for _, number, _ in life.published.events] == [1, 2]

    async def test_a_bug_in_what_reacts_refuses_the_command_that_caused_it(
        self, clock: FakeClock
    ) -> None:
        life = memory_life(clock, make_log())
        key = uuid4()
        bug, fine = await asyncio.gather(
            life.ref(key).ask(Add(by=A_BUG * 2), ANNA), life.ref(key).ask(Add(by=1), ANNA)
        )

        assert (code_of(bug), value_of(fine)) == ("internal", 1)
        assert life.tables.total(key) == Total(1)

    async def test_what_reacts_to_itself_for_ever_is_stopped(self, clock: FakeClock) -> None:
        log = make_log()

        @log.reacts(Seen)
        def again(event: Seen, turn: Turn) -> None:
            turn.note(event)

        life = memory_life(clock, log)
        assert code_of(await life.ref(uuid4()).ask(Add(by=1), ANNA)) == "internal"


@pytest.mark.parametrize("is_committed", [True, False])
async def test_who_is_expelled_goes_after_the_commit_and_only_then(
    clock: FakeClock, *, is_committed: bool
) -> None:
    async def load(keys: Sequence[UUID]) -> Mapping[UUID, Log]:
        return dict.fromkeys(keys, Log())

    door = Part("door", of=COUNTER, empty=Log(), load=load)

    @door.handles(Forget)
    def forget(_command: Forget, turn: Turn) -> Seen:
        turn.expel(ANNA.user_id)
        return turn.publish(Seen(value=1))

    life = memory_life(clock, door)
    key = uuid4()
    life.committer.hold()
    asked = asyncio.create_task(life.ref(key).ask(Forget(), ANNA))
    await until(lambda: bool(life.committer.waiting))
    assert life.published.expelled == []
    if is_committed:
        life.committer.release()
    else:
        life.committer.give_up("the database is away")
    await asked

    expected = [(life.ref(key).address, ANNA.user_id)] if is_committed else []
    assert life.published.expelled == expected


async def test_who_only_hears_runs_after_those_somebody_waits_for(
    life: MemoryLife, clock: FakeClock
) -> None:
    hearing, asked = [uuid4() for _ in range(20)], [uuid4() for _ in range(20)]
    for key in [*hearing, *asked]:
        await life.ref(key).ask(Add(by=1), ANNA)
    before = len(life.committer.turns)

    for key in hearing:
        life.system.post(life.ref(key).address, leave(life, clock, key, Moved(by=1)))
    # Somebody waits for the last of those who hear, too.
    waited_for = [*asked, hearing.pop()]
    await asyncio.gather(*[life.ref(key).ask(Add(by=1), ANNA) for key in waited_for])
    await until(lambda: all(life.remembered(key).heard == 1 for key in hearing))

    order = [turn.address for turn in life.committer.turns[before:]]
    done = max(order.index(life.ref(key).address) for key in waited_for)
    heard_before = sum(order.index(life.ref(key).address) < done for key in hearing)
    # Of every four that run one has only heard something: nobody is left out for ever. The first
    # four ran before anybody asked.
    shares = len(waited_for) // (RUN_AT_ONCE_MAX - 1)
    assert shares <= heard_before <= shares + RUN_AT_ONCE_MAX
