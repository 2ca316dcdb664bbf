"""The chain may take another way: nobody loses what they were given, and nobody gets it twice."""

from uuid import UUID

import pytest
import structlog

from backend.domains import usdc
from backend.domains.usdc import NotPossible
from backend.domains.usdc.depositing import Growth, post
from backend.integrations.chain import Block, TransactionHash, read_transaction_hash
from backend.integrations.ethereum_address import EthereumAddress
from backend.persistence.database import fetch
from tests.domains.usdc.scene import DOLLAR, OPERATOR, Scene, lines_of
from tests.support.people import Person
from tests.support.promises import owns

DEEP = 8
"""More blocks than are wanted on top of one that counts."""


async def difference(address: EthereumAddress) -> tuple[int, int] | None:
    """Read what the report says of an address: what was there, and what should be."""
    found = (await usdc.report()).differences
    return next(
        ((one.observed_micros, one.should_have_micros) for one in found if one.address == address),
        None,
    )


async def sweep(scene: Scene, address: EthereumAddress, micros: int, tx_hash: str) -> bool:
    """Say that something was moved out."""
    wanted = read_transaction_hash(tx_hash)
    return await usdc.sweep(scene.run(), address, micros, wanted, OPERATOR)


async def take_back(scene: Scene, address: EthereumAddress, tx_hash: TransactionHash) -> None:
    """Say that the chain has a sweep no more."""
    await usdc.take_sweep_back(scene.run(), address, tx_hash, OPERATOR)


async def set_off(scene: Scene, name: str = "Anna") -> tuple[Person, EthereumAddress]:
    """Have somebody who paid in ten dollars."""
    anna = await scene.person(name)
    return anna, await scene.pay_in(anna, 10 * DOLLAR)


async def test_what_is_taken_back_before_it_counts_was_never_there(scene: Scene) -> None:
    anna = await scene.person("Anna")
    address = await scene.address_of(anna)
    scene.chain.mint(address, 10 * DOLLAR)
    scene.chain.mine(2)
    await scene.look()
    scene.chain.reorganise(3)
    scene.confirm()
    await scene.look()
    assert await owns(anna, "usdc") == (0, 0)
    assert await difference(address) is None


async def test_what_is_taken_back_after_it_counted_is_reported_and_comes_again_only_once(
    scene: Scene,
) -> None:
    anna = await scene.person("Anna")
    address = await scene.address_of(anna)
    paid = scene.chain.mint(address, 10 * DOLLAR)
    scene.confirm()
    await scene.look()
    scene.chain.reorganise(DEEP)
    scene.confirm()
    with structlog.testing.capture_logs() as logs:
        await scene.look()
    assert await owns(anna, "usdc") == (10 * DOLLAR, 0)
    assert await difference(address) == (0, 10 * DOLLAR)
    assert "deposit addresses have less than they should" in lines_of(logs)
    # Sent again it is the same money, and not more of it.
    scene.chain.mint(address, 10 * DOLLAR)
    scene.confirm()
    await scene.look()
    assert await owns(anna, "usdc") == (10 * DOLLAR, 0)
    assert await difference(address) is None
    assert paid


async def test_a_payment_that_another_way_has_elsewhere_is_posted_once(scene: Scene) -> None:
    anna = await scene.person("Anna")
    address = await scene.address_of(anna)
    paid = scene.chain.mint(address, 10 * DOLLAR)
    scene.confirm()
    await scene.look()
    scene.chain.reorganise(DEEP, again=[paid])
    scene.chain.mine(2)
    await scene.look()
    assert await difference(address) == (0, 10 * DOLLAR)
    scene.confirm()
    await scene.look()
    assert await owns(anna, "usdc") == (10 * DOLLAR, 0)
    assert await difference(address) is None


async def test_what_is_moved_out_is_reported_until_somebody_says_so(scene: Scene) -> None:
    anna, address = await set_off(scene)
    tx_hash = scene.chain.transfer(address, scene.chain.new_address(), 10 * DOLLAR)
    scene.confirm()
    await scene.look()
    assert await difference(address) == (0, 10 * DOLLAR)
    # What comes in meanwhile waits, and is not lost.
    scene.chain.mint(address, 4 * DOLLAR)
    scene.confirm()
    await scene.look()
    assert await owns(anna, "usdc") == (10 * DOLLAR, 0)
    assert await sweep(scene, address, 10 * DOLLAR, tx_hash)
    scene.chain.mine()
    await scene.look()
    assert await owns(anna, "usdc") == (14 * DOLLAR, 0)
    assert await difference(address) is None


