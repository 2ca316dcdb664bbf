"""What only the Python client has: types, inboxes, and pieces that can be tried alone."""

import asyncio
import random
from datetime import UTC, datetime
from pathlib import Path
from typing import ClassVar, get_args

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol import frames
from protocol.clients.python import Client, Closed, FileStore, Left, Refused, received
from protocol.clients.python.follow import Follow, Verdict
from protocol.clients.python.inbox import Inbox
from protocol.clients.python.wire import Wire
from protocol.closing import Closing
from protocol.ids import uuid7
from protocol.limits import Limits
from protocol.messages import Answer, Command, Event
from protocol.position import Position
from tests.clients.script_server import NOW, USER_ID, ScriptServer, joined, push, snapshot

PAIR = "relationship/1"
TOKEN = "anything"  # noqa: S105 - the script server lets everybody in


class MoodLogged(Event, frozen=True, tag="moods.logged"):
    """A mood was written down."""

    score: int


class LogMood(Command, frozen=True, tag="moods.log"):
    """Write down a mood."""

    actor: ClassVar[str] = "relationship"
    reply: ClassVar[type[Answer]] = MoodLogged
    score: int
    felt_at: datetime | None = None


async def test_messages_are_asked_and_heard_as_types(server: ScriptServer) -> None:
    client = Client(server.url, token=TOKEN, format="msgpack")
    try:
        client.start()
        line = await server.accept()
        await line.welcome()
        asked = asyncio.create_task(
            client.ask(LogMood(score=7, felt_at=datetime(2026, 1, 2, tzinfo=UTC)))
        )
        call = await line.expect("call")
        assert call["do"] == {"type": "moods.log", "score": 7, "felt_at": "2026-01-02T00:00:00Z"}
        ok = {"type": "moods.logged", "score": 7}
        await line.send({"type": "reply", "id": call["id"], "ok": ok})
        assert await asked == MoodLogged(score=7)

        happened = push(1, topic="announcements") | {"event": ok}
        await line.send(push(2, topic=f"user/{USER_ID}"), happened)
        assert (await client.next_push(MoodLogged)).score == 7
        own = await client.next_push("happened", topic=f"user/{USER_ID}")
        assert own.at == datetime.fromisoformat(NOW)
        with pytest.raises(TimeoutError):
            await client.next_push(timeout_s=0)
    finally:
        await client.close()


async def test_a_subscription_is_gone_through_until_it_is_left(server: ScriptServer) -> None:
    client = Client(server.url, token=TOKEN)
    pair = client.join(PAIR)
    ready = asyncio.create_task(pair.ready())
    client.start()
    line = await server.accept()
    await line.welcome()
    await line.expect("join")
    await line.send(snapshot(3), joined(3), push(4), push(5))
    assert (await ready).snapshot is not None

    seen = []
    async for happened in pair:
        seen.append(happened.pos)
        if len(seen) == 2:
            pair.leave()

    assert seen == ["1.4", "1.5"]
    with pytest.raises(Left):
        await pair.next_push()
    await client.close()
    # What had come can still be taken; after it nothing more can.
    assert [(await client.next_push()).pos for _ in range(2)] == ["1.4", "1.5"]
    with pytest.raises(Closed):
        await client.next_push(timeout_s=None)


async def test_a_client_is_a_context(server: ScriptServer) -> None:
    async def serve() -> None:
        line = await server.accept()
        await line.welcome()
        await line.ok(await line.expect("call"))
        await line.until_hung_up()

    serving = asyncio.create_task(serve())
    async with Client(server.url, ticket="one use") as client:
        await client.ask({"type": "moods.log"})
    assert client.state.name == "closed"
    await serving


async def test_a_token_that_is_refused_for_good_stops_the_client(server: ScriptServer) -> None:
    def signed_out() -> str:
        raise Refused("unauthenticated", "Sign in again.")

    client = Client(server.url, token=signed_out)

    with pytest.raises(Closed) as caught:
        await client.connect()

    assert (caught.value.reason, caught.value.code) == ("unauthenticated", Closing.UNAUTHENTICATED)
    assert server.nobody_waits


async def test_connect_waits_no_longer_than_it_is_told(server: ScriptServer) -> None:
    client = Client(server.url, token=TOKEN)
    try:
        with pytest.raises(TimeoutError):
            await client.connect(timeout_s=0.05)
        # It still tries on.
        line = await server.accept()
        await line.welcome()
        assert (await client.until("open")).name == "open"
    finally:
        await client.close()


async def test_a_server_of_another_language_stops_the_client() -> None:
    async with ScriptServer(subprotocols=()) as server:
        client = Client(server.url, token=TOKEN)

        with pytest.raises(Closed, match=r"does not speak tandem\.v1\.json"):
            await client.connect()


async def test_asking_can_be_given_up_without_taking_it_back(server: ScriptServer) -> None:
    client = Client(server.url, token=TOKEN)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0):
            await client.ask({"type": "moods.log"})
    client.start()
    line = await server.accept()
    await line.welcome()
    call = await line.expect("call")
    again = asyncio.create_task(client.ask({"type": "moods.log"}, id=client.queued[0].id))
    await line.ok(call)
    assert (await again)["type"] == "done"
    await client.close()


