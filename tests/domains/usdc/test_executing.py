"""A payment counts when the chain says so: that much, to that address, once."""

from uuid import UUID, uuid4

import pytest
import structlog

from backend.domains import usdc
from backend.domains.usdc import NotPossible, jobs
from backend.domains.usdc.executing import Paid
from backend.integrations.chain import read_transaction_hash
from backend.persistence.database import fetch
from protocol.refusals import Refusal
from tests.domains.usdc.scene import (
    DOLLAR,
    OPERATOR,
    Scene,
    cancel,
    inbox,
    kept_on_chain,
    lines_of,
    withdraw,
    withdrawals,
)
from tests.support.chain import BANK
from tests.support.couple import later
from tests.support.people import Person
from tests.support.promises import owns

NO_SUCH = UUID(int=7)
HELD = (40 * DOLLAR, 10 * DOLLAR)


@pytest.fixture
async def anna(scene: Scene) -> Person:
    """Somebody who paid fifty dollars in."""
    person = await scene.person("Anna")
    await scene.pay_in(person, 50 * DOLLAR)
    return person


async def status_of(anna: Person, withdrawal_id: UUID) -> tuple[str, str]:
    """Read how far a withdrawal is, and why no further."""
    found = (await withdrawals(anna))[str(withdrawal_id)]
    return found["status"], found["reason"] or ""


async def test_it_is_done_when_enough_blocks_stand_on_top(scene: Scene, anna: Person) -> None:
    kept = await kept_on_chain()
    wallet_id, address = await scene.own_address(anna)
    known = await scene.confirmed(anna, wallet_id, 10 * DOLLAR)
    scene.chain.mint(BANK, 10 * DOLLAR)
    tx_hash = scene.chain.transfer(BANK, address, 10 * DOLLAR, is_mined=False)
    await scene.executed(known, tx_hash)
    for _ in range(3):
        run = scene.run()
        await jobs.look_at_payments(run)
        assert run.planned == []
        await jobs.end_withdrawal(Paid(withdrawal_id=known), scene.run(uuid4()))
        assert await status_of(anna, known) == ("executing", "")
        scene.chain.mine()
    await scene.settle()
    assert await status_of(anna, known) == ("executing", "")
    scene.chain.mine()
    await scene.settle()
    await scene.settle()
    assert await status_of(anna, known) == ("done", "")
    assert await owns(anna, "usdc") == (40 * DOLLAR, 0)
    assert await kept_on_chain() == kept - 10 * DOLLAR
    found = await usdc.report()
    assert found.difference_micros == found.ledger_micros - found.expected_micros


async def test_what_does_not_fit_leaves_it_to_the_operator_and_not_to_its_owner(
    scene: Scene, anna: Person
) -> None:
    wallet_id, address = await scene.own_address(anna)
    known = await scene.confirmed(anna, wallet_id, 10 * DOLLAR)
    elsewhere = scene.chain.new_address()
    scene.chain.mint(address, 10 * DOLLAR)
    wrong = {
        await scene.pay(address, 9 * DOLLAR): "paid 9 USDC to this address, and not 10 USDC",
        await scene.pay(elsewhere, 10 * DOLLAR): "paid nothing to this address",
        scene.chain.transfer(elsewhere, address, 99 * DOLLAR): "reverted",
        # From the address to itself nobody has paid anything.
        scene.chain.transfer(address, address, 10 * DOLLAR): "paid nothing to this address",
        scene.chain.mint(address, 10 * DOLLAR, token=scene.chain.deploy()): "paid nothing",
    }
    scene.confirm()
    for tx_hash, said in wrong.items():
        await scene.executed(known, tx_hash)
        with structlog.testing.capture_logs() as logs:
            await scene.settle()
        status, reason = await status_of(anna, known)
        assert status == "approved"
        assert said in reason
        assert "a payment does not fit its withdrawal" in lines_of(logs)
        assert await owns(anna, "usdc") == HELD
        assert (await cancel(anna, known)).json()["code"] == "usdc.withdrawal_decided"
    await scene.executed(known, await scene.pay(address, 10 * DOLLAR))
    await scene.settle()
    assert await status_of(anna, known) == ("done", "")


async def test_a_payment_from_before_it_was_asked_for_is_another(
    scene: Scene, anna: Person
) -> None:
    wallet_id, address = await scene.own_address(anna)
    before = await scene.pay(address, 10 * DOLLAR)
    await later(anna, hours=1)
    known = await scene.confirmed(anna, wallet_id, 10 * DOLLAR)
    await scene.executed(known, before)
    await scene.settle()
    status, reason = await status_of(anna, known)
    assert (status, "before the withdrawal" in reason) == ("approved", True)


