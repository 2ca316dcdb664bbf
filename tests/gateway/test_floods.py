"""Too much of something: each has its limit, and who keeps to it does not feel who does not."""

import asyncio

import pytest

from backend.gateway.ports import GatewaySettings
from protocol.limits import CALLS_IN_FLIGHT_MAX
from protocol.messages import Role
from tests.gateway.raw import (
    CLOSE,
    CONTINUATION,
    PING,
    PONG,
    TEXT,
    Raw,
    deaf,
    hello,
    raw,
    tcp,
    text,
)
from tests.support.clock import FakeClock
from tests.support.node import Node
from tests.support.people import Person, sign_up
from tests.support.until import until

pytestmark = pytest.mark.asyncio(loop_scope="module")

LIMITS = GatewaySettings()
STORM = 300
PER_PERSON = 10
FINISHES_WITHIN_S = 20.0


async def test_too_many_calls_are_refused_and_named(
    node: Node, clock: FakeClock, anna: Person
) -> None:
    async with raw(node, clock) as eve:
        await eve.hello(anna.token)
        do = {"type": "moods.log", "mood": "", "mood_score": 0}
        for start in range(0, LIMITS.calls_burst_max + 50, 50):
            ids = [eve.new_id() for _ in range(50)]
            await eve.send([{"type": "call", "id": call_id, "do": do} for call_id in ids])
            codes = [(await eve.next("reply", id=call_id))["refused"]["code"] for call_id in ids]
            assert set(codes) == (
                {"invalid"} if start < LIMITS.calls_burst_max else {"rate_limited"}
            )
        refused = (await eve.rename("Eve"))["refused"]
        assert (refused["code"], refused["temporary"]) == ("rate_limited", True)
        await clock.advance(milliseconds=refused["facts"]["retry_after_ms"])
        assert "ok" in await eve.rename("Eve")


