"""Several nodes of which one is enough; and the keys in their URLs, which nobody gets to see."""

import logging
import traceback

import pytest
from structlog.testing import capture_logs

from backend.integrations.chain import (
    BlockUnknown,
    CallReverted,
    ChainProblem,
    NotThisToken,
    RpcLimited,
    RpcNodeAway,
    RpcNodeRefused,
    RpcUrlWrong,
    WrongChain,
)
from backend.integrations.chain.rpc_url import read_rpc_url
from tests.integrations.conftest import Reading
from tests.support.chain import LocalChain
from tests.support.http_service import Answer
from tests.support.rpc_proxy import RpcCall, RpcProxy, refused, said

DOLLAR = 1_000_000
NOBODY_THERE = "http://127.0.0.1:1"
KEY = "s3cr3t-k3y"


@pytest.mark.parametrize(
    "answer",
    [
        Answer(503),
        Answer(429),
        Answer(401),
        Answer(body=b"Welcome"),
        Answer(is_silent=True),
        Answer(is_endless=True),
    ],
)
async def test_when_a_node_fails_the_next_is_asked(
    reading: Reading, local_chain: LocalChain, proxy: RpcProxy, answer: Answer
) -> None:
    proxy.answers = [answer] * 5
    chain = reading(local_chain.settings(proxy.url, local_chain.url, within_s=2))
    with capture_logs() as lines:
        assert (await chain.head()).number > 0
    assert [(line["log_level"], line["event"]) for line in lines] == [
        ("warning", "an RPC node was passed over")
    ]
    assert lines[0]["why"].startswith("RPC node 1 ")


async def test_a_node_that_has_answered_is_asked_first_from_then_on(
    reading: Reading, local_chain: LocalChain, proxy: RpcProxy
) -> None:
    proxy.answers = [Answer(503)]
    chain = reading(local_chain.settings(proxy.url, local_chain.url))
    await chain.head()
    assert len(proxy.asked) == 1
    await chain.confirmed_block()
    assert len(proxy.asked) == 1


async def test_a_node_is_met_before_it_is_believed_also_when_it_comes_second(
    reading: Reading, local_chain: LocalChain, proxy: RpcProxy
) -> None:
    proxy.on_call = lambda call: said(call, "0x1") if call["method"] == "eth_chainId" else None
    chain = reading(local_chain.settings(NOBODY_THERE, proxy.url))
    with pytest.raises(WrongChain, match="RPC node 2 is on chain 1"):
        await chain.head()


async def test_at_the_start_every_node_that_answers_is_looked_at(
    reading: Reading, local_chain: LocalChain, proxy: RpcProxy
) -> None:
    await reading(local_chain.settings(NOBODY_THERE, local_chain.url)).verify()
    proxy.on_call = lambda call: said(call, "0x1") if call["method"] == "eth_chainId" else None
    with pytest.raises(WrongChain):
        await reading(local_chain.settings(local_chain.url, proxy.url)).verify()


async def test_the_second_node_reads_the_same_block_in_mid_way(
    reading: Reading, local_chain: LocalChain, proxy: RpcProxy
) -> None:
    chain = reading(local_chain.settings(proxy.url, local_chain.url, batch_max=5))
    people = [local_chain.new_address() for _ in range(8)]
    local_chain.mint(people[0], DOLLAR)
    local_chain.mint(people[7], DOLLAR)
    head = await chain.head()
    local_chain.mint(people[7], DOLLAR)
    calls_before = len(proxy.asked_for("eth_call"))

    def on_request(_calls: list[RpcCall]) -> Answer | None:
        return Answer(503) if len(proxy.asked_for("eth_call")) > calls_before + 1 else None

    proxy.on_request = on_request
    found = await chain.balances_of(people, head)
    assert [*found.values()] == [DOLLAR, 0, 0, 0, 0, 0, 0, DOLLAR]


async def test_that_a_block_was_taken_away_is_a_fact_and_no_fault_of_a_node(
    reading: Reading, local_chain: LocalChain, proxy: RpcProxy
) -> None:
    chain = reading(local_chain.settings(local_chain.url, proxy.url))
    local_chain.mint(local_chain.new_address(), DOLLAR)
    head = await chain.head()
    local_chain.reorganise(1)
    with pytest.raises(BlockUnknown):
        await chain.balance_of(local_chain.new_address(), head)
    assert proxy.asked == []


