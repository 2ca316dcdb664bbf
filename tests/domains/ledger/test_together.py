"""Several nodes and lanes write into one book at once."""

import asyncio
import random
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta

import asyncpg
import pytest

from backend.domains.ledger import Cap, wallet_account
from backend.persistence.database import Database
from backend.persistence.guards import Connection, Verdict
from protocol.ids import uuid7
from tests.domains.ledger.book import (
    NOW,
    Book,
    Step,
    award,
    expire_hold,
    failed,
    hold,
    judged,
    post_hold,
    spend,
    void_hold,
)
from tests.support.until import until

WITHIN_S = 10.0
BATCHES = 40


@pytest.fixture
async def other(database: Database) -> AsyncIterator[Book]:
    """The same book through another connection."""
    connection = await database.connection("test other lane")
    yield Book(connection)
    await connection.close()


class Open:
    """A batch that is posted and not committed yet."""

    def __init__(self, connection: Connection) -> None:
        self._transaction = connection.transaction()
        self._connection = connection

    async def post(self, *steps: Step) -> "Open":
        """Post one turn, and leave the transaction open."""
        await self._transaction.start()
        verdict = await judged(self._connection, [steps])
        assert verdict.failures == []
        return self

    async def end(self, *, commit: bool) -> None:
        """End it."""
        await (self._transaction.commit() if commit else self._transaction.rollback())


async def wait_behind(book: Book, waiting: Book, *steps: Step) -> "asyncio.Task[Verdict]":
    """Start a batch that has to wait for another; returns once it does."""
    pid = waiting.connection.get_server_pid()
    task = asyncio.create_task(waiting.judge(steps))

    async def is_waiting() -> bool:
        assert not task.done(), "it did not wait"
        found: bool = await book.connection.fetchval(
            "SELECT cardinality(pg_blocking_pids($1)) > 0", pid
        )
        return found

    await until(is_waiting)
    return task


@pytest.mark.parametrize("commits", [True, False])
@pytest.mark.parametrize("once", [True, False])
async def test_the_same_award_on_two_nodes_is_given_once(
    book: Book, other: Book, *, commits: bool, once: bool
) -> None:
    [anna] = await book.people(1)
    gift = award(anna, 5, id=uuid7(), once=once)
    first = await Open(book.connection).post(gift)

    second = await wait_behind(book, other, gift)
    await first.end(commit=commits)

    assert (await second).failures == []
    assert await book.coins(anna) == 5


@pytest.mark.parametrize("commits", [True, False])
async def test_the_last_of_a_cap_goes_to_one_of_two_nodes(
    book: Book, other: Book, *, commits: bool
) -> None:
    [anna] = await book.people(1)
    cap = Cap(f"mood/{anna}", 2)
    await book.post([award(anna, cap=cap)])
    first = await Open(book.connection).post(award(anna, cap=cap))

    second = await wait_behind(book, other, award(anna, cap=cap))
    await first.end(commit=commits)

    assert (await second).failures == []
    assert await book.coins(anna) == 2


@pytest.mark.parametrize("commits", [True, False])
async def test_the_same_coins_are_spent_on_one_of_two_nodes(
    book: Book, other: Book, *, commits: bool
) -> None:
    [anna] = await book.people(1, coins=10)
    first = await Open(book.connection).post(spend(anna, 8))

    second = await wait_behind(book, other, spend(anna, 8))
    await first.end(commit=commits)

    refused = [(0, 0, "ledger.insufficient_funds")] if commits else []
    assert failed(await second) == refused
    assert await book.coins(anna) == 2


@pytest.mark.parametrize("commits", [True, False])
async def test_a_hold_ends_on_one_of_two_nodes(book: Book, other: Book, *, commits: bool) -> None:
    [anna] = await book.people(1, coins=10)
    held = uuid7()
    await book.post([hold(anna, 8, id=held)])
    first = await Open(book.connection).post(void_hold(held))

    second = await wait_behind(book, other, post_hold(held))
    await first.end(commit=commits)

    assert failed(await second) == ([(0, 0, "ledger.hold_resolved")] if commits else [])
    assert await book.balance(anna) == ((10, 0) if commits else (2, 0))


async def test_awards_do_not_wait_for_each_other(book: Book, other: Book) -> None:
    anna, ben = await book.people(2)
    first = await Open(book.connection).post(award(anna))

    async with asyncio.timeout(WITHIN_S):
        await other.post([award(ben)])

    await first.end(commit=True)
    assert (await book.coins(anna), await book.coins(ben)) == (1, 1)


