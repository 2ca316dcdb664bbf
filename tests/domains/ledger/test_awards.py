"""Awards: given once, up to a cap, and never a reason to refuse a command."""

import pytest

from backend.domains.ledger import Cap, wallet_account
from protocol.ids import uuid7
from tests.domains.ledger.book import Book, award, failed, spend


async def test_an_award_is_given(book: Book) -> None:
    [anna] = await book.people(1)

    await book.post([award(anna, 5)])

    assert await book.coins(anna) == 5


@pytest.mark.parametrize("once", [True, False])
async def test_an_award_that_was_given_is_left_out(book: Book, *, once: bool) -> None:
    [anna] = await book.people(1)
    same = uuid7()
    await book.post([award(anna, 5, id=same, once=once)])

    verdict = await book.post([award(anna, 5, id=same, once=once)])

    assert await book.coins(anna) == 5
    assert verdict.tells == []


@pytest.mark.parametrize("once", [True, False])
async def test_the_same_award_several_times_in_a_batch_is_given_once(
    book: Book, *, once: bool
) -> None:
    [anna] = await book.people(1)
    step = award(anna, 5, id=uuid7(), once=once)

    await book.post([step, step], [step, award(anna, 1)])

    assert await book.coins(anna) == 6


async def test_a_cap_is_reached_and_not_passed(book: Book) -> None:
    [anna] = await book.people(1)
    cap = Cap(f"mood/{anna}/2026-03-02", 3)

    for _ in range(5):
        await book.post([award(anna, 2, cap=cap)])

    assert await book.coins(anna) == 6


async def test_a_cap_is_reached_within_one_batch(book: Book) -> None:
    anna, ben = await book.people(2)
    cap, other = Cap(f"mood/{anna}", 3), Cap(f"mood/{ben}", 3)
    await book.post([award(anna, cap=cap)])

    await book.post(
        [award(anna, cap=cap), award(anna, cap=cap)],
        [award(ben, cap=other)],
        [award(anna, cap=cap), award(anna)],
    )

    # Two more under the cap, and the one without.
    assert (await book.coins(anna), await book.coins(ben)) == (4, 1)


async def test_an_award_given_before_does_not_count_against_its_cap(book: Book) -> None:
    [anna] = await book.people(1)
    cap, same = Cap(f"mood/{anna}", 2), uuid7()
    await book.post([award(anna, id=same, cap=cap)])

    # Not marked as repeatable, so it is only noticed when it is posted.
    await book.post([award(anna, id=same, cap=cap)])
    await book.post([award(anna, cap=cap)], [award(anna, cap=cap)])

    assert await book.coins(anna) == 2


@pytest.mark.parametrize("taken_max", [0, 1])
async def test_a_cap_may_be_lowered_and_raised(book: Book, taken_max: int) -> None:
    [anna] = await book.people(1)
    key = f"mood/{anna}"
    await book.post([award(anna, cap=Cap(key, 2))], [award(anna, cap=Cap(key, 2))])

    await book.post([award(anna, cap=Cap(key, taken_max))])
    assert await book.coins(anna) == 2

    await book.post([award(anna, cap=Cap(key, 3))], [award(anna, cap=Cap(key, 3))])
    assert await book.coins(anna) == 3


async def test_what_is_left_out_cannot_be_spent(book: Book) -> None:
    [anna] = await book.people(1)
    cap = Cap(f"mood/{anna}", 1)

    verdict = await book.judge(
        [award(anna, 5, cap=cap)], [award(anna, 5, cap=cap)], [spend(anna, 6)]
    )

    assert failed(verdict) == [(2, 0, "ledger.insufficient_funds")]


async def test_who_gets_the_last_of_a_cap_depends_on_who_fails(book: Book) -> None:
    anna, ben = await book.people(2)
    cap = Cap(f"shared/{anna}", 1)
    turns = [
        [spend(anna, 1), award(anna, 5, cap=cap)],
        [award(ben, 5, cap=cap), spend(ben, 5)],
    ]

    # Only the first refusal is certain: without Anna's award Ben's is within the cap.
    assert failed(await book.judge(*turns)) == [(0, 0, "ledger.insufficient_funds")]
    await book.post([], turns[1])

    assert (await book.coins(anna), await book.coins(ben)) == (0, 0)


async def test_the_same_award_in_a_turn_that_fails_is_given_to_the_next(book: Book) -> None:
    anna, ben = await book.people(2)
    same = uuid7()
    gift = award(anna, 5, id=same, once=True)

    verdict = await book.judge([spend(ben, 1), gift], [gift, spend(anna, 5)])

    assert failed(verdict) == [(0, 0, "ledger.insufficient_funds")]
    await book.post([], [gift, spend(anna, 5)])
    assert await book.coins(anna) == 0


async def test_awards_and_payments_of_one_command_are_linked(book: Book) -> None:
    anna, ben = await book.people(2, coins=1)

    def buy_and_be_rewarded(work: object) -> None:
        for step in (spend(anna, 2, to=wallet_account(ben)), award(ben, 5)):
            step(work)  # type: ignore[arg-type]

    await book.refused([buy_and_be_rewarded])

    assert (await book.coins(anna), await book.coins(ben)) == (1, 1)


async def test_a_thousand_awards_with_caps_in_one_batch(book: Book) -> None:
    people = await book.people(100)

    await book.post(
        *[[award(user_id, cap=Cap(f"mood/{user_id}", 4)) for user_id in people] for _ in range(10)]
    )

    assert {await book.coins(user_id) for user_id in people} == {4}
