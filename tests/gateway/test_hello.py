"""Getting in: the handshake, hello, tokens, tickets and origins."""

import httpx
import pytest
from websockets.typing import Subprotocol

from backend.domains import identity
from backend.gateway.line import Line
from protocol.limits import HELLO_WITHIN_S
from tests.gateway.raw import Tcp, raw, tcp
from tests.support.clock import FakeClock
from tests.support.node import Node
from tests.support.people import Person

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.usefixtures("nothing_changes"),
]

RENAME = {"type": "identity.change_profile", "name": "Eve"}


async def ticket_of(person: Person) -> str:
    async with httpx.AsyncClient(base_url=person.node.http_url, trust_env=False) as http:
        answer = await http.post(
            "/v1/auth/ticket", headers={"Authorization": f"Bearer {person.token}"}
        )
    assert answer.status_code == 201, answer.text
    ticket: str = answer.json()["ticket"]
    return ticket


@pytest.mark.parametrize(
    "frame",
    [
        {"type": "call", "id": "019534d4-1a00-7000-8000-000000000001", "do": RENAME},
        {"type": "join", "topic": "announcements"},
        {"type": "leave", "topic": "announcements"},
        {"type": "presence", "topic": "announcements", "doing": "waiting"},
    ],
)
async def test_nothing_is_done_before_hello(
    node: Node, clock: FakeClock, anna: Person, frame: dict[str, object]
) -> None:
    async with raw(node, clock) as eve:
        assert (await eve.refused(frame))["code"] == "hello_expected"
        await eve.hello(anna.token)
        assert await eve.said("reply") == []


@pytest.mark.parametrize(
    "token", ["x", "tda_" + "A" * 43, "tdr_" + "A" * 43, "é" * 200, "' OR 1=1 --", "a" * 512]
)
async def test_a_wrong_token_opens_nothing(node: Node, clock: FakeClock, token: str) -> None:
    async with raw(node, clock) as eve:
        refused = await eve.refused({"type": "hello", "token": token})
        assert refused["code"] == "unauthenticated"
        assert await eve.closed() == 4501
        assert [bye["reason"] for bye in await eve.said("bye")] == ["unauthenticated"]
        assert await eve.said("welcome") == []


@pytest.mark.parametrize("proofs", [(), ("token", "ticket")])
async def test_a_hello_has_one_proof_and_is_told_so(
    node: Node, clock: FakeClock, anna: Person, proofs: tuple[str, ...]
) -> None:
    async with raw(node, clock) as eve:
        hello = {"type": "hello", **dict.fromkeys(proofs, anna.token)}
        refused = await eve.refused(hello)
        assert (refused["code"], refused["facts"]["path"]) == ("invalid", "$")
        assert "one of the two" in refused["message"]
        assert await eve.said("welcome") == []
        # It was a slip: the socket waits on for a hello.
        await eve.hello(anna.token)


async def test_a_token_with_nul_in_it_opens_nothing(node: Node, clock: FakeClock) -> None:
    async with raw(node, clock) as eve:
        assert (await eve.refused({"type": "hello", "token": "tda_\0"}))["code"] == (
            "unauthenticated"
        )
        assert await eve.closed() == 4501


async def test_a_ticket_with_nul_in_it_opens_nothing(node: Node, clock: FakeClock) -> None:
    async with raw(node, clock) as eve:
        refused = await eve.refused({"type": "hello", "ticket": "tds_\0\ud83d"})
        assert refused["code"] in {"unauthenticated", "malformed"}


async def test_an_expired_token_opens_nothing(node: Node, clock: FakeClock, anna: Person) -> None:
    await clock.advance(minutes=15)
    async with raw(node, clock) as eve:
        refused = await eve.refused({"type": "hello", "token": anna.token})
        assert refused["code"] == "unauthenticated"
        assert await eve.closed() == 4501


async def test_a_revoked_session_closes_its_socket_and_its_token_opens_nothing(
    node: Node, clock: FakeClock, anna: Person
) -> None:
    async with raw(node, clock) as phone:
        await phone.hello(anna.token)
        await identity.end_sessions(node.app.state.identity, anna.user_id)
        assert await phone.closed() == 4502
        assert [bye["reason"] for bye in await phone.said("bye")] == ["session_revoked"]
    async with raw(node, clock) as again:
        await again.refused({"type": "hello", "token": anna.token})
        assert await again.closed() == 4501


async def test_a_socket_says_hello_once(
    node: Node, clock: FakeClock, anna: Person, ben: Person
) -> None:
    async with raw(node, clock) as eve:
        welcome = await eve.hello(anna.token)
        again = await eve.refused({"type": "hello", "token": ben.token})
        assert again["code"] == "already_greeted"
        assert welcome["user_id"] == str(anna.user_id)


async def test_of_two_hellos_at_once_the_first_counts(
    node: Node, clock: FakeClock, anna: Person, ben: Person
) -> None:
    async with raw(node, clock) as eve:
        both = [{"type": "hello", "token": person.token} for person in (anna, ben)]
        assert (await eve.refused(both))["code"] == "already_greeted"
        assert (await eve.next("welcome"))["user_id"] == str(anna.user_id)
        assert await eve.said("welcome") == []


