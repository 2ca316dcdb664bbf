"""A store and a committer that keep everything in memory, for tests of the actors alone.

They stand for the database behind the ports of `actors.ports`. What both must do alike is told by
tests/persistence/test_memory_is_like_the_database.py, which runs on them and on the real ones.
"""

import asyncio
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

from actors.alone import AllHere
from actors.letter import Letter, TellLetter
from actors.outcome import Outcome, Stored
from actors.part import AnyPart, Part
from actors.ports import Head, Loaded
from actors.ref import Ref
from actors.repertoire import Repertoire
from actors.system import System
from actors.turn import Turn
from backend.persistence.plan import Plan
from backend.persistence.work import Insert, Work
from protocol.address import NO_KEY, Address, address_of, key_of
from protocol.common import IdReused, Internal
from protocol.ids import uuid7
from protocol.messages import Tell
from protocol.refusals import Refusal
from tests.support.clock import FakeClock
from tests.support.counter import BY_MAX, Count, PurseEmpty, Total, make_part
from tests.support.engine import Published

HEARD = Outcome(granted=True, body=b"null")


@dataclass
class Tables:
    """What is durable."""

    heads: dict[Address, Head] = field(default_factory=dict)
    outcomes: dict[UUID, Stored] = field(default_factory=dict)
    counts: dict[UUID, dict[str, Any]] = field(default_factory=dict)
    purses: dict[UUID, int] = field(default_factory=dict)
    numbers: dict[Address, list[int]] = field(default_factory=dict)
    tells: dict[UUID, tuple[Address, TellLetter]] = field(default_factory=dict)

    def total(self, key: UUID) -> Total:
        """Add a counter up."""
        rows = [row for row in self.counts.values() if row["counter"] == key]
        return Total(sum(row["by"] for row in rows), sum(row["note"] == "heard" for row in rows))


