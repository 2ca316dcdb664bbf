"""Sockets and sessions: what opens a socket, and that it lives no longer than its session."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any, Self
from uuid import UUID

import httpx
import pytest
from redis.asyncio import Redis
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Origin, Subprotocol

from backend.domains.identity import EndedSessions, Identity, IdentitySettings, end_sessions
from backend.domains.identity.ended_sessions import CHANNEL, LOOK_EVERY_S
from protocol.clients.python import Client, Closed
from protocol.closing import Closing
from protocol.codec import SUBPROTOCOL_JSON
from tests.domains.identity.door import CHEAP, Door
from tests.support.clock import ClientClock, FakeClock
from tests.support.node import Node
from tests.support.people import Person, sign_up, with_phones
from tests.support.until import until

WITHIN_S = 1.0
"""How soon a socket must be closed once its session has ended."""


async def closed(phone: Client) -> int | None:
    """Wait until a socket is closed for good, and give the code."""
    state = await phone.until("closed", timeout_s=WITHIN_S)
    return state.code


class Http:
    """A node's routes, as one person uses them."""

    def __init__(self, node: Node, person: Person) -> None:
        self._client = httpx.AsyncClient(
            base_url=node.http_url, headers={"Authorization": f"Bearer {person.token}"}
        )

    async def ask(self, method: str, path: str, **how: Any) -> Any:
        """Ask, and give what is answered; it must be granted."""
        async with self._client as client:
            answer = await client.request(method, path, **how)
        assert answer.is_success, answer.text
        return answer.json() if answer.content else None


async def test_signing_out_closes_the_socket_and_it_stays_closed(
    node: Node, clock: FakeClock
) -> None:
    anna = await sign_up(node, clock, "Anna")
    async with with_phones(anna) as [phone]:
        await Http(node, anna).ask("POST", "/v1/auth/sign-out")

        assert await closed(phone) == Closing.SESSION_REVOKED
        with pytest.raises(Closed) as refused:
            await phone.connect()
        assert refused.value.code == Closing.UNAUTHENTICATED


async def test_other_devices_stay_signed_in(node: Node, clock: FakeClock) -> None:
    anna, ben = await sign_up(node, clock, "Anna"), await sign_up(node, clock, "Ben")
    async with with_phones(anna, ben) as [annas, bens]:
        await Http(node, anna).ask("DELETE", "/v1/auth/sessions")

        assert await closed(annas) == Closing.SESSION_REVOKED
        assert bens.state.name == "open"


class OtherNode:
    """The room as it runs on another node: it shares PostgreSQL and Redis, and has no sockets."""

    def __init__(self, clock: FakeClock, redis: Redis | None) -> None:
        self.heard: asyncio.Queue[tuple[set[UUID], str]] = asyncio.Queue()
        self.ended = EndedSessions(clock, redis, self._close)
        settings = IdentitySettings(passwords=CHEAP)
        self.identity = Identity(settings, clock, redis, sessions_closed=self.ended.tell)

    def _close(self, session_ids: Sequence[UUID], reason: str) -> None:
        self.heard.put_nowait((set(session_ids), reason))

    async def hear(self) -> tuple[set[UUID], str]:
        """Wait until it is told to close the sockets of some sessions."""
        async with asyncio.timeout(WITHIN_S):
            return await self.heard.get()

    async def __aenter__(self) -> Self:
        self.ended.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.ended.stop()
        self.identity.close()


@pytest.fixture
async def other_node(clock: FakeClock, redis: Redis) -> AsyncIterator[OtherNode]:
    """Another node, which listens."""
    async with OtherNode(clock, redis) as other:
        await until(lambda: listen(redis, 1), within_s=5)
        yield other


async def listen(redis: Redis, count: int) -> bool:
    """Tell whether so many nodes listen for sessions that have ended."""
    return bool((await redis.pubsub_numsub(CHANNEL))[0][1] >= count)


async def test_a_session_ended_on_another_node_is_closed_here(
    node: Node, clock: FakeClock, redis: Redis, other_node: OtherNode
) -> None:
    anna = await sign_up(node, clock, "Anna")
    await until(lambda: listen(redis, 2), within_s=5)
    async with with_phones(anna) as [phone]:
        assert await end_sessions(other_node.identity, anna.user_id) == 1

        assert await closed(phone) == Closing.SESSION_REVOKED


