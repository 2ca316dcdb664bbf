"""The ledger against a plain model of it: whatever is asked, in whatever batches."""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from backend.domains.ledger import Asset, Cap, wallet_account
from backend.persistence.database import Database
from protocol.ids import uuid7
from tests.domains.ledger.book import (
    HOUSE,
    NOW,
    Book,
    Step,
    award,
    expire_hold,
    hold,
    linked,
    post_hold,
    transfer,
    void_hold,
)
from tests.support.servers import Servers

PEOPLE = 3
IDS = 4
BATCHES_MAX = 4
EXAMPLES = 250

Moves = list[tuple[int | None, int | None, int]]
"""From whom to whom how much; None is the house."""


@dataclass(frozen=True)
class Award:
    """Give somebody something, perhaps again, perhaps capped."""

    to: int
    amount: int
    again: int | None
    is_capped: bool
    once: bool

    @property
    def cap(self) -> int | None:
        """How often all capped ones may be given; what may come again always has the same cap."""
        is_capped = self.is_capped if self.again is None else self.again % 2 == 0
        return 2 if is_capped else None


@dataclass(frozen=True)
class Pay:
    """Linked transfers."""

    moves: tuple[tuple[int, int | None, int], ...]


@dataclass(frozen=True)
class Hold:
    """Hold something."""

    payer: int
    to: int | None
    amount: int
    name: int
    hours: int | None


@dataclass(frozen=True)
class End:
    """End a hold."""

    how: str
    name: int
    amount: int | None
    hours: int


Act = Award | Pay | Hold | End
person = st.integers(0, PEOPLE - 1)
anybody = st.one_of(st.none(), person)
amount = st.integers(1, 6)
name = st.integers(0, IDS - 1)
acts = st.one_of(
    st.builds(
        Award,
        to=person,
        amount=amount,
        again=st.one_of(st.none(), name),
        is_capped=st.booleans(),
        once=st.booleans(),
    ),
    st.builds(
        Pay,
        moves=st.lists(
            st.tuples(person, anybody, amount).filter(lambda move: move[0] != move[1]),
            min_size=1,
            max_size=3,
        ).map(tuple),
    ),
    st.builds(
        Hold,
        payer=person,
        to=anybody,
        amount=amount,
        name=name,
        hours=st.one_of(st.none(), st.just(2)),
    ).filter(lambda act: act.payer != act.to),
    st.builds(
        End,
        how=st.sampled_from(["post", "void", "expire"]),
        name=name,
        amount=st.one_of(st.none(), amount),
        hours=st.integers(1, 3),
    ),
)
batches = st.lists(
    st.lists(st.lists(acts, min_size=1, max_size=4), min_size=1, max_size=4),
    min_size=1,
    max_size=BATCHES_MAX,
)


class Refused(Exception):
    """The model says no."""


@dataclass
class Model:
    """What the ledger should do, one act after the other, with nothing but dictionaries."""

    available: dict[int, int] = field(default_factory=lambda: dict.fromkeys(range(PEOPLE), 8))
    held: dict[int, int] = field(default_factory=lambda: dict.fromkeys(range(PEOPLE), 0))
    given: set[int] = field(default_factory=set)
    taken: int = 0
    holds: dict[int, Hold] = field(default_factory=dict)
    ended: set[int] = field(default_factory=set)

    def copy(self) -> "Model":
        """Give a copy to try things on."""
        return Model(
            dict(self.available),
            dict(self.held),
            set(self.given),
            self.taken,
            dict(self.holds),
            set(self.ended),
        )

    def do(self, act: Act) -> None:
        """Do one act. Raises Refused, and is then of no more use."""
        if isinstance(act, Award):
            self._award(act)
        elif isinstance(act, Pay):
            for payer, to, amount in act.moves:
                self._take(payer, amount)
                self._give(to, amount)
        elif isinstance(act, Hold):
            if act.name in self.holds:
                raise Refused("ledger.transfer_exists")
            self._take(act.payer, act.amount)
            self.held[act.payer] += act.amount
            self.holds[act.name] = act
        else:
            self._end(act)

    def _award(self, act: Award) -> None:
        if act.again is not None and act.again in self.given:
            return
        if act.cap is not None:
            if self.taken >= act.cap:
                return
            self.taken += 1
        if act.again is not None:
            self.given.add(act.again)
        self._give(act.to, act.amount)

    def _end(self, act: End) -> None:
        found = self.holds.get(act.name)
        if found is None:
            raise Refused("ledger.hold_unknown")
        if act.name in self.ended:
            raise Refused("ledger.hold_resolved")
        taken = (act.amount or found.amount) if act.how == "post" else 0
        is_over = found.hours is not None and found.hours <= act.hours
        if taken > found.amount:
            raise Refused("ledger.hold_exceeded")
        if act.how == "post" and is_over:
            raise Refused("ledger.hold_expired")
        if act.how == "expire" and not is_over:
            raise Refused("ledger.hold_not_due")
        self.ended.add(act.name)
        self.held[found.payer] -= found.amount
        self.available[found.payer] += found.amount - taken
        self._give(found.to, taken)

    def _take(self, payer: int, amount: int) -> None:
        if self.available[payer] < amount:
            raise Refused("ledger.insufficient_funds")
        self.available[payer] -= amount

    def _give(self, to: int | None, amount: int) -> None:
        if to is not None:
            self.available[to] += amount


