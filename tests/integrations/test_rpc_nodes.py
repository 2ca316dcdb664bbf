"""Nodes that are away, wrong or out of their mind: named by the fact, and passed over."""

import asyncio
import json
import re
from typing import Any

import pytest

from backend.integrations.chain import (
    Chain,
    ChainProblem,
    NotThisToken,
    RpcLimited,
    RpcNodeAway,
    RpcNodeBehind,
    RpcNodeRefused,
    RpcNonsense,
    WrongChain,
)
from backend.integrations.chain.rpc_node import ANSWER_BYTES_MAX
from tests.integrations.conftest import Reading
from tests.support.chain import LocalChain
from tests.support.clock import FakeClock
from tests.support.http_service import Answer
from tests.support.rpc_proxy import RpcAnswer, RpcCall, RpcProxy, refused, said
from tests.support.until import until

DOLLAR = 1_000_000
NOBODY_THERE = "http://127.0.0.1:1"
KEY = "s3cr3t-k3y"


async def test_a_node_that_is_as_the_settings_say_is_taken(chain: Chain) -> None:
    await chain.verify()


async def test_a_node_on_another_chain_is_refused(
    reading: Reading, local_chain: LocalChain
) -> None:
    chain = reading(local_chain.settings(chain_id=1))
    with pytest.raises(WrongChain, match="on chain 31337, and the settings say 1"):
        await chain.verify()
    with pytest.raises(WrongChain):
        await chain.confirmed_block()


async def test_a_node_that_goes_over_to_another_chain_is_not_believed_any_more(
    reading: Reading, local_chain: LocalChain, proxy: RpcProxy
) -> None:
    chain = reading(local_chain.settings(proxy.url))
    await chain.verify()
    tx_hash = local_chain.mint(local_chain.new_address(), DOLLAR)
    proxy.on_call = lambda call: said(call, "0x1") if call["method"] == "eth_chainId" else None
    with pytest.raises(WrongChain):
        await chain.confirmed_block()
    with pytest.raises(WrongChain):
        await chain.read_transfers(tx_hash)


async def test_a_token_with_other_decimals_is_refused(
    reading: Reading, local_chain: LocalChain
) -> None:
    chain = reading(local_chain.settings(token=local_chain.deploy(decimals=18)))
    with pytest.raises(NotThisToken, match="18 decimals and not 6"):
        await chain.verify()


async def test_a_token_with_another_symbol_is_refused(
    reading: Reading, local_chain: LocalChain
) -> None:
    chain = reading(local_chain.settings(token_symbol="EURC"))  # noqa: S106 - of another kind
    with pytest.raises(NotThisToken, match="its symbol is 'USDC' and not 'EURC'"):
        await chain.verify()


async def test_an_address_without_a_contract_is_no_token(
    reading: Reading, local_chain: LocalChain
) -> None:
    chain = reading(local_chain.settings(token=local_chain.new_address()))
    with pytest.raises(NotThisToken, match="no contract is there"):
        await chain.verify()


@pytest.mark.parametrize(
    ("symbol", "read"),
    [
        (f"{32:064x}", ""),
        (f"{32:064x}" + "f" * 64, None),
        (f"{64:064x}{4:064x}" + b"USDC".hex().ljust(64, "0"), None),
        (b"USDC".hex().ljust(64, "0"), None),
        (f"{32:064x}{65:064x}" + "a" * 192, None),
        (f"{32:064x}{2:064x}ff0a" + "0" * 60, "\N{REPLACEMENT CHARACTER}\n"),
    ],
)
async def test_a_symbol_that_cannot_be_read_is_another(
    reading: Reading, local_chain: LocalChain, proxy: RpcProxy, symbol: str, read: str | None
) -> None:
    function = "0x95d89b41"
    proxy.on_call = lambda call: (
        said(call, f"0x{symbol}") if function in json.dumps(call["params"]) else None
    )
    with pytest.raises(NotThisToken, match=re.escape(f"its symbol is {read!a} ")):
        await reading(local_chain.settings(proxy.url)).verify()


@pytest.mark.parametrize(
    "balance",
    [
        None,
        True,
        7,
        "7",
        "0x7",
        "0x" + "g" * 64,
        "0x" + "F" * 64,
        "0x" + "0" * 63,
        "0x" + "0" * 66,
        "0x" + f"{2**63:064x}",
        "0x" + "f" * 64,
        "zz0x" + "0" * 62,
        "0x" + "0" * 64 + "\n",
        ["0x" + "0" * 64],
    ],
)
async def test_a_balance_that_is_no_number_is_refused(
    reading: Reading, local_chain: LocalChain, proxy: RpcProxy, balance: object
) -> None:
    chain = reading(local_chain.settings(proxy.url))
    head = await chain.head()
    proxy.on_call = lambda call: said(call, balance) if call["method"] == "eth_call" else None
    with pytest.raises(RpcNonsense, match="its answer to eth_call"):
        await chain.balance_of(local_chain.new_address(), head)


