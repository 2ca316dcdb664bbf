"""Handing over: actors go at the end of their turn, and what waits for them follows them."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from uuid import uuid4

import pytest

from actors.actor import Stage
from actors.letter import AnyLetter
from actors.outcome import Outcome
from actors.placement import SHARDS
from protocol.address import Address
from protocol.common import Temporary
from tests.support.clock import FakeClock
from tests.support.counter import ANNA, Add, Read, Total, code_of, value_of
from tests.support.memory import MemoryLife, memory_life
from tests.support.until import until

ALL = range(SHARDS)


@dataclass
class Beyond:
    """Elsewhere: notes what is brought there, and answers when it is told to."""

    brought: list[tuple[Address, AnyLetter]] = field(default_factory=list)

    def bring(self, address: Address, letter: AnyLetter) -> None:
        self.brought.append((address, letter))

    def answer_all(self) -> None:
        for _, letter in self.brought:
            letter.answer(Outcome.of(Temporary(why="somewhere else")))


@pytest.fixture
def beyond() -> Beyond:
    return Beyond()


@pytest.fixture
def life(clock: FakeClock, beyond: Beyond) -> MemoryLife:
    """Actors whose letters may follow them."""
    return memory_life(clock, elsewhere=beyond)


def let_go(life: MemoryLife) -> None:
    life.placement.is_owner = False
    life.system.let_go(ALL)


async def test_who_has_nothing_to_do_goes_at_once_and_only_from_these_shards(
    life: MemoryLife,
) -> None:
    refs = [life.ref(uuid4()) for _ in range(20)]
    await asyncio.gather(*[ref.ask(Add(by=1), ANNA) for ref in refs])
    actors = dict(life.system.actors)
    shards = {actor.shard for actor in list(actors.values())[:5]}
    life.system.let_go(shards)
    assert life.system.actors.keys() == {
        address for address, actor in actors.items() if actor.shard not in shards
    }
    assert not life.system.leaving


async def test_a_turn_under_way_is_ended_and_answered_and_what_is_behind_it_follows(
    life: MemoryLife, beyond: Beyond
) -> None:
    key = uuid4()
    await life.ref(key).ask(Add(by=1), ANNA)
    life.committer.hold()
    under_way = asyncio.create_task(life.ref(key).ask(Add(by=1), ANNA))
    await until(lambda: bool(life.committer.waiting))
    behind = [asyncio.create_task(life.ref(key).ask(Add(by=by), ANNA)) for by in (3, 4)]
    await asyncio.sleep(0)

    let_go(life)
    assert len(life.system.leaving) == 1
    assert not beyond.brought
    late = asyncio.create_task(life.ref(key).ask(Add(by=5), ANNA))
    await asyncio.sleep(0)
    life.committer.release()

    assert value_of(await under_way) == 2
    assert [letter.ask.by for _, letter in beyond.brought] == [3, 4, 5]  # type: ignore[union-attr]
    assert not life.system.leaving
    assert life.ref(key).address not in life.system.actors
    beyond.answer_all()
    assert {code_of(await asked) for asked in (*behind, late)} == {"temporary"}
    assert life.tables.total(key) == Total(2)


async def test_what_waits_for_an_actor_that_is_being_loaded_follows_it(
    life: MemoryLife, beyond: Beyond
) -> None:
    life.store.may_load.clear()
    key = uuid4()
    asked = asyncio.create_task(life.ref(key).ask(Add(by=1), ANNA))
    await until(lambda: bool(life.store.loads))
    let_go(life)
    assert len(beyond.brought) == 1
    life.store.may_load.set()
    await until(lambda: life.system._loading is None)  # noqa: SLF001

    assert life.ref(key).address not in life.system.actors
    assert not life.committer.turns
    beyond.answer_all()
    assert code_of(await asked) == "temporary"


async def test_who_comes_back_is_another_actor_that_knows_only_what_is_durable(
    life: MemoryLife,
) -> None:
    key = uuid4()
    await life.ref(key).ask(Add(by=1), ANNA)
    before = life.system.actors[life.ref(key).address]
    let_go(life)
    assert before.stage is Stage.GONE
    life.placement.is_owner = True
    assert value_of(await life.ref(key).ask(Add(by=1), ANNA)) == 2
    assert life.system.actors[life.ref(key).address] is not before


async def test_a_commit_that_fails_while_its_actor_must_go_sends_nobody_in_a_circle(
    life: MemoryLife, beyond: Beyond
) -> None:
    key = uuid4()
    life.committer.hold()
    asked = asyncio.create_task(life.ref(key).ask(Add(by=1), ANNA))
    await until(lambda: bool(life.committer.waiting))
    let_go(life)
    life.committer.give_up("the database is away")
    assert code_of(await asked) == "temporary"
    assert not beyond.brought
    assert not life.system.actors
    assert not life.system.leaving


async def test_what_belongs_elsewhere_by_the_database_s_word_follows_its_actor(
    life: MemoryLife, beyond: Beyond, monkeypatch: pytest.MonkeyPatch
) -> None:
    key, lost = uuid4(), list[Address]()

    def belongs_elsewhere(address: Address) -> None:
        lost.append(address)
        let_go(life)

    monkeypatch.setattr(life.placement, "lost", belongs_elsewhere)
    write: Callable[..., object] = life.committer._write  # noqa: SLF001

    def refuse(plan: object) -> list[object]:
        plan.settled.is_lost = plan.settled.is_elsewhere = True  # type: ignore[attr-defined]
        return []

    monkeypatch.setattr(life.committer, "_write", refuse)
    asked = asyncio.create_task(life.ref(key).ask(Add(by=1), ANNA))
    await until(lambda: bool(beyond.brought))
    assert lost == [life.ref(key).address]
    assert not life.system.actors
    monkeypatch.setattr(life.committer, "_write", write)
    beyond.answer_all()
    assert code_of(await asked) == "temporary"


async def test_a_query_waits_until_it_is_sure_that_nobody_else_owns_the_actor(
    life: MemoryLife, beyond: Beyond
) -> None:
    key = uuid4()
    await life.ref(key).ask(Add(by=1), ANNA)
    life.placement.is_sure = False
    asked = asyncio.create_task(life.ref(key).ask(Read(), ANNA))
    await until(lambda: bool(beyond.brought))
    # The database judges a command, and knows of nobody else.
    assert value_of(await life.ref(key).ask(Add(by=1), ANNA)) == 2
    life.placement.is_sure = True
    ((address, letter),) = beyond.brought
    life.system.post(address, letter)
    assert value_of(await asked) == 2