class MemoryStore:
    """Reads from memory; implements `actors.ports.Store`."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables
        self.loads: list[tuple[set[Address], set[Address]]] = []
        """What each load was asked for: actors, and those of them that woke."""
        self.problem: Exception | None = None
        """What a load meets, if anything."""
        self.may_load = asyncio.Event()
        self.may_load.set()

    def new_work(self) -> Work:
        """Begin what one command wants written."""
        return Work()

    async def load(
        self, wanted: Mapping[Address, Collection[AnyPart]], waking: Collection[Address]
    ) -> Mapping[Address, Loaded]:
        """Read Parts of many actors."""
        self.loads.append((set(wanted), set(waking)))
        await self.may_load.wait()
        if self.problem is not None:
            raise self.problem
        return {
            address: Loaded(
                self._tables.heads.get(address, Head(0, 0, 1)),
                {part: await _state(part, address) for part in parts},
                tuple(self._waiting_for(address)) if address in waking else (),
            )
            for address, parts in wanted.items()
        }

    def _waiting_for(self, address: Address) -> Iterable[TellLetter]:
        return [letter for receiver, letter in self._tables.tells.values() if receiver == address]


async def _state(part: AnyPart, address: Address) -> Any:
    key = key_of(address) if part.of.keyed else NO_KEY
    return (await part.load([key])).get(key, part.empty)


class MemoryCommitter:
    """Commits to memory what gathers within a round of the loop; `actors.ports.Committer`."""

    def __init__(self, tables: Tables, clock: FakeClock) -> None:
        self._tables = tables
        self._clock = clock
        self._is_held = False
        self.system: System
        self.waiting: list[Turn] = []
        self.turns: list[Turn] = []
        """Those that were handed in so far."""

    def commit(self, turn: Turn) -> None:
        """Commit a turn soon."""
        self.turns.append(turn)
        self.waiting.append(turn)
        if not self._is_held:
            asyncio.get_running_loop().call_soon(self._commit_waiting)

    def hold(self) -> None:
        """Let turns wait until `release`."""
        self._is_held = True

    def release(self) -> None:
        """Commit what waits."""
        self._is_held = False
        self._commit_waiting()

    def give_up(self, why: str) -> None:
        """Commit nothing of what waits, as when the database is away; then go on."""
        self._is_held = False
        waiting, self.waiting = self.waiting, []
        for turn in waiting:
            plan = Plan(turn)
            plan.settled.unavailable = why
            turn.settle(plan.settled)

    def _commit_waiting(self) -> None:
        waiting, self.waiting = self.waiting, []
        for turn in waiting:
            plan = Plan(turn)
            told = self._write(plan)
            plan.settle()
            for receiver, letter in told:
                self.system.post(receiver, letter)

    def _write(self, plan: Plan) -> list[tuple[Address, TellLetter]]:
        turn, tables = plan.turn, self._tables
        head = tables.heads.get(turn.address, Head(0, 0, turn.head.generation))
        if head.version != turn.head.version:
            plan.settled.is_lost = True
            return []
        self._cut(plan)
        if not plan.writes:
            return []
        tables.heads[turn.address] = Head(head.version + 1, plan.seq, head.generation)
        for _, step, letter in plan.commands:
            assert letter.id is not None
            tables.outcomes[letter.id] = Stored(
                turn.address, letter.principal.user_id, letter.fingerprint, step.outcome
            )
        for _, heard in plan.tells:
            del tables.tells[heard.id]
        tables.numbers.setdefault(turn.address, []).extend(event.number for event in plan.numbered)
        return self._write_rows(plan)

    def _write_rows(self, plan: Plan) -> list[tuple[Address, TellLetter]]:
        told: dict[Address, list[Tell]] = {}
        for _, work in plan.works():
            for write in work.writes:
                assert isinstance(write, Insert)
                assert write.table is Count
                self._tables.counts[write.columns["id"]] = write.columns
            for _, (purse, wanted) in work.guards:
                self._tables.purses[purse] -= wanted
            for receiver, tell in work.tells:
                told.setdefault(receiver, []).append(tell)
        now_ms = int(self._clock.now().timestamp() * 1000)
        letters = [(to, TellLetter(uuid7(now_ms), tuple(tells))) for to, tells in told.items()]
        self._tables.tells.update({letter.id: (to, letter) for to, letter in letters})
        return letters

    def _cut(self, plan: Plan) -> None:
        """Cut the plan before the first step that something speaks against."""
        purses = dict(self._tables.purses)
        seen: set[UUID] = set()
        works = dict(plan.works())
        for place, step in enumerate(list(plan.steps)):
            known = self._known(plan.turn.address, step.letter, seen) if step.writes else None
            if known is not None:
                plan.fail(place, None)
                plan.settled.stored = known
                return
            work = works.get(place)
            refusal = None if work is None else _objection(work, purses)
            if refusal is not None:
                plan.fail(place, refusal)
                return

    def _known(
        self, address: Address, letter: Letter | TellLetter, seen: set[UUID]
    ) -> Outcome | None:
        assert letter.id is not None
        if isinstance(letter, TellLetter):
            return None if letter.id in self._tables.tells else HEARD
        found = self._tables.outcomes.get(letter.id)
        if found is None and letter.id not in seen:
            seen.add(letter.id)
            return None
        is_copy = (
            found is not None
            and found.actor == address
            and found.principal == letter.principal.user_id
            and found.fingerprint == letter.fingerprint
        )
        return found.outcome if is_copy and found is not None else Outcome.of(IdReused())


def _objection(work: Work, purses: dict[UUID, int]) -> Refusal | None:
    for _, (purse, wanted) in work.guards:
        if purses[purse] < wanted:
            return PurseEmpty(wanted=wanted)
        purses[purse] -= wanted
    for write in work.writes:
        assert isinstance(write, Insert)
        if write.columns["by"] > BY_MAX:
            return Internal(reference="sql-23514")
    return None


@dataclass
class MemoryLife:
    """Actors, with memory for a database."""

    system: System
    tables: Tables
    store: MemoryStore
    committer: MemoryCommitter
    placement: AllHere
    published: Published
    part: Part[Total]

    def ref(self, key: UUID) -> Ref:
        """Give a handle on a counter."""
        return Ref(self.system, address_of("counter", key))

    def purse_with(self, held: int) -> UUID:
        """Make a purse."""
        purse = uuid4()
        self.tables.purses[purse] = held
        return purse

    def remembered(self, key: UUID) -> Total:
        """Look at a counter in memory."""
        actor = self.system.actors.get(address_of("counter", key))
        return actor.states.get(self.part, Total()) if actor else Total()


def memory_life(clock: FakeClock, *parts: AnyPart, **options: Any) -> MemoryLife:
    """Bring a system to life; `parts` come beside the counter's own."""
    tables = Tables()

    async def load(keys: Sequence[UUID]) -> Mapping[UUID, Total]:
        return {key: tables.total(key) for key in keys}

    part = make_part(load)
    store, committer = MemoryStore(tables), MemoryCommitter(tables, clock)
    placement, published = AllHere(), Published()
    system = System(
        Repertoire([part, *parts]),
        store=store,
        committer=committer,
        fanout=published,
        placement=placement,
        clock=clock,
        **options,
    )
    committer.system = system
    return MemoryLife(system, tables, store, committer, placement, published, part)