async def test_what_is_said_to_be_moved_out_before_it_was_seen_to_be_gone_is_no_deposit(
    scene: Scene,
) -> None:
    anna, address = await set_off(scene)
    chain = await scene.usdc.chain()
    scene.chain.mine()
    before = await chain.confirmed_block()
    tx_hash = scene.chain.transfer(address, scene.chain.new_address(), 10 * DOLLAR)
    scene.confirm()
    assert await sweep(scene, address, 10 * DOLLAR, tx_hash)
    # A node that is behind still shows it there, in a block nobody has looked at.
    found = await fetch("SELECT id FROM crypto_wallet WHERE address = $1", address)
    wallet_id: UUID = found[0]["id"]
    await observe_at(scene, wallet_id, address, before)
    scene.chain.mine()
    await scene.look()
    assert await owns(anna, "usdc") == (10 * DOLLAR, 0)
    assert await difference(address) is None


async def observe_at(scene: Scene, wallet_id: UUID, address: EthereumAddress, block: Block) -> None:
    """Have a worker look that was told of this block."""
    micros = await (await scene.usdc.chain()).balance_of(address, block)
    assert micros == 10 * DOLLAR
    growth = Growth(wallet_id=wallet_id, observed_micros=micros, block=block)
    await post(growth, scene.run())


async def test_a_sweep_said_twice_is_one(scene: Scene) -> None:
    anna, address = await set_off(scene)
    tx_hash = scene.chain.transfer(address, scene.chain.new_address(), 6 * DOLLAR)
    scene.confirm()
    assert await sweep(scene, address, 6 * DOLLAR, tx_hash)
    assert not await sweep(scene, address, 6 * DOLLAR, tx_hash)
    scene.chain.mine()
    await scene.look()
    assert await owns(anna, "usdc") == (10 * DOLLAR, 0)
    assert await difference(address) is None


async def test_a_sweep_the_chain_does_not_know_is_none(scene: Scene) -> None:
    _, address = await set_off(scene)
    elsewhere = scene.chain.new_address()
    small = scene.chain.transfer(address, elsewhere, 3 * DOLLAR)
    other = scene.chain.mint(elsewhere, 3 * DOLLAR)
    reverted = scene.chain.transfer(address, elsewhere, 99 * DOLLAR)
    with pytest.raises(NotPossible, match="not confirmed"):
        await sweep(scene, address, 3 * DOLLAR, small)
    scene.confirm()
    for tx_hash, said in (
        (small, "moved 3 USDC"),
        (other, "moved nothing"),
        (reverted, "moved nothing"),
        ("0x" + "ab" * 32, "not confirmed"),
    ):
        with pytest.raises(NotPossible, match=said):
            await sweep(scene, address, 10 * DOLLAR, tx_hash)
    with pytest.raises(NotPossible, match="Nobody pays in"):
        await sweep(scene, elsewhere, 3 * DOLLAR, small)
    rows = await fetch("SELECT swept_micros FROM crypto_wallet WHERE address = $1", address)
    assert rows[0]["swept_micros"] == 0


async def test_what_comes_back_because_a_sweep_was_taken_back_is_no_deposit(scene: Scene) -> None:
    anna, address = await set_off(scene)
    tx_hash = scene.chain.transfer(address, scene.chain.new_address(), 10 * DOLLAR)
    scene.confirm()
    await sweep(scene, address, 10 * DOLLAR, tx_hash)
    scene.chain.mine()
    await scene.look()
    depth = 5  # The sweep is gone, what was paid in before it is not.
    scene.chain.reorganise(depth)
    scene.chain.mine(depth)
    with structlog.testing.capture_logs() as logs:
        await scene.look()
    assert await owns(anna, "usdc") == (10 * DOLLAR, 0)
    assert "a sweep is not where it was; nothing is posted" in lines_of(logs)
    # It is moved out again: that counts in the place of the first, and not as well as it.
    again = scene.chain.transfer(address, scene.chain.new_address(), 10 * DOLLAR)
    scene.confirm()
    with pytest.raises(NotPossible, match="is not where it was"):
        await sweep(scene, address, 10 * DOLLAR, again)
    await take_back(scene, address, tx_hash)
    with pytest.raises(NotPossible, match="No sweep"):
        await take_back(scene, address, tx_hash)
    assert await sweep(scene, address, 10 * DOLLAR, again)
    scene.chain.mint(address, 3 * DOLLAR)
    scene.confirm()
    await scene.look()
    assert await owns(anna, "usdc") == (13 * DOLLAR, 0)
    assert await difference(address) is None


async def test_a_sweep_that_another_way_has_elsewhere_is_said_again(scene: Scene) -> None:
    anna, address = await set_off(scene)
    tx_hash = scene.chain.transfer(address, scene.chain.new_address(), 10 * DOLLAR)
    scene.confirm()
    await sweep(scene, address, 10 * DOLLAR, tx_hash)
    scene.chain.reorganise(4, again=[tx_hash])
    scene.chain.mint(address, 3 * DOLLAR)
    scene.confirm()
    await scene.look()
    assert await owns(anna, "usdc") == (10 * DOLLAR, 0)
    with pytest.raises(NotPossible, match="The chain has this transaction"):
        await take_back(scene, address, tx_hash)
    assert not await sweep(scene, address, 10 * DOLLAR, tx_hash)
    scene.chain.mine()
    await scene.look()
    assert await owns(anna, "usdc") == (13 * DOLLAR, 0)