async def test_a_ticket_opens_one_socket(node: Node, clock: FakeClock, anna: Person) -> None:
    ticket = await ticket_of(anna)
    async with raw(node, clock) as page:
        await page.send({"type": "hello", "ticket": ticket})
        assert (await page.next("welcome"))["user_id"] == str(anna.user_id)
        async with raw(node, clock) as eve:
            refused = await eve.refused({"type": "hello", "ticket": ticket})
            assert refused["code"] == "unauthenticated"
            assert await eve.closed() == 4501


async def test_a_ticket_is_no_token(node: Node, clock: FakeClock, anna: Person) -> None:
    ticket = await ticket_of(anna)
    async with raw(node, clock) as eve:
        await eve.refused({"type": "hello", "token": ticket})
        assert await eve.closed() == 4501


async def test_who_does_not_say_hello_is_closed(node: Node, clock: FakeClock) -> None:
    async with raw(node, clock) as silent:
        await clock.advance(seconds=HELLO_WITHIN_S - 1)
        assert (await silent.refused("{"))["code"] == "malformed"
        await clock.advance(seconds=1)
        assert await silent.closed() == 4500


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1:1", "x"])
async def test_a_page_of_another_origin_is_closed(
    node: Node, clock: FakeClock, origin: str
) -> None:
    async with raw(node, clock, origin=origin) as page:
        assert await page.closed() == 4505


async def test_a_page_of_our_own_origin_is_let_in(
    node: Node, clock: FakeClock, anna: Person
) -> None:
    async with raw(node, clock, origin=node.http_url) as page:
        await page.hello(anna.token)


@pytest.mark.parametrize("offered", [[], ["tandem.v9.json"], ["graphql-ws", "wamp"]])
async def test_a_socket_without_our_subprotocol_is_closed(
    node: Node, clock: FakeClock, offered: list[str]
) -> None:
    subprotocols = [Subprotocol(name) for name in offered] or None
    if not subprotocols:
        async with raw(node, clock, subprotocols=None) as eve:
            assert await eve.closed() == 4504
        return
    async with tcp(node) as eve_tcp:
        await _shake(eve_tcp, node, offered)
        assert await eve_tcp.until_closed() == 4504


async def _shake(end: Tcp, node: Node, offered: list[str]) -> None:
    head = await end.handshake(node, subprotocols=offered)
    assert head.startswith("HTTP/1.1 101 "), head
    assert "sec-websocket-protocol" not in head.lower()


async def test_compression_is_offered_and_not_taken(
    node: Node, clock: FakeClock, anna: Person
) -> None:
    async with raw(node, clock, compression="deflate") as phone:
        await phone.hello(anna.token)
        response = phone.connection.response
        assert response is not None
        assert "Sec-WebSocket-Extensions" not in response.headers


@pytest.mark.parametrize("path", ["/v1/sockets", "/", "/v1/socket/../../etc/passwd"])
async def test_there_is_one_address_for_sockets(node: Node, path: str) -> None:
    async with tcp(node) as eve:
        head = await eve.handshake(node, path=path)
        assert head.split(" ")[1] in {"403", "404", "500"}
        assert head.split(" ")[1] != "500"


async def test_http_without_upgrade_is_told_what_this_is(node: Node) -> None:
    async with httpx.AsyncClient(base_url=node.http_url, trust_env=False) as http:
        answer = await http.get("/v1/socket")
    assert answer.status_code == 426
    assert answer.headers["upgrade"] == "websocket"
    assert answer.json()["status"] == 426


@pytest.mark.parametrize(
    "lines",
    [
        ["Sec-WebSocket-Version: 12"],
        ["Sec-WebSocket-Key: short"],
        ["Sec-WebSocket-Key:"],
    ],
)
async def test_a_broken_handshake_is_refused(node: Node, lines: list[str]) -> None:
    async with tcp(node) as eve:
        head = await eve.handshake(node, *lines)
        assert head.split(" ")[1] in {"400", "426"}


async def test_a_handshake_with_too_many_headers_is_refused(node: Node) -> None:
    async with tcp(node) as eve:
        eve_head = await eve.handshake(node, *(f"X-{place}: y" for place in range(300)))
        assert eve_head.split(" ")[1] in {"400", "431"}


async def test_a_handshake_with_a_huge_header_is_refused(node: Node) -> None:
    async with tcp(node) as eve:
        head = await eve.handshake(node, "X-Huge: " + "y" * 30_000)
        assert head.split(" ")[1] in {"400", "431"}


@pytest.mark.parametrize(
    "data", [b"\0" * 100, b"\x16\x03\x01\x02\x00", b"HELO tandem\r\n\r\n", b"\xff" * 5_000]
)
async def test_what_is_not_http_is_refused(node: Node, data: bytes) -> None:
    async with tcp(node) as eve:
        eve.writer.write(data)
        assert (await eve.ended()).startswith(b"HTTP/1.1 400 ")


async def test_when_many_say_hello_at_once_each_is_answered_in_turn_and_too_many_come_again(
    node: Node, clock: FakeClock, anna: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with raw(node, clock) as first, raw(node, clock) as second, raw(node, clock) as third:
        monkeypatch.setattr(node.house.gateway, "greetings", Line(0.001, 1, waiting_max=1))
        await first.hello(anna.token)
        said = {"type": "hello", "token": anna.token}
        await second.send(said)
        assert (await second.refused(said))["code"] == "already_greeted"
        await third.send(said)
        assert await third.closed() == 4002
        (bye,) = await third.said("bye")
        assert (bye["reason"], bye["retry_after_ms"]) == ("overloaded", 5_000)
        assert await second.said("welcome") == []