async def test_a_payment_serves_one_withdrawal_alone(scene: Scene, anna: Person) -> None:
    wallet_id, address = await scene.own_address(anna)
    first = await scene.confirmed(anna, wallet_id, 10 * DOLLAR)
    second = await scene.confirmed(anna, wallet_id, 10 * DOLLAR)
    tx_hash = await scene.pay(address, 10 * DOLLAR)
    await scene.executed(first, tx_hash)
    with pytest.raises(NotPossible, match="pays another withdrawal"):
        await scene.executed(second, tx_hash)
    await scene.settle()
    with pytest.raises(NotPossible, match="pays another withdrawal"):
        await scene.executed(second, tx_hash)
    assert (await status_of(anna, first))[0] == "done"
    assert (await status_of(anna, second))[0] == "approved"
    assert await owns(anna, "usdc") == (30 * DOLLAR, 10 * DOLLAR)


async def test_nothing_is_paid_that_was_not_confirmed_and_taken_on(
    scene: Scene, anna: Person
) -> None:
    wallet_id, address = await scene.own_address(anna)
    tx_hash = await scene.pay(address, 10 * DOLLAR)
    asked = UUID((await withdraw(anna, wallet_id, 10 * DOLLAR)).json()["withdrawal_id"])
    await scene.work()  # Its letter comes before that of the next.
    with pytest.raises(Refusal, match="is asked"):
        await usdc.approve(scene.run(), asked, OPERATOR)
    known = await scene.confirmed(anna, wallet_id, 10 * DOLLAR)
    with pytest.raises(Refusal, match="is confirmed"):
        await usdc.execute(scene.run(), known, tx_hash, OPERATOR)
    for act in (
        usdc.approve(scene.run(), NO_SUCH, OPERATOR),
        usdc.execute(scene.run(), NO_SUCH, tx_hash, OPERATOR),
        usdc.refuse(scene.run(), NO_SUCH, "No.", OPERATOR),
    ):
        with pytest.raises(NotPossible, match="There is no withdrawal"):
            await act
    assert [one.id for one in await usdc.to_pay() if one.user_id == anna.user_id] == [known]


async def test_what_is_refused_is_theirs_again_and_says_why(scene: Scene, anna: Person) -> None:
    wallet_id, address = await scene.own_address(anna)
    known = await scene.confirmed(anna, wallet_id, 10 * DOLLAR)
    await usdc.approve(scene.run(), known, OPERATOR)
    await usdc.refuse(scene.run(), known, "This address is on a list.", OPERATOR)
    await scene.work()
    assert await owns(anna, "usdc") == (50 * DOLLAR, 0)
    assert await status_of(anna, known) == ("refused", "This address is on a list.")
    assert (await inbox(anna))[-1] == (
        "Your withdrawal was refused: 10 USDC are in your wallet again. This address is on a list."
    )
    rows = await fetch("SELECT operator, ended_at FROM usdc_withdrawal WHERE id = $1", known)
    assert (rows[0]["operator"], rows[0]["ended_at"]) == (OPERATOR, scene.clock.now())
    with pytest.raises(Refusal, match="is refused"):
        await scene.executed(known, await scene.pay(address, 10 * DOLLAR))


async def test_what_was_sent_with_a_higher_fee_takes_the_place_of_what_was_said(
    scene: Scene, anna: Person
) -> None:
    wallet_id, address = await scene.own_address(anna)
    known = await scene.confirmed(anna, wallet_id, 10 * DOLLAR)
    await scene.executed(known, read_transaction_hash("0x" + "ab" * 32))
    await scene.settle()
    with pytest.raises(Refusal, match="is executing"):
        await usdc.refuse(scene.run(), known, "No.", OPERATOR)
    tx_hash = await scene.pay(address, 10 * DOLLAR)
    await usdc.execute(scene.run(), known, tx_hash, OPERATOR)
    await usdc.execute(scene.run(), known, tx_hash, OPERATOR)
    await scene.settle()
    assert await status_of(anna, known) == ("done", "")


async def test_a_payment_that_is_taken_back_before_it_counts_is_waited_for(
    scene: Scene, anna: Person
) -> None:
    wallet_id, address = await scene.own_address(anna)
    known = await scene.confirmed(anna, wallet_id, 10 * DOLLAR)
    scene.chain.mint(BANK, 10 * DOLLAR)
    tx_hash = scene.chain.transfer(BANK, address, 10 * DOLLAR)
    await scene.executed(known, tx_hash)
    scene.chain.mine()
    scene.chain.reorganise(2)
    scene.confirm()
    await scene.settle()
    assert (await status_of(anna, known))[0] == "executing"
    assert await owns(anna, "usdc") == HELD