async def test_batches_of_two_lanes_neither_deadlock_nor_lose(book: Book, other: Book) -> None:
    people = await book.people(20, coins=100)
    dice = random.Random(20261121)  # noqa: S311 - the same dice every time
    gifts = {user_id: [uuid7() for _ in range(10)] for user_id in people}

    def turn() -> Sequence[Step]:
        user_id, partner = dice.sample(people, 2)
        kind = dice.randrange(4)
        if kind == 0:
            return [award(user_id, cap=Cap(f"mood/{user_id}", 5))]
        if kind == 1:
            return [award(user_id, 1, id=dice.choice(gifts[user_id]), once=True)]
        if kind == 2:
            return [spend(user_id, 1, to=wallet_account(partner))]
        held = uuid7()
        return [
            hold(user_id, 2, id=held, to=wallet_account(partner)),
            post_hold(held, 1) if dice.random() < 0.5 else void_hold(held),
        ]

    async def lane(through: Book) -> None:
        for _ in range(BATCHES):
            await through.post(*[turn() for _ in range(25)])

    async with asyncio.timeout(60):
        await asyncio.gather(lane(book), lane(other))

    for user_id in people:
        capped = await book.connection.fetchval(
            "SELECT taken FROM allowance WHERE key = $1", f"mood/{user_id}"
        )
        assert capped == 5
    coins = sum([await book.coins(user_id) for user_id in people])
    given = await book.connection.fetchval(
        "SELECT count(*) FROM transfer WHERE id = ANY($1)",
        [gift for some in gifts.values() for gift in some],
    )
    assert coins == 20 * (100 + 5) + given
    assert given > 100


async def settle(book: Book) -> None:
    """Roll up all there is."""
    for _ in range(3):
        while await roll_up(book):
            pass


async def roll_up(book: Book, numbers_max: int = 1_000_000) -> int:
    """Roll up once."""
    rolled: int = await book.connection.fetchval("SELECT ledger_roll_up($1)", numbers_max)
    return rolled


async def counters_of_house(book: Book) -> int:
    """Read what the house has as far as it is rolled up."""
    rolled: int = await book.connection.fetchval(
        "SELECT credits_posted - debits_posted FROM account "
        "WHERE purpose = 'house' AND asset = 'coin'"
    )
    return rolled


@pytest.mark.parametrize("commits", [True, False])
async def test_the_roll_up_waits_for_transfers_under_way(
    book: Book, other: Book, *, commits: bool
) -> None:
    anna, ben = await book.people(2, coins=10)
    await settle(book)
    before = await counters_of_house(book)
    assert before == await book.house()
    under_way = await Open(other.connection).post(spend(anna, 3))
    await book.post([spend(ben, 4)])

    # The later transfer has the larger number, and is committed first.
    await settle(book)
    assert await counters_of_house(book) == before
    assert await book.house() == before + 4

    await under_way.end(commit=commits)
    await settle(book)
    after = before + (7 if commits else 4)
    assert (await counters_of_house(book), await book.house()) == (after, after)


async def test_the_roll_up_goes_in_bounded_steps(book: Book) -> None:
    [anna] = await book.people(1, coins=10)
    await settle(book)
    await book.post([spend(anna, 1)], [spend(anna, 1)], [spend(anna, 1)])
    await roll_up(book)

    steps = [await roll_up(book, 2), await roll_up(book, 2), await roll_up(book, 2)]

    assert steps == [2, 1, 0]
    assert await counters_of_house(book) == await book.house()


async def test_two_workers_roll_up_once(book: Book, other: Book) -> None:
    [anna] = await book.people(1, coins=10)
    await settle(book)
    await book.post([spend(anna, 5)])
    await roll_up(book)

    rolled = await asyncio.gather(roll_up(book), roll_up(other))

    assert sum(rolled) == 1
    assert await counters_of_house(book) == await book.house()


async def test_the_roll_up_wants_a_transaction_of_its_own(book: Book) -> None:
    [anna] = await book.people(1)
    open_batch = await Open(book.connection).post(award(anna))

    with pytest.raises(asyncpg.RaiseError, match="transaction of its own"):
        await roll_up(book)

    await open_batch.end(commit=False)


async def test_expiring_and_posting_at_once_end_a_hold_once(book: Book, other: Book) -> None:
    people = await book.people(10, coins=10)
    held = [uuid7() for _ in people]
    end = NOW + timedelta(hours=1)
    await book.post(
        *[
            [hold(user_id, 4, id=hold_id, expires_at=end)]
            for user_id, hold_id in zip(people, held, strict=True)
        ]
    )

    posted, expired = await asyncio.gather(
        book.judge([post_hold(held[4])]),
        other.judge(*[[expire_hold(hold_id, at=end)] for hold_id in held]),
    )

    assert len(posted.failures) + len(expired.failures) == 1
