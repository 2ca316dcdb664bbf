"""Coming to life and leaving: many in one query, failing, passing through idleness, the end."""

import asyncio
from collections.abc import Collection, Mapping
from uuid import uuid4

import pytest

from actors.letter import AnyLetter
from actors.part import AnyPart
from actors.ports import Loaded
from actors.ref import Ref
from actors.system import LOAD_AT_ONCE_MAX
from protocol.address import Address, address_of
from protocol.common import Temporary
from tests.support.clock import FakeClock
from tests.support.counter import ANNA, Add, Read, Total, code_of, refused_of, value_of
from tests.support.memory import MemoryLife, memory_life
from tests.support.until import until


async def test_all_that_wake_meanwhile_are_read_together(life: MemoryLife) -> None:
    keys = [uuid4() for _ in range(20)]
    life.store.may_load.clear()
    first = asyncio.create_task(life.ref(keys[0]).ask(Read(), ANNA))
    await until(lambda: len(life.store.loads) == 1)
    others = [asyncio.create_task(life.ref(key).ask(Read(), ANNA)) for key in keys[1:]]
    await until(lambda: len(life.system.actors) == 20)
    life.store.may_load.set()
    await asyncio.gather(first, *others)

    assert [len(wanted) for wanted, _ in life.store.loads] == [1, 19]


async def test_one_load_takes_so_many_and_no_more(life: MemoryLife) -> None:
    keys = [uuid4() for _ in range(LOAD_AT_ONCE_MAX + 5)]
    await asyncio.gather(*[life.ref(key).ask(Read(), ANNA) for key in keys])

    assert [len(wanted) for wanted, _ in life.store.loads] == [LOAD_AT_ONCE_MAX, 5]


async def test_an_actor_is_read_once_however_many_ask_while_it_wakes(life: MemoryLife) -> None:
    key = uuid4()
    outcomes = await asyncio.gather(*[life.ref(key).ask(Add(by=1), ANNA) for _ in range(10)])

    assert value_of(outcomes[-1]) == 10
    assert len(life.store.loads) == 1


async def test_who_could_not_be_read_is_answered_temporary_and_tried_again_by_the_next(
    life: MemoryLife,
) -> None:
    key = uuid4()
    life.store.problem = Temporary(why="the database is away")
    refused = await life.ref(key).ask(Add(by=1), ANNA)
    assert refused_of(refused).code == "temporary"
    assert refused_of(refused).facts == {"why": "the database is away"}
    life.store.problem = None

    assert value_of(await life.ref(key).ask(Add(by=1), ANNA)) == 1


async def test_a_bug_in_loading_is_answered_too(life: MemoryLife) -> None:
    life.store.problem = KeyError("a column")
    assert code_of(await life.ref(uuid4()).ask(Read(), ANNA)) == "temporary"


async def test_an_actor_that_another_process_moved_on_meanwhile_is_read_whole(
    life: MemoryLife,
) -> None:
    key = uuid4()
    address = life.ref(key).address
    await life.ref(key).ask(Add(by=1), ANNA)
    actor = life.system.actors[address]
    actor.states = {}
    head = life.tables.heads[address]
    life.tables.heads[address] = type(head)(head.version + 1, head.seq + 1, head.generation)

    assert value_of(await life.ref(key).ask(Add(by=1), ANNA)) == 2
    assert life.published.events[-1][:2] == (address, 3)


class TestPassivation:
    """Idle actors leave; those that have something to do never do."""

    async def test_the_idle_leave_and_come_back_as_they_were(
        self, life: MemoryLife, clock: FakeClock
    ) -> None:
        key = uuid4()
        await life.ref(key).ask(Add(by=7), ANNA)
        assert life.system.passivate() == 0
        await clock.advance(seconds=life.system.idle_s + 1)

        assert life.system.passivate() == 1
        assert life.system.actors == {}
        assert value_of(await life.ref(key).ask(Add(by=1), ANNA)) == 8

    async def test_who_was_asked_lately_stays(self, life: MemoryLife, clock: FakeClock) -> None:
        one, other = uuid4(), uuid4()
        await life.ref(one).ask(Read(), ANNA)
        await life.ref(other).ask(Read(), ANNA)
        await clock.advance(seconds=life.system.idle_s - 1)
        await life.ref(one).ask(Read(), ANNA)
        await clock.advance(seconds=2)

        assert life.system.passivate() == 1
        assert list(life.system.actors) == [life.ref(one).address]

    async def test_above_the_count_the_longest_idle_leave_first(self, clock: FakeClock) -> None:
        life = memory_life(clock, actors_max=3)
        keys = [uuid4() for _ in range(5)]
        for key in keys:
            await life.ref(key).ask(Read(), ANNA)
        await life.ref(keys[0]).ask(Read(), ANNA)

        assert life.system.passivate() == 2
        assert list(life.system.actors) == _addresses(keys[3], keys[4], keys[0])

    async def test_who_is_committing_or_loading_stays(
        self, life: MemoryLife, clock: FakeClock
    ) -> None:
        committing, loading = uuid4(), uuid4()
        life.committer.hold()
        one = asyncio.create_task(life.ref(committing).ask(Add(by=1), ANNA))
        await until(lambda: bool(life.committer.waiting))
        life.store.may_load.clear()
        two = asyncio.create_task(life.ref(loading).ask(Read(), ANNA))
        await until(lambda: len(life.store.loads) == 2)
        await clock.advance(seconds=life.system.idle_s + 1)

        assert life.system.passivate() == 0
        life.committer.release()
        life.store.may_load.set()
        assert value_of(await one) == 1
        assert value_of(await two) == 0


