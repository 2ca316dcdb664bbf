"""Holds: promised now, decided later, ended once."""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest

from backend.domains.ledger import wallet_account
from protocol.ids import uuid7
from tests.domains.ledger.book import (
    NOW,
    Book,
    Step,
    expire_hold,
    failed,
    hold,
    post_hold,
    spend,
    void_hold,
)

LATER = NOW + timedelta(hours=1)


async def test_what_is_held_cannot_be_spent(book: Book) -> None:
    [anna] = await book.people(1, coins=10)

    verdict = await book.post([hold(anna, 7, id=uuid7())])

    assert await book.balance(anna) == (3, 7)
    assert verdict.tells[0][1].balance.held_minor == 7  # type: ignore[attr-defined]
    refusal = await book.refused([spend(anna, 4)])
    assert refusal.facts["available_minor"] == 3


async def test_what_is_held_is_not_theirs_yet_whom_it_is_for(book: Book) -> None:
    anna, ben = await book.people(2, coins=10)

    await book.post([hold(anna, 7, id=uuid7(), to=wallet_account(ben))])

    assert await book.balance(ben) == (10, 0)
    assert (await book.refused([spend(ben, 11)])).code == "ledger.insufficient_funds"


async def test_more_than_there_is_cannot_be_held(book: Book) -> None:
    [anna] = await book.people(1, coins=10)

    refusal = await book.refused([hold(anna, 11, id=uuid7())])

    assert refusal.facts == {"asset": "coin", "amount_minor": 11, "available_minor": 10}


async def test_a_hold_is_posted_as_a_whole(book: Book) -> None:
    anna, ben = await book.people(2, coins=10)
    held = uuid7()
    await book.post([hold(anna, 7, id=held, to=wallet_account(ben))])

    await book.post([post_hold(held)])

    assert (await book.balance(anna), await book.balance(ben)) == ((3, 0), (17, 0))


async def test_of_a_hold_that_is_posted_in_part_the_rest_is_free(book: Book) -> None:
    anna, ben = await book.people(2, coins=10)
    held = uuid7()
    await book.post([hold(anna, 7, id=held, to=wallet_account(ben))])

    await book.post([post_hold(held, 2)])

    assert (await book.balance(anna), await book.balance(ben)) == ((8, 0), (12, 0))


async def test_a_voided_hold_is_free(book: Book) -> None:
    [anna] = await book.people(1, coins=10)
    held = uuid7()
    await book.post([hold(anna, 7, id=held)])

    await book.post([void_hold(held)])

    assert await book.balance(anna) == (10, 0)


async def test_a_hold_without_an_end_does_not_expire(book: Book) -> None:
    [anna] = await book.people(1, coins=10)
    held = uuid7()
    await book.post([hold(anna, 7, id=held)])

    refusal = await book.refused([expire_hold(held, at=LATER)])

    assert refusal.code == "ledger.hold_not_due"
    assert refusal.facts == {"hold_id": str(held), "expires_at": None}


async def test_a_hold_expires_when_its_time_has_come_and_not_before(book: Book) -> None:
    [anna] = await book.people(1, coins=10)
    held = uuid7()
    await book.post([hold(anna, 7, id=held, expires_at=LATER)])

    early = await book.refused([expire_hold(held, at=LATER - timedelta(microseconds=1))])
    assert early.code == "ledger.hold_not_due"
    assert early.facts == {"hold_id": str(held), "expires_at": "2026-03-02T10:00:00Z"}

    await book.post([expire_hold(held, at=LATER)])
    assert await book.balance(anna) == (10, 0)


async def test_a_hold_whose_time_is_over_can_be_voided_but_not_posted(book: Book) -> None:
    [anna] = await book.people(1, coins=10)
    held = uuid7()
    await book.post([hold(anna, 7, id=held, expires_at=LATER)])

    refusal = await book.refused([post_hold(held, at=LATER)])

    assert refusal.code == "ledger.hold_expired"
    assert refusal.facts == {"hold_id": str(held), "expires_at": "2026-03-02T10:00:00Z"}
    await book.post([void_hold(held)])
    assert await book.balance(anna) == (10, 0)


