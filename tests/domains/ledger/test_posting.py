"""What is posted, what is refused, and where a turn is cut."""

from uuid import uuid4

import pytest

from backend.domains import ledger
from backend.domains.ledger import Asset, Purpose, house_account, wallet_account
from backend.domains.ledger.messages import Balance, BalanceMoved
from backend.persistence.work import Work
from protocol.address import users_address
from protocol.ids import uuid7
from tests.domains.ledger.book import (
    HOUSE,
    ISSUANCE,
    Book,
    award,
    failed,
    linked,
    spend,
    transfer,
)


async def test_what_moves_is_told_to_those_it_belongs_to(book: Book) -> None:
    anna, ben = await book.people(2, coins=10)

    verdict = await book.post([spend(anna, 4, to=wallet_account(ben))])

    assert sorted(verdict.tells) == sorted(
        [
            (
                users_address(user_id),
                BalanceMoved(
                    balance=Balance(
                        asset=Asset.COIN, available_minor=coins, held_minor=0, version=2
                    )
                ),
            )
            for user_id, coins in ((anna, 6), (ben, 14))
        ],
        key=lambda told: told[0],
    )


async def test_the_house_is_not_told(book: Book) -> None:
    [anna] = await book.people(1, coins=10)
    before = await book.house()

    verdict = await book.post([spend(anna, 4)])

    assert [address for address, _ in verdict.tells] == [users_address(anna)]
    assert await book.house() == before + 4


async def test_who_has_too_little_is_refused_and_told_how_little(book: Book) -> None:
    [anna] = await book.people(1, coins=10)

    refusal = await book.refused([spend(anna, 11)])

    assert refusal.code == "ledger.insufficient_funds"
    assert refusal.facts == {"asset": "coin", "amount_minor": 11, "available_minor": 10}
    assert await book.coins(anna) == 10


async def test_all_can_be_spent_but_not_one_more(book: Book) -> None:
    [anna] = await book.people(1, coins=10)

    await book.post([spend(anna, 10)])

    assert (await book.refused([spend(anna, 1)])).code == "ledger.insufficient_funds"


async def test_what_comes_in_earlier_in_a_batch_can_be_spent_later_in_it(book: Book) -> None:
    anna, ben = await book.people(2)

    await book.post([award(anna, 5)], [spend(anna, 5, to=wallet_account(ben))], [spend(ben, 5)])

    assert (await book.coins(anna), await book.coins(ben)) == (0, 0)


async def test_what_comes_in_later_in_a_batch_cannot_be_spent_earlier_in_it(book: Book) -> None:
    [anna] = await book.people(1)

    verdict = await book.judge([spend(anna, 5)], [award(anna, 5)])

    assert failed(verdict) == [(0, 0, "ledger.insufficient_funds")]


async def test_an_unknown_account_is_named(book: Book) -> None:
    [anna] = await book.people(1, coins=10)
    nobody = uuid4()

    to_nobody = await book.refused([spend(anna, 1, to=wallet_account(nobody))])
    from_nobody = await book.refused([spend(nobody, 1)])
    given_to_nobody = await book.refused([award(nobody)])

    for refusal in (to_nobody, from_nobody, given_to_nobody):
        assert refusal.code == "ledger.account_unknown"
        assert refusal.facts == {"account_id": str(wallet_account(nobody))}


@pytest.mark.parametrize("is_paying", [True, False])
async def test_assets_do_not_mix(book: Book, *, is_paying: bool) -> None:
    [anna] = await book.people(1, coins=10)
    tokens = wallet_account(anna, Asset.TOKEN)
    pair = (tokens, HOUSE) if is_paying else (ISSUANCE, tokens)

    refusal = await book.refused([linked(transfer(*pair, 1, asset=Asset.COIN))])

    assert refusal.code == "ledger.assets_differ"
    assert refusal.facts == {"account_id": str(tokens), "asset": "coin"}


async def test_a_transfer_is_posted_once(book: Book) -> None:
    [anna] = await book.people(1, coins=10)
    same = uuid7()
    await book.post([spend(anna, 1, id=same)])

    refusal = await book.refused([spend(anna, 1, id=same)])

    assert refusal.code == "ledger.transfer_exists"
    assert refusal.facts == {"transfer_id": str(same)}
    assert await book.coins(anna) == 9


@pytest.mark.parametrize("debit", ["wallet", "house"])
async def test_the_same_transfer_twice_in_a_batch_is_posted_for_the_first(
    book: Book, debit: str
) -> None:
    anna, ben = await book.people(2, coins=10)
    same = uuid7()
    payer = wallet_account(anna) if debit == "wallet" else ISSUANCE
    step = linked(transfer(payer, wallet_account(ben), 1, id=same))

    assert failed(await book.judge([step], [step])) == [(1, 0, "ledger.transfer_exists")]