async def test_where_all_fail_what_may_pass_is_said_before_what_does_not(
    reading: Reading, local_chain: LocalChain, proxy: RpcProxy
) -> None:
    proxy.on_request = lambda _calls: Answer(401)
    chain = reading(local_chain.settings(NOBODY_THERE, proxy.url))
    with pytest.raises(RpcNodeAway, match="RPC node 1"):
        await chain.head()
    with pytest.raises(RpcNodeAway):
        await chain.verify()
    with pytest.raises(RpcNodeRefused) as raised:
        await reading(local_chain.settings(proxy.url)).head()
    assert not raised.value.is_temporary


def test_what_somebody_has_to_change_does_not_pass_by_itself() -> None:
    lasting = {one for one in ChainProblem.__subclasses__() if not one.is_temporary}
    assert lasting == {CallReverted, NotThisToken, RpcNodeRefused, RpcUrlWrong, WrongChain}


async def test_a_node_that_was_too_busy_to_be_met_is_met_later(
    reading: Reading, local_chain: LocalChain, proxy: RpcProxy
) -> None:
    def without_patience(call: RpcCall) -> dict[str, object] | None:
        is_probe = call["method"] == "eth_call" and isinstance(call["params"][1], dict)
        return refused(call, -32_005) if is_probe else None

    proxy.on_call = without_patience
    chain = reading(local_chain.settings(proxy.url))
    with pytest.raises(RpcLimited):
        await chain.verify()
    proxy.on_call = lambda _call: None
    await chain.verify()


async def test_a_login_in_the_url_goes_with_each_request_and_a_key_in_its_path(
    reading: Reading, local_chain: LocalChain, proxy: RpcProxy
) -> None:
    url = proxy.url.replace("http://", "http://anna:p%40ss@") + f"/v3/{KEY};x=1?apikey={KEY}"
    await reading(local_chain.settings(url)).verify()
    (received,) = proxy.received
    assert received.path == f"/v3/{KEY};x=1?apikey={KEY}"
    assert received.headers["authorization"] == "Basic YW5uYTpwQHNz"
    assert received.headers["host"] == proxy.url.removeprefix("http://")


def test_a_host_that_is_an_address_stands_in_brackets() -> None:
    place = read_rpc_url("RPC node 1", "http://[::1]:8545")
    assert (place.url.host, place.url.target) == (b"::1", b"/")
    assert place.headers["host"] == "[::1]:8545"


@pytest.mark.parametrize(
    "answer",
    [
        Answer(503),
        Answer(429),
        Answer(401),
        Answer(302, {"location": NOBODY_THERE}),
        Answer(body=KEY.encode()),
        Answer(
            body=b'{"jsonrpc":"2.0","id":null,"error":{"code":-1,"message":"%b"}}' % KEY.encode()
        ),
        Answer(is_silent=True),
        Answer(is_dropped=True),
    ],
)
async def test_no_problem_and_no_line_shows_the_key(
    reading: Reading,
    local_chain: LocalChain,
    proxy: RpcProxy,
    caplog: pytest.LogCaptureFixture,
    answer: Answer,
) -> None:
    caplog.set_level(logging.DEBUG)
    proxy.answers = [answer] * 2
    url = proxy.url.replace("http://", f"http://{KEY}:{KEY}@") + f"/{KEY}?key={KEY}"
    chain = reading(local_chain.settings(url, within_s=0.2))
    with capture_logs() as lines, pytest.raises(ChainProblem) as raised:
        await chain.head()
    shown = "".join(traceback.format_exception(raised.value))
    assert KEY not in shown + repr(raised.value) + str(lines) + caplog.text
    assert raised.value.__cause__ is None


def test_no_repr_of_settings_shows_the_key(local_chain: LocalChain) -> None:
    settings = local_chain.settings(f"https://{KEY}.example.org/{KEY}")
    for shown in (repr(settings), str(settings), str(settings.__rich_repr__())):
        assert KEY not in shown
        assert local_chain.token in shown


@pytest.mark.parametrize(
    "url",
    [
        "",
        KEY,
        f"ws://example.org/{KEY}",
        f"https:///{KEY}",
        f"https://example.org:{KEY}/",
        f"https://example.org:0/{KEY}",
        f"https://[::1/{KEY}",
        f"https://example.org/{KEY} ",
        f"https://example.org/{KEY}\n",
        f"https://exämple.org/{KEY}",
    ],
)
def test_a_url_that_cannot_be_read_is_refused_without_being_shown(
    reading: Reading, local_chain: LocalChain, url: str
) -> None:
    with pytest.raises(RpcUrlWrong, match="The URL of RPC node 2 is wrong") as raised:
        reading(local_chain.settings(local_chain.url, url))
    shown = "".join(traceback.format_exception(raised.value))
    assert KEY not in shown.replace(f'"{KEY}"', "")
    assert raised.value.__context__ is None