async def test_a_node_stops_while_redis_takes_connections_and_says_nothing(
    clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("backend.ending.EACH_S", 0.05)
    has_come = asyncio.Event()

    async def silent(_reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        has_come.set()

    server = await asyncio.start_server(silent, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    redis = Redis.from_url(f"redis://127.0.0.1:{port}", socket_timeout=1.0)
    async with asyncio.timeout(WITHIN_S), server, redis, OtherNode(clock, redis):
        await has_come.wait()


async def test_a_session_ended_here_is_told_to_the_other_node(
    door: Door, redis: Redis, other_node: OtherNode
) -> None:
    told = await door.sign_up()
    async with OtherNode(door.clock, redis) as here:
        await end_sessions(here.identity, UUID(told["user"]["id"]))

        assert await other_node.hear() == await here.hear()


async def test_what_is_no_word_of_ours_is_passed_over(redis: Redis, other_node: OtherNode) -> None:
    session = UUID(int=1)
    await redis.publish(CHANNEL, b"what?")
    await redis.publish(CHANNEL, f'{{"session_ids":["{session}"],"reason":"revoked"}}')

    assert await other_node.hear() == ({session}, "revoked")


async def test_a_node_that_lost_redis_listens_again(redis: Redis, other_node: OtherNode) -> None:
    session = UUID(int=1)
    await redis.client_kill_filter(_type="pubsub")
    await until(lambda: listen(redis, 1), within_s=5)

    await redis.publish(CHANNEL, f'{{"session_ids":["{session}"],"reason":"revoked"}}')

    assert await other_node.hear() == ({session}, "revoked")


async def test_without_redis_a_node_finds_by_looking_what_ended(door: Door) -> None:
    told = await door.sign_up()
    me = (await door.ask("GET", "/v1/auth/sessions", token=told["access_token"])).json()
    session = UUID(me["sessions"][0]["id"])
    async with OtherNode(door.clock, None) as alone:
        await door.post("sign-out", token=told["access_token"])

        await door.clock.advance(seconds=LOOK_EVERY_S)

        assert await alone.hear() == ({session}, "revoked")


async def test_a_session_that_runs_out_is_found_too(door: Door) -> None:
    await door.sign_up()
    alone = OtherNode(door.clock, None)
    await door.clock.advance(days=59)
    await alone.ended.look()
    assert alone.heard.empty()

    await door.clock.advance(days=1)
    await alone.ended.look()

    assert len((await alone.hear())[0]) == 1
    # Looks overlap, but not for long.
    await alone.ended.look()
    await alone.hear()
    await door.clock.advance(minutes=1)
    await alone.ended.look()
    await alone.hear()
    await alone.ended.look()
    assert alone.heard.empty()
    alone.identity.close()


async def test_a_ticket_opens_one_socket(node: Node, clock: FakeClock) -> None:
    anna = await sign_up(node, clock, "Anna")
    ticket = (await Http(node, anna).ask("POST", "/v1/auth/ticket"))["ticket"]
    first, second = (
        Client(node.socket_url, ticket=ticket, clock=ClientClock(clock)) for _ in range(2)
    )
    async with first:
        assert first.user_id == anna.user_id

        with pytest.raises(Closed) as refused:
            await second.connect()
        assert refused.value.code == Closing.UNAUTHENTICATED


@pytest.mark.parametrize("is_ours", [True, False], ids=["our-page", "another-page"])
async def test_only_our_own_pages_open_sockets(
    node: Node, clock: FakeClock, *, is_ours: bool
) -> None:
    anna = await sign_up(node, clock, "Anna")
    origin = Origin(node.http_url if is_ours else "https://elsewhere.example")
    subprotocol = Subprotocol(SUBPROTOCOL_JSON)
    async with connect(node.socket_url, origin=origin, subprotocols=[subprotocol]) as socket:
        if is_ours:
            await socket.send(f'{{"type":"hello","token":"{anna.token}"}}')
            assert '"welcome"' in str(await socket.recv())
            return
        with pytest.raises(ConnectionClosed) as closed:
            await socket.recv()
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == Closing.ORIGIN