ENDINGS: list[Callable[[UUID], Step]] = [
    post_hold,
    lambda held: post_hold(held, 1),
    void_hold,
    lambda held: expire_hold(held, at=LATER),
]


@pytest.mark.parametrize("first", ENDINGS)
@pytest.mark.parametrize("second", ENDINGS)
async def test_a_hold_ends_once(
    book: Book, first: Callable[[UUID], Step], second: Callable[[UUID], Step]
) -> None:
    [anna] = await book.people(1, coins=10)
    held, other = uuid7(), uuid7()
    await book.post(
        [hold(anna, 3, id=held, expires_at=LATER), hold(anna, 3, id=other, expires_at=LATER)]
    )
    await book.post([first(held)])

    refusal = await book.refused([second(held)])
    assert (refusal.code, refusal.facts) == ("ledger.hold_resolved", {"hold_id": str(held)})

    # The same within one batch.
    assert failed(await book.judge([first(other)], [second(other)])) == [
        (1, 0, "ledger.hold_resolved")
    ]


async def test_no_more_than_is_held_can_be_taken(book: Book) -> None:
    [anna] = await book.people(1, coins=10)
    held = uuid7()
    await book.post([hold(anna, 7, id=held)])

    refusal = await book.refused([post_hold(held, 8)])

    assert refusal.code == "ledger.hold_exceeded"
    assert refusal.facts == {"hold_id": str(held), "amount_minor": 8, "held_minor": 7}


async def test_a_hold_that_does_not_exist_is_named(book: Book) -> None:
    [anna] = await book.people(1, coins=10)
    payment, nothing = uuid7(), uuid7()
    await book.post([spend(anna, 1, id=payment)])

    for unheld in (payment, nothing):
        for step in (post_hold(unheld), void_hold(unheld), expire_hold(unheld, at=LATER)):
            refusal = await book.refused([step])
            assert refusal.code == "ledger.hold_unknown"
            assert refusal.facts == {"hold_id": str(unheld)}


async def test_a_hold_can_be_made_and_ended_in_one_batch(book: Book) -> None:
    anna, ben = await book.people(2, coins=10)
    held = uuid7()

    await book.post(
        [hold(anna, 10, id=held, to=wallet_account(ben)), post_hold(held, 4), spend(anna, 6)],
        [spend(ben, 14)],
    )

    assert (await book.balance(anna), await book.balance(ben)) == ((0, 0), (0, 0))


async def test_a_hold_cannot_end_before_it_is_made(book: Book) -> None:
    [anna] = await book.people(1, coins=10)
    held = uuid7()

    verdict = await book.judge([void_hold(held)], [hold(anna, 1, id=held)])

    assert failed(verdict) == [(0, 0, "ledger.hold_unknown")]


async def test_the_first_of_two_holds_with_one_id_is_the_hold(book: Book) -> None:
    anna, ben = await book.people(2, coins=10)
    held = uuid7()
    await book.post([hold(anna, 3, id=held)])

    verdict = await book.judge(
        [hold(ben, 5, id=held)], [post_hold(held)], [spend(anna, 7)], [spend(ben, 10)]
    )

    assert failed(verdict)[0] == (0, 0, "ledger.transfer_exists")
    await book.post([], [post_hold(held)], [spend(anna, 7)], [spend(ben, 10)])
    assert (await book.balance(anna), await book.balance(ben)) == ((0, 0), (0, 0))


async def test_what_a_hold_gives_back_can_be_spent_in_the_same_batch(book: Book) -> None:
    [anna] = await book.people(1, coins=10)
    held = uuid7()
    await book.post([hold(anna, 10, id=held)])

    assert failed(await book.judge([spend(anna, 1)], [void_hold(held)])) == [
        (0, 0, "ledger.insufficient_funds")
    ]
    await book.post([void_hold(held), spend(anna, 10)])

    assert await book.balance(anna) == (0, 0)