@dataclass
class Names:
    """The ids the numbers of an example stand for."""

    people: list[UUID]
    gifts: list[UUID] = field(default_factory=lambda: [uuid7() for _ in range(IDS)])
    holds: list[UUID] = field(default_factory=lambda: [uuid7() for _ in range(IDS)])

    def account(self, who: int | None) -> UUID:
        """Name somebody's account."""
        return HOUSE if who is None else wallet_account(self.people[who])

    def step(self, act: Act) -> Step:
        """Say an act in the words of the ledger."""
        if isinstance(act, Award):
            return award(
                self.people[act.to],
                act.amount,
                id=None if act.again is None else self.gifts[act.again],
                cap=None if act.cap is None else Cap(f"model/{self.people[0]}", act.cap),
                once=act.once,
            )
        if isinstance(act, Pay):
            return linked(
                *[
                    transfer(self.account(payer), self.account(to), amount, asset=Asset.COIN)
                    for payer, to, amount in act.moves
                ]
            )
        if isinstance(act, Hold):
            return hold(
                self.people[act.payer],
                act.amount,
                id=self.holds[act.name],
                to=self.account(act.to),
                expires_at=None if act.hours is None else NOW + timedelta(hours=act.hours),
            )
        at = NOW + timedelta(hours=act.hours)
        if act.how == "post":
            return post_hold(self.holds[act.name], act.amount, at=at)
        end: Callable[[], Step] = {
            "void": lambda: void_hold(self.holds[act.name]),
            "expire": lambda: expire_hold(self.holds[act.name], at=at),
        }[act.how]
        return end()


async def play(book: Book, example: list[list[list[Act]]]) -> None:
    """Bring batches as a lane does: what is refused is cut, and what remains is tried again."""
    names = Names(await book.people(PEOPLE, coins=8))
    model = Model()
    for turns in example:
        model, kept, refusals = expected(model, turns)
        planned = [list(turn) for turn in turns]
        found: dict[int, str] = {}
        for _ in range(sum(map(len, turns)) + 1):
            verdict = await book.judge(*[[names.step(act) for act in turn] for turn in planned])
            if not verdict.failures:
                break
            for failure, refusal in verdict.failures:
                assert failure.turn not in found or len(planned[failure.turn]) > failure.step
                found[failure.turn] = refusal.code
                planned[failure.turn] = planned[failure.turn][: failure.step]
        assert [len(turn) for turn in planned] == kept
        assert found == refusals
        for place, user_id in enumerate(names.people):
            balance = await book.balance(user_id)
            assert balance == (model.available[place], model.held[place])


def expected(model: Model, turns: list[list[Act]]) -> tuple[Model, list[int], dict[int, str]]:
    """Do a batch in the model: how much of every turn stays, and why not more."""
    kept, refusals = [], {}
    for place, turn in enumerate(turns):
        steps = 0
        for act in turn:
            after = model.copy()
            try:
                after.do(act)
            except Refused as refused:
                refusals[place] = str(refused)
                break
            model = after
            steps += 1
        kept.append(steps)
    return model, kept, refusals


@pytest.fixture
def runner(servers: Servers) -> Iterator[asyncio.Runner]:
    """An event loop that outlives the examples."""
    del servers  # They run by now.
    with asyncio.Runner() as runner:
        yield runner


def test_the_ledger_does_what_the_model_does(servers: Servers, runner: asyncio.Runner) -> None:
    async def open_book() -> tuple[Database, Book]:
        database = await Database(servers.urls.app).open()
        return database, Book(await database.connection("test model"))

    database, book = runner.run(open_book())

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        derandomize=True,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
    )
    @given(batches)
    def check(example: list[list[list[Act]]]) -> None:
        runner.run(play(book, example))

    check()

    async def close() -> None:
        await book.connection.close()
        await database.close()

    runner.run(close())