async def test_the_largest_balance_there_can_be_is_taken(
    reading: Reading, local_chain: LocalChain, proxy: RpcProxy
) -> None:
    chain = reading(local_chain.settings(proxy.url))
    head = await chain.head()
    most = "0x" + f"{2**63 - 1:064x}"
    proxy.on_call = lambda call: said(call, most) if call["method"] == "eth_call" else None
    assert await chain.balance_of(local_chain.new_address(), head) == 2**63 - 1


@pytest.mark.parametrize(
    "changed",
    [
        {"number": "0x01"},
        {"number": 5},
        {"number": "-0x1"},
        {"number": "0x" + "1" * 17},
        {"number": None},
        {"hash": "0x12"},
        {"hash": None},
        {"timestamp": "yesterday"},
        {"timestamp": "0xffffffffffffffff"},
    ],
)
async def test_a_block_that_is_none_is_refused(
    reading: Reading, local_chain: LocalChain, proxy: RpcProxy, changed: dict[str, Any]
) -> None:
    def on_answer(call: RpcCall, answer: RpcAnswer) -> RpcAnswer:
        if call["method"] == "eth_getBlockByNumber":
            answer["result"] |= changed
        return answer

    proxy.on_answer = on_answer
    with pytest.raises(RpcNonsense):
        await reading(local_chain.settings(proxy.url)).head()


async def test_another_block_than_was_asked_for_is_refused(
    reading: Reading, local_chain: LocalChain, proxy: RpcProxy
) -> None:
    def on_call(call: RpcCall) -> None:
        if call["method"] == "eth_getBlockByNumber":
            call["params"][0] = "latest"

    proxy.on_call = on_call
    with pytest.raises(RpcNonsense, match="another block"):
        await reading(local_chain.settings(proxy.url)).confirmed_block()


async def test_a_chain_without_a_last_block_is_none(
    reading: Reading, local_chain: LocalChain, proxy: RpcProxy
) -> None:
    proxy.on_call = lambda call: (
        said(call, None) if call["method"] == "eth_getBlockByNumber" else None
    )
    with pytest.raises(RpcNonsense, match="is empty"):
        await reading(local_chain.settings(proxy.url)).head()


def batch(*ids: int, **fields: object) -> bytes:
    """Write answers to several calls."""
    one = {"jsonrpc": "2.0", "result": "0x1"} | fields
    return json.dumps([one | {"id": number} for number in ids]).encode()


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>Welcome</html>",
        b"null",
        b"[]",
        b'[{"\xff":1}]',
        b'{"jsonrpc":"2.0","id":0,"error":{"code":1,"message":"\xff"}}',
        b'{"jsonrpc":"2.0","id":0,"result":' + b"[" * 100_000,
        b'{"jsonrpc":"2.0","id":0,"result":"0x1"}',
        b'[{"jsonrpc":"2.0"},{"jsonrpc":"2.0"},{"jsonrpc":"2.0"},{"jsonrpc":"2.0"}]',
        batch(0),
        batch(0, 0, 0, 0),
        batch(0, 1, 2, 4),
        batch(0, 1, 2, 3, 3),
        batch(0, 1, 2, 3, jsonrpc="1.0"),
        batch(0, 1, 2, 3, error={"code": 1}),
        batch(0, 1, 2, 3, error="no"),
    ],
)
async def test_what_is_no_answer_is_refused(
    reading: Reading, local_chain: LocalChain, proxy: RpcProxy, body: bytes
) -> None:
    proxy.answers = [Answer(body=body)]
    with pytest.raises(RpcNonsense):
        await reading(local_chain.settings(proxy.url)).verify()


async def test_answers_may_come_in_any_order(
    reading: Reading, local_chain: LocalChain, proxy: RpcProxy
) -> None:
    people = [local_chain.new_address() for _ in range(5)]
    for number, person in enumerate(people):
        local_chain.mint(person, number)
    chain = reading(local_chain.settings(proxy.url))
    head = await chain.head()
    proxy.is_backwards = True
    assert [*(await chain.balances_of(people, head)).values()] == [0, 1, 2, 3, 4]


async def test_an_answer_without_end_is_not_read_to_its_end(
    reading: Reading, local_chain: LocalChain, proxy: RpcProxy
) -> None:
    proxy.answers = [Answer(is_endless=True)]
    with pytest.raises(RpcNonsense, match=f"more than {ANSWER_BYTES_MAX} bytes"):
        await reading(local_chain.settings(proxy.url)).head()


