"""What somebody has on the chain: read in one block that counts, and believed only as a whole."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from backend.integrations.chain import (
    BlockUnknown,
    CallReverted,
    Chain,
    NoConfirmedBlock,
    NotThisToken,
)
from backend.integrations.chain.chain import OWNERS_MAX
from tests.integrations.conftest import Reading
from tests.support.chain import LocalChain
from tests.support.rpc_proxy import RpcAnswer, RpcCall, RpcProxy, refused, said

DOLLAR = 1_000_000


async def test_a_transfer_counts_only_after_as_many_blocks_as_are_wanted(
    chain: Chain, local_chain: LocalChain
) -> None:
    anna = local_chain.new_address()
    local_chain.mint(anna, 25 * DOLLAR)
    for _ in range(3):
        assert await chain.balance_of(anna, await chain.confirmed_block()) == 0
        local_chain.mine()
    assert await chain.balance_of(anna, await chain.confirmed_block()) == 25 * DOLLAR


async def test_a_confirmed_block_has_as_many_on_top_as_are_wanted(
    chain: Chain, local_chain: LocalChain
) -> None:
    local_chain.mine(5)
    head, confirmed = await chain.head(), await chain.confirmed_block()
    assert head.number - confirmed.number == 3
    said = local_chain.block(confirmed.number)
    assert confirmed.hash == said["hash"]
    assert confirmed.at == datetime.fromtimestamp(int(said["timestamp"], 16), UTC)


async def test_blocks_are_dated_by_the_chain(chain: Chain, local_chain: LocalChain) -> None:
    at = datetime.now(UTC).replace(microsecond=0) + timedelta(minutes=5)
    local_chain.set_time(at)
    local_chain.mine()
    assert timedelta() <= (await chain.head()).at - at < timedelta(minutes=1)


async def test_a_chain_that_is_too_young_has_no_block_that_counts(
    reading: Reading, local_chain: LocalChain
) -> None:
    chain = reading(local_chain.settings(confirmations=1_000_000))
    with pytest.raises(NoConfirmedBlock, match="1000000 are wanted"):
        await chain.confirmed_block()


async def test_what_goes_out_is_seen_as_well(chain: Chain, local_chain: LocalChain) -> None:
    anna, ben = local_chain.new_address(), local_chain.new_address()
    local_chain.mint(anna, 25 * DOLLAR)
    local_chain.transfer(anna, ben, 5 * DOLLAR + 1)
    local_chain.mine(3)
    found = await chain.balances_of([anna, ben], await chain.confirmed_block())
    assert found == {anna: 20 * DOLLAR - 1, ben: 5 * DOLLAR + 1}


async def test_a_reorganisation_takes_an_unconfirmed_deposit_away_and_nothing_was_believed(
    chain: Chain, local_chain: LocalChain
) -> None:
    anna = local_chain.new_address()
    local_chain.mint(anna, 25 * DOLLAR)
    local_chain.mine(2)
    assert await chain.balance_of(anna, await chain.head()) == 25 * DOLLAR, "there, and too new"
    assert await chain.balance_of(anna, await chain.confirmed_block()) == 0
    local_chain.reorganise(3)
    local_chain.mine(3)
    assert await chain.balance_of(anna, await chain.confirmed_block()) == 0


async def test_a_deposit_that_comes_back_after_a_reorganisation_counts_once_and_later(
    chain: Chain, local_chain: LocalChain
) -> None:
    anna = local_chain.new_address()
    tx_hash = local_chain.mint(anna, 25 * DOLLAR)
    local_chain.mine(2)
    local_chain.reorganise(3, again=[tx_hash])
    local_chain.mine()
    assert await chain.balance_of(anna, await chain.confirmed_block()) == 0
    local_chain.mine(2)
    assert await chain.balance_of(anna, await chain.confirmed_block()) == 25 * DOLLAR


async def test_a_block_that_was_taken_away_is_not_read_from_any_more(
    chain: Chain, local_chain: LocalChain
) -> None:
    anna = local_chain.new_address()
    local_chain.mint(anna, 25 * DOLLAR)
    head = await chain.head()
    local_chain.reorganise(1)
    with pytest.raises(BlockUnknown, match="Begin again"):
        await chain.balance_of(anna, head)


def becomes_another_chain(proxy: RpcProxy, local_chain: LocalChain, *, before: int) -> None:
    """Have the chain go another way before the request of this number, counted from now."""
    number = len(proxy.asked) + before

    def on_request(_calls: list[RpcCall]) -> None:
        if len(proxy.asked) == number:
            local_chain.reorganise(2)

    proxy.on_request = on_request


async def test_a_reorganisation_between_two_reads_of_one_batch_is_noticed(
    reading: Reading, local_chain: LocalChain, proxy: RpcProxy
) -> None:
    chain = reading(local_chain.settings(proxy.url, batch_max=5))
    people = [local_chain.new_address() for _ in range(8)]
    for person in people[3:5]:
        local_chain.mint(person, DOLLAR)
    head = await chain.head()
    becomes_another_chain(proxy, local_chain, before=2)
    with pytest.raises(BlockUnknown):
        await chain.balances_of(people, head)


async def test_a_hundred_addresses_are_read_in_one_request_in_one_block(
    reading: Reading, local_chain: LocalChain, proxy: RpcProxy
) -> None:
    chain = reading(local_chain.settings(proxy.url, confirmations=0, batch_max=101))
    people = [local_chain.new_address() for _ in range(100)]
    for number, person in enumerate(people[:5], start=1):
        local_chain.mint(person, number)
    block = await chain.confirmed_block()
    proxy.asked.clear()
    found = await chain.balances_of([*people, people[0]], block)
    assert list(found.items()) == [*zip(people, [1, 2, 3, 4, 5] + [0] * 95, strict=True)]
    ((*calls, of_block),) = proxy.asked
    assert len(calls) == 100
    place = {"blockHash": block.hash, "requireCanonical": True}
    assert all(call["params"][1] == place for call in calls)
    assert of_block["params"] == [hex(block.number), False]


async def test_more_than_one_request_may_carry_are_read_in_several_in_the_same_block(
    reading: Reading, local_chain: LocalChain, proxy: RpcProxy
) -> None:
    chain = reading(local_chain.settings(proxy.url, confirmations=0, batch_max=41))
    people = [local_chain.new_address() for _ in range(100)]
    local_chain.mint(people[-1], 7)
    block = await chain.confirmed_block()
    proxy.asked.clear()
    found = await chain.balances_of(people, block)
    assert found[people[-1]] == sum(found.values()) == 7
    assert [len(calls) for calls in proxy.asked] == [41, 41, 21]
    assert len({str(call["params"][1]) for calls in proxy.asked for call in calls[:-1]}) == 1


async def test_a_node_without_batches_is_asked_one_thing_at_a_time(
    reading: Reading, local_chain: LocalChain, proxy: RpcProxy
) -> None:
    chain = reading(local_chain.settings(proxy.url, confirmations=0, batch_max=1))
    anna, ben = local_chain.new_address(), local_chain.new_address()
    local_chain.mint(ben, 7)
    assert await chain.balances_of([anna, ben], await chain.confirmed_block()) == {anna: 0, ben: 7}
    assert all(asked.body.startswith(b"{") for asked in proxy.received)


async def test_nobody_is_read_without_a_request(
    reading: Reading, local_chain: LocalChain, proxy: RpcProxy, chain: Chain
) -> None:
    assert await reading(local_chain.settings(proxy.url)).balances_of([], await chain.head()) == {}
    assert proxy.asked == []


async def test_more_addresses_than_there_may_be_are_not_asked_for(
    chain: Chain, local_chain: LocalChain
) -> None:
    people = [local_chain.new_address() for _ in range(OWNERS_MAX + 1)]
    with pytest.raises(ValueError, match="too many"):
        await chain.balances_of(people, await chain.head())


async def test_a_contract_that_refuses_to_answer_is_said_to(
    chain: Chain, local_chain: LocalChain
) -> None:
    await chain.verify()
    with local_chain.broken_token(), pytest.raises(CallReverted):
        await chain.balance_of(local_chain.new_address(), await chain.head())


async def test_a_block_from_before_the_token_has_no_balances(
    reading: Reading, local_chain: LocalChain
) -> None:
    local_chain.mine()
    before = await reading(local_chain.settings()).head()
    chain = reading(local_chain.settings(token=local_chain.deploy()))
    with pytest.raises(NotThisToken, match="no contract is there"):
        await chain.balance_of(local_chain.new_address(), before)


async def test_a_node_that_reads_on_in_a_block_that_was_taken_away_is_not_believed(
    reading: Reading, local_chain: LocalChain, proxy: RpcProxy
) -> None:
    chain = reading(local_chain.settings(proxy.url))
    anna = local_chain.new_address()
    local_chain.mint(anna, 25 * DOLLAR)
    head = await chain.head()
    local_chain.reorganise(1)
    before = f"0x{25 * DOLLAR:064x}"
    proxy.on_call = lambda call: said(call, before) if call["method"] == "eth_call" else None
    with pytest.raises(BlockUnknown):
        await chain.balance_of(anna, head)


def without_hashes(call: RpcCall) -> RpcAnswer | None:
    """Be a node from before EIP-1898: where a number is wanted, a hash is none."""
    is_hash = call["method"] == "eth_call" and isinstance(call["params"][1], dict)
    return refused(call, -32_602, "invalid argument 1: not a number") if is_hash else None


def heedless_of_hashes(call: RpcCall) -> None:
    """Be a node that takes whatever it does not know for the last block."""
    if call["method"] == "eth_call" and isinstance(call["params"][1], dict):
        call["params"][1] = "latest"


Manner = Callable[[RpcCall], RpcAnswer | None]
of_old_nodes = pytest.mark.parametrize("manner", [without_hashes, heedless_of_hashes])


@of_old_nodes
async def test_a_node_that_does_not_read_by_hash_is_asked_by_number(
    reading: Reading, local_chain: LocalChain, proxy: RpcProxy, manner: Manner
) -> None:
    proxy.on_call = manner
    chain = reading(local_chain.settings(proxy.url))
    anna = local_chain.new_address()
    local_chain.mint(anna, 25 * DOLLAR)
    block = await chain.head()
    local_chain.mint(anna, DOLLAR)
    assert await chain.balance_of(anna, block) == 25 * DOLLAR


@of_old_nodes
async def test_where_it_is_asked_by_number_a_reorganisation_meanwhile_is_noticed_as_well(
    reading: Reading, local_chain: LocalChain, proxy: RpcProxy, manner: Manner
) -> None:
    proxy.on_call = manner
    chain = reading(local_chain.settings(proxy.url))
    anna = local_chain.new_address()
    local_chain.mint(anna, 25 * DOLLAR)
    head = await chain.head()
    becomes_another_chain(proxy, local_chain, before=2)
    with pytest.raises(BlockUnknown):
        await chain.balance_of(anna, head)


@of_old_nodes
async def test_where_it_is_asked_by_number_it_may_not_have_come_so_far(
    reading: Reading, local_chain: LocalChain, proxy: RpcProxy, manner: Manner
) -> None:
    proxy.on_call = manner
    chain = reading(local_chain.settings(proxy.url))
    head = await chain.head()
    beyond = msgspec.structs.replace(head, number=head.number + 9)
    with pytest.raises(BlockUnknown):
        await chain.balance_of(local_chain.new_address(), beyond)
