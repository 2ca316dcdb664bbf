"""Money stands in the way of an erasure until it is paid out, or given up; coins are let go."""

from datetime import timedelta
from uuid import UUID

import pytest

from backend.domains import ledger
from backend.domains.ledger import (
    Asset,
    Purpose,
    Reason,
    Transfer,
    house_account,
    leaving,
    wallet_account,
)
from backend.domains.ledger.posting import post_at_once
from backend.domains.privacy.limits import GRACE
from backend.persistence.database import fetch
from backend.persistence.engine import DB
from backend.persistence.personal_data import ErasureWish
from protocol.ids import uuid7
from tests.domains.privacy.test_erasing import ask_to_be_erased, erased, sign_in, state_of
from tests.support.couple import Couple, read
from tests.support.desk import Desk
from tests.support.people import Person
from tests.support.verify import until_quiet

CHARITY = house_account(Asset.USD, Purpose.CHARITY)


async def post(person: Person, *transfers: Transfer) -> None:
    """Move something, as a webhook or a job does, and have the owner hear of it."""
    async with DB.transaction() as transaction:
        told = await post_at_once(transaction.connection, transfers)
    del told  # Nobody of these tests looks at the balance in memory before it is read anew.
    await until_quiet(person.node)


async def give(person: Person, asset: Asset, amount_minor: int) -> None:
    """Have somebody have money."""
    transfer = Transfer(
        id=uuid7(),
        debit_account_id=house_account(asset, Purpose.ISSUANCE),
        credit_account_id=wallet_account(person.user_id, asset),
        amount_minor=amount_minor,
        asset=asset,
        reason=Reason.PURCHASE,
        reference="test",
        at=person.clock.now(),
    )
    await post(person, transfer)
    await _reload(person)


async def hold(person: Person, amount_minor: int) -> UUID:
    """Have some of somebody's money held; returns the hold."""
    held = Transfer(
        id=uuid7(),
        debit_account_id=wallet_account(person.user_id, Asset.USD),
        credit_account_id=house_account(Asset.USD, Purpose.STAKE),
        amount_minor=amount_minor,
        asset=Asset.USD,
        reason=Reason.STAKE,
        reference="test",
        at=person.clock.now(),
        phase="pending",
    )
    await post(person, held)
    await _reload(person)
    return held.id


async def _reload(person: Person) -> None:
    """Have the actor know, which was told nothing."""
    await person.clock.jump(seconds=300)
    person.node.house.system.passivate()


async def has(account_id: UUID) -> int:
    """Say what an account has."""
    rows = await fetch(
        """SELECT posted_minor FROM wallet WHERE account_id = $1
           UNION ALL SELECT posted_minor FROM house_balance WHERE account_id = $1""",
        account_id,
    )
    return int(rows[0]["posted_minor"])


@pytest.mark.parametrize("asset", [Asset.USD, Asset.USDC])
async def test_who_has_money_is_asked_what_becomes_of_it(couple: Couple, asset: Asset) -> None:
    await give(couple.anna, asset, 250)
    refused = await ask_to_be_erased(couple.anna)
    assert (refused.status_code, refused.json()["code"]) == (409, "ledger.balance_left")
    assert refused.json()["facts"] == {"asset": asset.value, "available_minor": 250}
    assert await state_of(couple.anna) is None
    assert (await read(couple.anna, "/v1/me")).status_code == 200, "nothing has happened"


async def test_what_she_gives_up_goes_to_charity_and_coins_are_let_go(
    couple: Couple, desk: Desk
) -> None:
    await give(couple.anna, Asset.USD, 250)
    before = await has(CHARITY)
    coins = wallet_account(couple.anna.user_id, Asset.TOKEN)
    await erased(couple.anna, desk, give_up_balances=True)
    assert await has(CHARITY) == before + 250
    assert await has(wallet_account(couple.anna.user_id, Asset.USD)) == 0
    assert await has(coins) == ledger.WELCOME_TOKENS
    (entry,) = await fetch(
        "SELECT reason, reference FROM transfer WHERE credit_account_id = $1 ORDER BY number DESC "
        "LIMIT 1",
        CHARITY,
    )
    assert dict(entry) == {"reason": "forfeit", "reference": "given up"}


async def test_coins_and_tokens_stand_in_nobodys_way(couple: Couple, desk: Desk) -> None:
    async with couple.phones() as (anna, _):
        await anna.check_in()
    await erased(couple.anna, desk)


async def test_what_nobody_gave_up_is_not_given_away(couple: Couple, desk: Desk) -> None:
    """Money may come at the last moment, right after nothing was found."""
    await give(couple.anna, Asset.USD, 40)
    wish = ErasureWish(user_id=couple.anna.user_id, give_up_balances=False)
    run = desk.job_run()
    async with run.once():
        assert not await leaving.give_up(wish, run)
    assert await has(wallet_account(couple.anna.user_id, Asset.USD)) == 40


async def test_what_is_held_must_be_decided_first(couple: Couple) -> None:
    await give(couple.anna, Asset.USD, 500)
    await hold(couple.anna, 200)
    refused = await ask_to_be_erased(couple.anna, give_up_balances=True)
    assert refused.json()["code"] == "ledger.money_held"
    assert refused.json()["facts"] == {"asset": "usd", "held_minor": 200}


async def test_money_that_comes_while_she_waits_holds_it_up_and_she_is_written_to_once(
    couple: Couple, desk: Desk
) -> None:
    await ask_to_be_erased(couple.anna)
    await desk.work()
    await give(couple.anna, Asset.USD, 30)
    await desk.advance(GRACE.total_seconds())
    for _ in range(3):
        await desk.run("begin_erasures")
        assert await state_of(couple.anna) == "waiting"
        (row,) = await fetch(
            "SELECT held_up_by FROM erasure WHERE user_id = $1", couple.anna.user_id
        )
        assert row["held_up_by"] == "ledger.balance_left"
        await desk.advance(timedelta(days=1).total_seconds())
    assert [subject for _, subject in desk.subjects] == [
        "Your account will be erased",
        "Your account could not be erased yet",
    ]
    assert await has(wallet_account(couple.anna.user_id, Asset.USD)) == 30
    assert (await sign_in(couple.anna, reactivate=True)).status_code == 200
    assert await state_of(couple.anna) == "called_off"
