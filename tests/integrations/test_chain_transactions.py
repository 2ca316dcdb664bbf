"""What a transaction moved: found by its hash, believed when it has succeeded and is confirmed."""

from typing import Any

import pytest

from backend.integrations.chain import (
    BlockUnknown,
    Chain,
    NotATransactionHash,
    RpcNonsense,
    TransactionHash,
    Transfer,
    read_transaction_hash,
)
from backend.integrations.ethereum_address import checksummed
from tests.integrations.conftest import Reading
from tests.support.chain import BANK, LocalChain
from tests.support.rpc_proxy import RpcAnswer, RpcCall, RpcProxy

DOLLAR = 1_000_000
NOBODY = checksummed("0" * 40)
UNHEARD_OF = TransactionHash("0x" + "ab" * 32)


async def test_a_transfer_is_found_by_its_hash(chain: Chain, local_chain: LocalChain) -> None:
    anna, ben = local_chain.new_address(), local_chain.new_address()
    local_chain.mint(anna, 25 * DOLLAR)
    tx_hash = local_chain.transfer(anna, ben, 5 * DOLLAR)
    found = await chain.read_transfers(tx_hash)
    assert found is not None
    assert found.tx_hash == tx_hash
    assert found.has_succeeded
    assert found.transfers == (Transfer(sender=anna, receiver=ben, micros=5 * DOLLAR),)
    assert found.block == await chain.head()


async def test_a_transfer_is_confirmed_only_after_as_many_blocks_as_are_wanted(
    chain: Chain, local_chain: LocalChain
) -> None:
    tx_hash = local_chain.mint(local_chain.new_address(), DOLLAR)
    seen = []
    for _ in range(5):
        found = await chain.read_transfers(tx_hash)
        assert found is not None
        seen.append((found.confirmations, found.is_confirmed))
        local_chain.mine()
    assert seen == [(0, False), (1, False), (2, False), (3, True), (4, True)]


async def test_one_transaction_may_pay_many(chain: Chain, local_chain: LocalChain) -> None:
    people = [local_chain.new_address() for _ in range(3)]
    local_chain.mint(BANK, 3 * DOLLAR)
    found = await chain.read_transfers(local_chain.transfer_many(BANK, people, DOLLAR))
    assert found is not None
    expected = [Transfer(sender=BANK, receiver=person, micros=DOLLAR) for person in people]
    assert list(found.transfers) == expected


async def test_what_somebody_sends_for_another_comes_from_its_owner(
    chain: Chain, local_chain: LocalChain
) -> None:
    anna, ben, provider = (local_chain.new_address() for _ in range(3))
    local_chain.mint(anna, DOLLAR)
    found = await chain.read_transfers(local_chain.transfer_from(anna, provider, ben, DOLLAR))
    assert found is not None
    assert found.transfers == (Transfer(sender=anna, receiver=ben, micros=DOLLAR),)


async def test_money_that_is_made_comes_from_nobody(chain: Chain, local_chain: LocalChain) -> None:
    anna = local_chain.new_address()
    found = await chain.read_transfers(local_chain.mint(anna, DOLLAR))
    assert found is not None
    assert found.transfers == (Transfer(sender=NOBODY, receiver=anna, micros=DOLLAR),)


async def test_a_reverted_transaction_is_no_transfer(chain: Chain, local_chain: LocalChain) -> None:
    poor, ben = local_chain.new_address(), local_chain.new_address()
    found = await chain.read_transfers(local_chain.transfer(poor, ben, DOLLAR))
    assert found is not None
    assert (found.has_succeeded, found.transfers) == (False, ())


async def test_a_transfer_of_another_token_is_none_of_ours(
    chain: Chain, local_chain: LocalChain
) -> None:
    other = local_chain.deploy()
    tx_hash = local_chain.mint(local_chain.new_address(), DOLLAR, token=other)
    found = await chain.read_transfers(tx_hash)
    assert found is not None
    assert (found.has_succeeded, found.transfers) == (True, ())


async def test_a_transaction_that_waits_or_that_nobody_sent_is_not_found(
    chain: Chain, local_chain: LocalChain
) -> None:
    anna, ben = local_chain.new_address(), local_chain.new_address()
    local_chain.mint(anna, DOLLAR)
    waiting = local_chain.transfer(anna, ben, DOLLAR, is_mined=False)
    assert await chain.read_transfers(waiting) is None
    assert await chain.read_transfers(UNHEARD_OF) is None
    local_chain.mine()
    assert await chain.read_transfers(waiting) is not None


async def test_a_reorganisation_takes_a_transfer_away(
    chain: Chain, local_chain: LocalChain
) -> None:
    tx_hash = local_chain.mint(local_chain.new_address(), DOLLAR)
    assert await chain.read_transfers(tx_hash) is not None
    local_chain.reorganise(1)
    assert await chain.read_transfers(tx_hash) is None