async def test_linked_transfers_happen_together_or_not_at_all(book: Book) -> None:
    anna, ben = await book.people(2, coins=10)
    pay = transfer(wallet_account(anna), wallet_account(ben), 4)
    fee = transfer(wallet_account(anna), house_account(Asset.COIN, Purpose.FEES), 7)

    refusal = await book.refused([linked(pay, fee)])

    assert refusal.facts == {"asset": "coin", "amount_minor": 7, "available_minor": 6}
    assert (await book.coins(anna), await book.coins(ben)) == (10, 10)
    await book.post([award(anna, 1)], [linked(pay, fee)])
    assert (await book.coins(anna), await book.coins(ben)) == (0, 14)


async def test_linked_transfers_may_pass_something_on(book: Book) -> None:
    anna, ben = await book.people(2)
    await book.post([award(anna, 3)])

    await book.post(
        [
            linked(
                transfer(wallet_account(anna), wallet_account(ben), 3),
                transfer(wallet_account(ben), HOUSE, 3),
            )
        ]
    )

    assert (await book.coins(anna), await book.coins(ben)) == (0, 0)


async def test_a_refusal_cuts_its_own_turn_only(book: Book) -> None:
    anna, ben, cleo = await book.people(3, coins=10)

    verdict = await book.judge(
        [spend(anna, 6), spend(anna, 6), spend(anna, 1)],
        [spend(ben, 10)],
        [spend(cleo, 11), spend(cleo, 1)],
    )

    # The third step of Anna would succeed, but what stands behind a refusal is decided again.
    assert failed(verdict) == [
        (0, 1, "ledger.insufficient_funds"),
        (2, 0, "ledger.insufficient_funds"),
    ]
    await book.post([spend(anna, 6)], [spend(ben, 10)])
    assert [await book.coins(user_id) for user_id in (anna, ben, cleo)] == [4, 0, 10]


async def test_what_a_refused_step_would_have_brought_helps_nobody(book: Book) -> None:
    anna, ben = await book.people(2, coins=10)
    gift = transfer(wallet_account(anna), wallet_account(ben), 10)
    too_much = transfer(wallet_account(anna), HOUSE, 1)

    verdict = await book.judge([linked(gift, too_much)], [spend(ben, 11)])

    assert failed(verdict) == [
        (0, 0, "ledger.insufficient_funds"),
        (1, 0, "ledger.insufficient_funds"),
    ]
    assert verdict.failures[1][1].facts["available_minor"] == 10


async def test_what_a_refused_step_would_have_cost_hurts_nobody(book: Book) -> None:
    anna, ben = await book.people(2, coins=10)
    costly = transfer(wallet_account(anna), wallet_account(ben), 8)
    hopeless = transfer(wallet_account(anna), HOUSE, 50)

    verdict = await book.judge([linked(costly, hopeless)], [spend(anna, 9)])

    assert failed(verdict) == [(0, 0, "ledger.insufficient_funds")]


async def test_a_refused_batch_leaves_nothing_behind(book: Book) -> None:
    anna, ben = await book.people(2, coins=10)
    cap = ledger.Cap(f"test/{anna}", 3)

    await book.refused([award(anna, cap=cap)], [spend(ben, 11)])

    assert await book.transfers(anna) == 1
    taken = await book.connection.fetchval("SELECT taken FROM allowance WHERE key = $1", cap.key)
    assert taken is None


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"amount_minor": 0}, "an amount"),
        ({"amount_minor": -1}, "an amount"),
        ({"amount_minor": 10**15 + 1}, "an amount"),
        ({"amount_minor": None}, "only what ends a hold"),
        ({"credit_account_id": ISSUANCE}, "another one"),
        ({"credit_account_id": None}, "only what ends a hold"),
        ({"reference": "x" * 201}, "a reference"),
    ],
)
def test_what_no_ledger_could_post_is_a_bug_of_who_asks(wrong: dict[str, object], why: str) -> None:
    good = transfer(ISSUANCE, HOUSE, 1)
    fields = {name: getattr(good, name) for name in good.__struct_fields__}

    with pytest.raises(ledger.BadTransfer, match=why):
        ledger.post(Work(), ledger.Transfer(**{**fields, **wrong}))


def test_a_command_links_a_bounded_number_of_transfers() -> None:
    many = [transfer(ISSUANCE, HOUSE, 1) for _ in range(65)]

    with pytest.raises(ledger.BadTransfer, match="at most 64"):
        ledger.post(Work(), *many)