class TestTheEnd:
    """Nobody new is woken; who is awake finishes."""

    async def test_what_is_under_way_is_finished_and_the_sleeping_sleep_on(
        self, life: MemoryLife
    ) -> None:
        key = uuid4()
        life.committer.hold()
        asked = asyncio.create_task(life.ref(key).ask(Add(by=1), ANNA))
        await until(lambda: bool(life.committer.waiting))
        stopping = asyncio.create_task(life.system.stop())
        await asyncio.sleep(0)

        assert code_of(await life.ref(uuid4()).ask(Read(), ANNA)) == "moved"
        assert not stopping.done()
        life.committer.release()
        assert value_of(await asked) == 1
        await asyncio.wait_for(stopping, 5)

    async def test_who_would_be_brought_back_here_is_told_to_ask_elsewhere(
        self, life: MemoryLife
    ) -> None:
        class Back:
            """A way to the owner, who is this node as long as nobody has taken over."""

            def bring(self, address: Address, letter: AnyLetter) -> None:
                life.system.post(address, letter)

        life.system.elsewhere = Back()
        await life.system.stop()
        assert code_of(await life.ref(uuid4()).ask(Add(by=1), ANNA)) == "moved"

    async def test_it_waits_no_longer_than_told(self, life: MemoryLife) -> None:
        life.committer.hold()
        asked = asyncio.create_task(life.ref(uuid4()).ask(Add(by=1), ANNA))
        await until(lambda: bool(life.committer.waiting))
        await asyncio.wait_for(life.system.stop(within_s=0.05), 5)
        life.committer.give_up("the server stops")

        assert code_of(await asked) == "temporary"

    async def test_who_does_not_own_an_actor_does_not_wake_it(self, life: MemoryLife) -> None:
        life.placement.is_owner = False
        assert code_of(await life.ref(uuid4()).ask(Read(), ANNA)) == "moved"
        assert life.store.loads == []

    async def test_there_is_no_actor_of_a_kind_nobody_declared(self, life: MemoryLife) -> None:
        ref = life.ref(uuid4())
        ref.address = Address("toaster/1")
        assert code_of(await ref.ask(Read(), ANNA)) == "not_found"


def _addresses(*keys: object) -> list[Address]:
    return [address_of("counter", str(key)) for key in keys]


async def test_an_answer_that_does_not_come_in_time_is_named_so(life: MemoryLife) -> None:
    key = uuid4()
    life.committer.hold()
    outcome = await life.ref(key).ask(Add(by=1), ANNA, timeout_s=0.01)

    assert refused_of(outcome).code == "timed_out"
    life.committer.release()
    assert life.remembered(key) == Total(1)


async def test_one_who_cannot_be_read_spoils_it_for_nobody_else(
    life: MemoryLife, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = [uuid4() for _ in range(20)]
    spoiled = keys[7]
    load = life.system.store.load

    async def load_but_one(
        wanted: Mapping[Address, Collection[AnyPart]], waking: Collection[Address]
    ) -> Mapping[Address, Loaded]:
        if life.ref(spoiled).address in wanted:
            raise ValueError
        return await load(wanted, waking)

    monkeypatch.setattr(life.system.store, "load", load_but_one)
    outcomes = await asyncio.gather(*[life.ref(key).ask(Add(by=1), ANNA) for key in keys])
    assert code_of(outcomes.pop(7)) == "temporary"
    assert {value_of(outcome) for outcome in outcomes} == {1}


async def test_a_kind_that_has_keys_has_no_actor_without_one(life: MemoryLife) -> None:
    ref = Ref(life.system, Address("counter"))
    refused = refused_of(await ref.ask(Add(by=1), ANNA))
    assert (refused.code, refused.facts) == ("wrong_actor", {"expected": "counter"})
    assert Address("counter") not in life.system.actors