async def test_a_transfer_that_comes_back_in_a_later_block_has_to_be_confirmed_anew(
    chain: Chain, local_chain: LocalChain
) -> None:
    tx_hash = local_chain.mint(local_chain.new_address(), DOLLAR)
    local_chain.mine(3)
    before = await chain.read_transfers(tx_hash)
    local_chain.reorganise(4, again=[tx_hash])
    after = await chain.read_transfers(tx_hash)
    assert before is not None
    assert after is not None
    assert (before.is_confirmed, after.is_confirmed) == (True, False)
    assert after.block.number == before.block.number + 3
    assert after.transfers == before.transfers


async def test_a_receipt_whose_block_was_taken_away_meanwhile_is_not_believed(
    reading: Reading, local_chain: LocalChain, proxy: RpcProxy
) -> None:
    tx_hash = local_chain.mint(local_chain.new_address(), DOLLAR)

    def on_answer(call: RpcCall, answer: RpcAnswer) -> RpcAnswer:
        if call["method"] == "eth_getTransactionReceipt":
            local_chain.reorganise(1)
        return answer

    proxy.on_answer = on_answer
    with pytest.raises(BlockUnknown):
        await reading(local_chain.settings(proxy.url)).read_transfers(tx_hash)


def with_receipt(proxy: RpcProxy, **changed: object) -> None:
    """Have receipts come out changed."""

    def on_answer(call: RpcCall, answer: RpcAnswer) -> RpcAnswer:
        if call["method"] == "eth_getTransactionReceipt":
            answer["result"] |= changed
        return answer

    proxy.on_answer = on_answer


def with_log(proxy: RpcProxy, **changed: object) -> None:
    """Have the events of receipts come out changed."""

    def on_answer(call: RpcCall, answer: RpcAnswer) -> RpcAnswer:
        if call["method"] == "eth_getTransactionReceipt":
            answer["result"]["logs"][0] |= changed
        return answer

    proxy.on_answer = on_answer


async def test_events_of_a_transaction_that_did_not_succeed_move_nothing(
    reading: Reading, local_chain: LocalChain, proxy: RpcProxy
) -> None:
    with_receipt(proxy, status="0x0")
    tx_hash = local_chain.mint(local_chain.new_address(), DOLLAR)
    found = await reading(local_chain.settings(proxy.url)).read_transfers(tx_hash)
    assert found is not None
    assert (found.has_succeeded, found.transfers) == (False, ())


@pytest.mark.parametrize(
    "changed",
    [
        {"transactionHash": UNHEARD_OF},
        {"status": "0x2"},
        {"status": 1},
        {"status": None},
        {"blockNumber": "latest"},
        {"blockHash": None},
        {"logs": None},
        {"logs": [{}]},
    ],
)
async def test_a_receipt_that_is_none_is_refused(
    reading: Reading, local_chain: LocalChain, proxy: RpcProxy, changed: dict[str, Any]
) -> None:
    with_receipt(proxy, **changed)
    tx_hash = local_chain.mint(local_chain.new_address(), DOLLAR)
    with pytest.raises(RpcNonsense):
        await reading(local_chain.settings(proxy.url)).read_transfers(tx_hash)


TOPIC = "0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef"
SOMEBODY = "0x" + "0" * 24 + "ab" * 20


@pytest.mark.parametrize(
    "changed",
    [
        {"data": "0x"},
        {"data": "0x" + "f" * 64},
        {"data": "0x" + f"{2**63:064x}"},
        {"data": "0x" + "0" * 63},
        {"data": "25"},
        {"topics": [TOPIC, SOMEBODY]},
        {"topics": [TOPIC, SOMEBODY, SOMEBODY, SOMEBODY]},
        {"topics": [TOPIC, SOMEBODY, "0x" + "ab" * 32]},
        {"topics": [TOPIC, SOMEBODY, "0x" + "ab" * 20]},
        {"transactionHash": UNHEARD_OF},
        {"blockHash": UNHEARD_OF},
        {"address": "nowhere"},
    ],
)
async def test_a_transfer_that_is_none_is_refused(
    reading: Reading, local_chain: LocalChain, proxy: RpcProxy, changed: dict[str, Any]
) -> None:
    with_log(proxy, **changed)
    tx_hash = local_chain.mint(local_chain.new_address(), DOLLAR)
    with pytest.raises(RpcNonsense):
        await reading(local_chain.settings(proxy.url)).read_transfers(tx_hash)


async def test_an_event_of_another_kind_is_no_transfer(
    reading: Reading, local_chain: LocalChain, proxy: RpcProxy
) -> None:
    with_log(proxy, topics=[UNHEARD_OF], data="0x")
    tx_hash = local_chain.mint(local_chain.new_address(), DOLLAR)
    found = await reading(local_chain.settings(proxy.url)).read_transfers(tx_hash)
    assert found is not None
    assert found.transfers == ()


def test_a_hash_is_read_as_people_paste_it() -> None:
    assert read_transaction_hash(f" 0X{'AB' * 32}\n") == UNHEARD_OF


@pytest.mark.parametrize("text", ["", "0x", "ab" * 32, "0x" + "ab" * 31, "0x" + "zz" * 32])
def test_what_is_no_hash_is_refused(text: str) -> None:
    with pytest.raises(NotATransactionHash, match="64 hexadecimal digits"):
        read_transaction_hash(text)