async def test_too_many_frames_close_the_socket(node: Node, clock: FakeClock, anna: Person) -> None:
    async with raw(node, clock) as eve:
        await eve.hello(anna.token)
        leave = {"type": "leave", "topic": "x"}
        for _ in range(LIMITS.frames_burst_max // 50 + 1):
            await eve.send([leave] * 50)
        assert await eve.closed() == 4003
        bye = (await eve.said("bye"))[0]
        assert bye["reason"] == "flooding"
        assert bye["retry_after_ms"] >= 1


async def test_who_only_talks_nonsense_is_closed(
    node: Node, clock: FakeClock, anna: Person
) -> None:
    async with raw(node, clock) as eve:
        await eve.hello(anna.token)
        for _ in range(LIMITS.problems_burst_max + 1):
            await eve.send("nonsense")
        assert await eve.closed() == 4003
        assert len(await eve.said("problem")) == LIMITS.problems_burst_max


async def test_nonsense_before_hello_is_bounded_too(node: Node, clock: FakeClock) -> None:
    async with raw(node, clock) as eve:
        for _ in range(LIMITS.problems_burst_max + 1):
            await eve.send({"type": "join", "topic": "x"})
        assert await eve.closed() == 4003


async def test_calls_in_flight_are_bounded(node: Node, clock: FakeClock, anna: Person) -> None:
    async with raw(node, clock) as eve:
        await eve.hello(anna.token)
        ids = [eve.new_id() for _ in range(CALLS_IN_FLIGHT_MAX * 2)]
        do = {"type": "identity.change_profile", "name": "Eve"}
        calls = [{"type": "call", "id": call_id, "do": do} for call_id in ids]
        await eve.send(calls[:CALLS_IN_FLIGHT_MAX])
        await eve.send(calls[CALLS_IN_FLIGHT_MAX:])
        replies = [await eve.next("reply", id=call_id) for call_id in ids]
        refused = [reply["refused"] for reply in replies if "refused" in reply]
        assert len(refused) <= CALLS_IN_FLIGHT_MAX
        assert {(found["code"], found["temporary"]) for found in refused} <= {("overloaded", True)}


async def test_one_socket_more_than_a_person_may_have_closes_the_oldest(
    node: Node, clock: FakeClock, anna: Person
) -> None:
    async with raw(node, clock) as oldest:
        await oldest.hello(anna.token)
        others = [raw(node, clock) for _ in range(LIMITS.sockets_per_user_max)]
        opened = await asyncio.gather(*(other.__aenter__() for other in others))
        for phone in opened:
            await phone.hello(anna.token)
        assert await oldest.closed() == 4506
        assert "ok" in await opened[0].rename("Eve")
        await asyncio.gather(*(other.__aexit__(None, None, None) for other in others))


async def test_a_socket_that_never_reads_is_closed_and_then_resumes(
    node: Node, clock: FakeClock, anna: Person
) -> None:
    admin = await sign_up(node, clock, "Root", role=Role.ADMIN)
    async with raw(node, clock) as boss, raw(node, clock) as reader:
        await boss.hello(admin.token)
        await reader.hello(anna.token)
        seen = (await reader.next("joined", topic="announcements"))["pos"]
        async with deaf(node, anna) as end:
            published = await _publish_until_closed(boss, node, anna)
            end.writer.transport.resume_reading()  # type: ignore[attr-defined]
            assert await end.until_closed() == 4001
            assert b'"slow_consumer"' in end.last
        heard = [(await reader.next("push", topic="announcements"))["pos"] for _ in published]
        async with raw(node, clock) as again:
            await again.hello(anna.token, resume={"announcements": heard[-20]})
            missed = [(await again.next("push", topic="announcements"))["pos"] for _ in range(19)]
            assert missed == heard[-19:]
            assert (await again.next("joined", topic="announcements"))["pos"] == heard[-1] != seen


async def _publish_until_closed(boss: Raw, node: Node, deaf_one: Person) -> list[str]:
    """Say long things to everybody until the one who does not read is closed."""
    published: list[str] = []
    both = len(node.house.fanout.hub.sockets_of(deaf_one.user_id))
    for _ in range(LIMITS.calls_burst_max):
        if both > len(node.house.fanout.hub.sockets_of(deaf_one.user_id)) >= 1:
            return published
        both = max(both, len(node.house.fanout.hub.sockets_of(deaf_one.user_id)))
        said = await boss.call(
            {"type": "announcements.publish", "message": "\N{GRINNING FACE}" * 2_000},
            to="announcements",
        )
        published.append(said["ok"]["announcement_id"])
    raise AssertionError("a socket that never reads was never closed")


async def test_a_thousandfold_return_is_served(node: Node, clock: FakeClock) -> None:
    """300 sockets of 30 people come back at once, each with what it last saw."""
    people = [await sign_up(node, clock, f"Guest{place}") for place in range(STORM // PER_PERSON)]

    async def come_back(person: Person) -> str:
        async with raw(node, clock, open_timeout=FINISHES_WITHIN_S) as phone:
            phone.within_s = FINISHES_WITHIN_S
            await phone.hello(person.token, resume={person.address: "1.0", "announcements": "1.0"})
            await phone.next("joined", topic="announcements")
            position: str = (await phone.next("joined", topic=person.address))["pos"]
            return position

    async with asyncio.timeout(FINISHES_WITHIN_S):
        positions = await asyncio.gather(
            *(come_back(person) for person in people for _ in range(PER_PERSON))
        )
    assert len(positions) == STORM


async def test_pieces_of_a_message_are_put_together_around_a_ping(node: Node, anna: Person) -> None:
    async with tcp(node) as end:
        await end.handshake(node)
        said = hello(anna.token)
        end.write(TEXT, said[:10], fin=False)
        end.write(CONTINUATION, b"", fin=False)
        end.write(PING, b"are you there")
        end.write(CONTINUATION, said[10:])
        assert await end.frame() == (PONG, b"are you there")
        opcode, payload = await end.frame()
        assert opcode == TEXT
        assert b'"welcome"' in payload


async def test_a_message_in_pieces_is_bounded_like_a_whole_one(node: Node) -> None:
    async with tcp(node) as end:
        await end.handshake(node)
        end.write(TEXT, b"[" + b" " * 40_000, fin=False)
        end.write(CONTINUATION, b" " * 40_000, fin=False)
        assert await end.until_closed() == 1009


async def test_a_message_in_endless_empty_pieces_is_bounded(node: Node) -> None:
    async with tcp(node) as end:
        await end.handshake(node)
        end.write(TEXT, b"[", fin=False)
        for _ in range(1_000):
            end.write(CONTINUATION, b"", fin=False)
        assert await end.until_closed() == 1009


@pytest.mark.parametrize(
    ("opcode", "payload", "odd"),
    [
        (TEXT, b"{}", {"masked": False}),
        (TEXT, b"{}", {"rsv1": True}),
        (3, b"{}", {}),
        (11, b"", {}),
        (CONTINUATION, b"{}", {}),
        (PING, b"p" * 126, {}),
        (PING, b"p", {"fin": False}),
        (CLOSE, b"\x03", {}),
        (CLOSE, (1005).to_bytes(2), {}),
        (CLOSE, (999).to_bytes(2) + b"bye", {}),
    ],
)
async def test_frames_that_break_the_protocol_close_the_socket(
    node: Node, anna: Person, opcode: int, payload: bytes, odd: dict[str, bool]
) -> None:
    async with tcp(node) as end:
        await end.handshake(node)
        end.write(TEXT, hello(anna.token))
        end.write(opcode, payload, **odd)
        assert await end.until_closed() == 1002


async def test_a_new_message_inside_another_closes_the_socket(node: Node) -> None:
    async with tcp(node) as end:
        await end.handshake(node)
        end.write(TEXT, b"[", fin=False)
        end.write(TEXT, b"{}")
        assert await end.until_closed() == 1002


async def test_a_flood_of_pings_closes_the_socket(
    node: Node, clock: FakeClock, anna: Person
) -> None:
    async with tcp(node) as end:
        await end.handshake(node)
        end.write(TEXT, hello(anna.token))
        for _ in range(LIMITS.frames_burst_max + 1):
            end.write(PING, b"p" * 100)
        assert await end.until_closed() == 4003
    async with raw(node, clock) as phone:
        await phone.hello(anna.token)


async def test_pings_of_one_who_does_not_read_do_not_pile_up(node: Node, anna: Person) -> None:
    async with deaf(node, anna) as end:
        (opened,) = node.house.gateway.sockets
        transport = opened._wire.transport  # type: ignore[attr-defined]  # noqa: SLF001
        for _ in range(20_000):
            end.write(PING, b"p" * 125)
        end.writer.write_eof()
        await until(lambda: bool(transport.is_closing()))  # it has read them all, and the end
        assert transport.get_write_buffer_size() < 128 * 1024


async def test_bytes_after_the_goodbye_are_not_listened_to(
    node: Node, clock: FakeClock, anna: Person
) -> None:
    async with raw(node, clock) as phone:
        await phone.hello(anna.token)
        call_id = phone.new_id()
        async with tcp(node) as end:
            await end.handshake(node)
            end.write(TEXT, hello(anna.token))
            end.write(PONG, b"unasked")
            await end.frame()
            end.write(CLOSE, (1000).to_bytes(2))
            do = {"type": "identity.change_profile", "name": "Late"}
            end.write(TEXT, text({"type": "call", "id": call_id, "do": do}))
            assert await end.until_closed() == 1000
        profile = (await phone.rename("Eve", id=call_id))["ok"]["profile"]
        assert profile["name"] == "Eve"