async def test_a_node_that_hangs_is_given_up_after_its_time(
    reading: Reading, local_chain: LocalChain, proxy: RpcProxy
) -> None:
    proxy.answers = [Answer(is_silent=True)]
    async with asyncio.timeout(5):
        with pytest.raises(RpcNodeAway, match=r"no answer within 0\.2 s"):
            await reading(local_chain.settings(proxy.url, within_s=0.2)).head()
    assert len(proxy.asked) == 1


async def is_answered(chain: Chain) -> bool:
    """Tell whether a chain says where it is; a machine may be too busy for its short time."""
    try:
        return (await chain.head()).number > 0
    except RpcNodeAway:
        return False


async def test_a_chain_that_stands_still_is_given_up_and_found_again(
    reading: Reading, local_chain: LocalChain
) -> None:
    chain = reading(local_chain.settings(within_s=0.5))
    await until(lambda: is_answered(chain))
    with local_chain.silent(), pytest.raises(RpcNodeAway):
        await chain.head()
    await until(lambda: is_answered(chain))


async def test_a_node_that_is_not_there_is_away(reading: Reading, local_chain: LocalChain) -> None:
    with pytest.raises(RpcNodeAway, match="ConnectError"):
        await reading(local_chain.settings(NOBODY_THERE)).verify()


async def test_a_connection_that_was_dropped_is_opened_anew_once(
    reading: Reading, local_chain: LocalChain, proxy: RpcProxy
) -> None:
    chain = reading(local_chain.settings(proxy.url))
    await chain.verify()
    proxy.answers = [Answer(is_dropped=True)]
    assert (await chain.head()).number > 0
    proxy.answers = [Answer(is_dropped=True)] * 3
    with pytest.raises(RpcNodeAway):
        await chain.head()
    assert len(proxy.answers) == 1


@pytest.mark.parametrize(
    ("status", "problem"),
    [
        (301, RpcNodeRefused),
        (307, RpcNodeRefused),
        (401, RpcNodeRefused),
        (404, RpcNodeRefused),
        (413, RpcNodeRefused),
        (429, RpcLimited),
        (500, RpcNodeAway),
        (503, RpcNodeAway),
    ],
)
async def test_each_status_means_what_it_says(
    reading: Reading,
    local_chain: LocalChain,
    proxy: RpcProxy,
    status: int,
    problem: type[ChainProblem],
) -> None:
    proxy.answers = [Answer(status, {"location": f"{proxy.url}/elsewhere"})]
    with pytest.raises(problem):
        await reading(local_chain.settings(proxy.url)).verify()
    assert len(proxy.asked) == 1, "a redirect is not followed"


@pytest.mark.parametrize(
    ("code", "problem"),
    [
        (-32_005, RpcLimited),
        (-32_029, RpcLimited),
        (429, RpcLimited),
        (-32_000, RpcNodeAway),
        (-32_603, RpcNodeAway),
        (-32_601, RpcNodeRefused),
    ],
)
async def test_each_error_means_what_it_says(
    reading: Reading,
    local_chain: LocalChain,
    proxy: RpcProxy,
    code: int,
    problem: type[ChainProblem],
) -> None:
    chain = reading(local_chain.settings(proxy.url))
    head = await chain.head()
    whole = {"jsonrpc": "2.0", "id": None, "error": {"code": code, "message": KEY}}
    proxy.answers = [Answer(body=json.dumps(whole).encode())]
    proxy.on_call = lambda call: refused(call, code, KEY) if call["method"] == "eth_call" else None
    for _ in ("to all at once", "to each"):
        with pytest.raises(problem) as raised:
            await chain.balance_of(local_chain.new_address(), head)
        assert KEY not in str(raised.value), "a node may quote its URL"
    assert proxy.answers == []


async def test_a_node_says_how_long_it_wants_to_be_left_alone(
    reading: Reading, local_chain: LocalChain, proxy: RpcProxy
) -> None:
    proxy.answers = [Answer(429, {"retry-after": "7"})]
    with pytest.raises(RpcLimited) as raised:
        await reading(local_chain.settings(proxy.url)).head()
    assert raised.value.after_s == 7
    assert raised.value.is_temporary


async def test_a_node_that_has_lost_touch_with_the_chain_is_not_believed(
    reading: Reading, local_chain: LocalChain
) -> None:
    tx_hash = local_chain.mint(local_chain.new_address(), DOLLAR)
    clock = FakeClock((await reading(local_chain.settings()).head()).at)
    chain = reading(local_chain.settings(head_age_max_s=60), clock)
    await clock.advance(seconds=60)
    assert await chain.read_transfers(tx_hash)
    await clock.advance(seconds=1)
    with pytest.raises(RpcNodeBehind, match="61 s old"):
        await chain.confirmed_block()
    with pytest.raises(RpcNodeBehind):
        await chain.read_transfers(tx_hash)