async def test_a_store_that_fails_is_reported_and_costs_nothing(server: ScriptServer) -> None:
    class FullDisk:
        def load(self) -> list[dict[str, object]]:
            return []

        def save(self, commands: list[dict[str, object]]) -> None:
            del commands
            raise OSError("no space left")

    client = Client(server.url, token=TOKEN, store=FullDisk())
    problems: list[str] = []
    client.on_problem(lambda refused, _topic: problems.append(refused.code))
    client.start()
    line = await server.accept()
    await line.welcome()
    asked = asyncio.create_task(client.ask({"type": "moods.log"}))
    await line.ok(await line.expect("call"))
    await asked
    await client.close()
    assert "not_saved" in problems


async def test_a_queue_in_a_file_outlives_the_program(server: ScriptServer, tmp_path: Path) -> None:
    file = tmp_path / "anna.json"
    before = Client(server.url, token=TOKEN, store=FileStore(file))
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0):
            await before.ask({"type": "moods.log", "score": 7})
    await before.close()

    after = Client(server.url, token=TOKEN, store=FileStore(file))

    assert after.queued == before.queued
    assert after.queued[0].do == {"type": "moods.log", "score": 7}
    assert [path.name for path in tmp_path.iterdir()] == ["anna.json"]
    file.write_text("not a list")
    assert Client(server.url, token=TOKEN, store=FileStore(file)).queued == []


# ----------------------------------------------------------------------------------------- pieces


def test_what_is_received_has_the_fields_that_are_sent() -> None:
    kinds = {kind.__struct_config__.tag: kind for kind in get_args(frames.ServerFrame)}
    mirrored = {kind.__struct_config__.tag: kind for kind in get_args(received.Received)}

    assert mirrored.keys() == kinds.keys()
    for tag, kind in kinds.items():
        assert mirrored[tag].__struct_fields__ == kind.__struct_fields__, tag


@pytest.mark.parametrize("form", ["json", "msgpack"])
def test_both_formats_write_what_the_server_s_codec_reads(form: str) -> None:
    wire = Wire("msgpack" if form == "msgpack" else "json")
    call = frames.Call(id=uuid7(), do=msgspec.Raw(b'{"type":"moods.log","score":7.5}'), to=PAIR)
    join = frames.Join(topic=PAIR, pos="1.2")
    encoded = [wire.encode(call), wire.encode(join)]

    (message,) = wire.pack(encoded, Limits())

    data = message.encode() if isinstance(message, str) else message
    assert isinstance(message, bytes) == (form == "msgpack")
    pieces = (msgspec.msgpack if wire.binary else msgspec.json).decode(data)
    assert msgspec.convert(pieces[1], frames.ClientFrame) == join
    assert pieces[0]["id"] == str(call.id)
    assert pieces[0]["do"] == {"type": "moods.log", "score": 7.5}


async def test_an_inbox_drops_the_oldest_and_counts_it() -> None:
    inbox: Inbox[int] = Inbox(2)
    for number in range(4):
        inbox.put(number)

    assert inbox.dropped == 2
    assert await inbox.next(lambda number: number == 3) == 3
    assert await inbox.next(lambda _: True) == 2
    with pytest.raises(TimeoutError):
        await inbox.next(lambda _: True, timeout_s=0)


class LossyTopic:
    """A topic whose pushes get lost and doubled on their way to a follower."""

    def __init__(self, seed: int) -> None:
        self._luck = random.Random(seed)  # noqa: S311 - luck in a test guards nothing
        self._head = 0
        self._follow = Follow()
        self._follow.asked()
        self._follow.snapshot(Position(1, 0))
        self._follow.joined(Position(1, 0))
        self.applied: list[int] = []

    def happen(self) -> None:
        """Have one more event happen, of which the follower hears once, twice or not at all."""
        self._head += 1
        for _ in range(self._luck.randrange(3)):
            self._push(self._head)
        if self._luck.random() < 0.2:
            self._push(self._luck.randint(1, self._head))

    def beat(self) -> None:
        """Have a heartbeat name the head."""
        if self._follow.heartbeat(Position(1, self._head)):
            self._answer_join()

    def _push(self, number: int) -> None:
        verdict = self._follow.push(Position(1, number))
        if verdict is Verdict.APPLY:
            self.applied.append(number)
        elif verdict is Verdict.ASK_AGAIN:
            self._answer_join()

    def _answer_join(self) -> None:
        """Answer from where the follower stands, after what was on its way already."""
        assert self._follow.pos is not None
        first = self._follow.pos.number + 1
        for _ in range(self._luck.randrange(3)):
            self._push(self._luck.randint(1, self._head))
        for number in range(first, self._head + 1):
            self._push(number)
        assert not self._follow.joined(Position(1, self._head))


@given(st.integers(0, 2**32), st.integers(1, 30))
def test_whatever_is_lost_or_doubled_everything_is_applied_once_in_order(
    seed: int, events: int
) -> None:
    topic = LossyTopic(seed)
    for _ in range(events):
        topic.happen()
    # Two heartbeats bring up whatever is still missing.
    topic.beat()
    topic.beat()

    assert topic.applied == list(range(1, events + 1))
