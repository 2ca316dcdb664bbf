"""What nodes say to each other: in order, sealed, within limits, and never lost unnoticed."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from uuid import UUID, uuid4

import pytest

from actors.placement import NodeSeen, View
from backend.clock import SystemClock
from backend.cluster import links
from backend.cluster.links import Links
from backend.cluster.ports import TransportAway
from backend.cluster.words import NotHere, Unfollow
from tests.support.until import until


@dataclass
class Air:
    """Carries parcels between nodes of this process, unless it is told to lose them."""

    receivers: dict[UUID, Callable[[bytes], None]] = field(default_factory=dict)
    loses: bool = False
    is_away: bool = False
    carried: list[bytes] = field(default_factory=list)


class Radio:
    """One node's way into the air; implements `backend.cluster.ports.Transport`."""

    def __init__(self, air: Air, node_id: UUID) -> None:
        self._air = air
        self._node_id = node_id

    async def publish(self, parcels: Sequence[tuple[UUID, bytes]]) -> None:
        if self._air.is_away:
            raise TransportAway("the test took it away")
        for node_id, data in parcels:
            self._air.carried.append(data)
            if node_id in self._air.receivers and not self._air.loses:
                self._air.receivers[node_id](data)

    async def listen(self, receive: Callable[[bytes], None]) -> None:
        self._air.receivers[self._node_id] = receive
        await asyncio.Event().wait()

    async def close(self) -> None:
        self._air.receivers.pop(self._node_id, None)


@dataclass
class Speaker:
    """A node that notes what it hears, and of whom it missed something."""

    links: Links
    heard: list[int] = field(default_factory=list)
    has_missed: list[UUID] = field(default_factory=list)

    def missed(self, node_id: UUID) -> None:
        self.has_missed.append(node_id)

    def say(self, to: "Speaker", *numbers: int) -> list[bool]:
        return [self.links.send(to.links.node_id, NotHere(number)) for number in numbers]


@asynccontextmanager
async def speakers(air: Air, *secrets: str) -> AsyncIterator[list[Speaker]]:
    async with AsyncExitStack() as stack:
        found = []
        for secret in secrets:
            node_id = uuid4()
            speaker = Speaker(Links(node_id, Radio(air, node_id), SystemClock(), secret))
            speaker.links.on(NotHere, lambda _, word, to=speaker: to.heard.append(word.number))  # type: ignore[misc]
            speaker.links.listeners.append(speaker)
            speaker.links.start()
            stack.push_async_callback(speaker.links.stop)
            await until(lambda: speaker.links.is_up)  # noqa: B023
            found.append(speaker)
        yield found


async def test_what_is_said_is_heard_in_its_order_and_nothing_is_missed() -> None:
    async with speakers(Air(), "", "") as (one, other):
        one.say(other, *range(500))
        await until(lambda: other.heard == list(range(500)))
        other.say(one, 7)
        await until(lambda: one.heard == [7])
        assert not one.has_missed
        assert not other.has_missed


async def test_what_was_lost_is_noticed_by_both_with_the_next_word() -> None:
    air = Air()
    async with speakers(air, "", "") as (one, other):
        one.say(other, 1)
        await until(lambda: other.heard == [1])
        air.loses = True
        before = one.links.said
        one.say(other, 2)
        await until(lambda: one.links.said > before)
        air.loses = False
        assert not other.has_missed

        one.say(other, 3)
        await until(lambda: other.heard == [1, 3])
        assert other.has_missed == [one.links.node_id]
        await until(lambda: one.has_missed == [other.links.node_id])


async def test_what_could_not_be_said_is_noticed_once_it_can() -> None:
    air = Air()
    async with speakers(air, "", "") as (one, other):
        one.say(other, 1)
        await until(lambda: other.heard == [1])
        air.is_away = True
        before = one.links.said
        one.say(other, 2)
        await until(lambda: one.links.said > before)
        air.is_away = False
        one.say(other, 3)
        await until(lambda: other.heard == [1, 3])
        assert other.has_missed == [one.links.node_id]


async def test_a_node_that_comes_while_others_have_long_spoken_misses_nothing() -> None:
    air = Air()
    async with speakers(air, "", "") as (one, other):
        one.say(other, *range(10))
        await until(lambda: len(other.heard) == 10)
        async with speakers(air, "") as (newcomer,):
            one.say(newcomer, 1)
            newcomer.say(other, 2)
            await until(lambda: newcomer.heard == [1] and other.heard[-1] == 2)
            assert not newcomer.has_missed
            assert not other.has_missed


async def test_who_does_not_have_the_secret_is_not_listened_to() -> None:
    air = Air()
    async with speakers(air, "ours", "ours", "theirs") as (one, other, stranger):
        stranger.say(other, 1)
        one.say(other, 2)
        await until(lambda: other.heard == [2])
        before = len(air.carried)
        air.receivers[other.links.node_id](b"whatever")
        air.receivers[other.links.node_id](air.carried[-1][:-1] + b"?")
        one.say(other, 3)
        await until(lambda: other.heard == [2, 3])
        assert len(air.carried) > before


async def test_what_waits_for_one_node_has_a_limit_and_what_is_above_it_is_missed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(links, "WAITING_BYTES_MAX", 100)
    async with speakers(Air(), "", "") as (one, other):
        said = one.say(other, *range(1_000))
        assert said[0]
        assert not said[-1]
        await until(lambda: len(other.heard) == sum(said))
        one.say(other, 1_000)
        await until(lambda: other.heard[-1] == 1_000)
        assert other.has_missed == [one.links.node_id]


async def test_a_bug_in_what_hears_keeps_no_other_word_from_being_heard() -> None:
    async with speakers(Air(), "", "") as (one, other):

        def fail(_sender: UUID, _word: Unfollow) -> None:
            raise RuntimeError("a bug")

        other.links.on(Unfollow, fail)
        one.links.send(other.links.node_id, Unfollow(["user/1"]))
        one.say(other, 1)
        await until(lambda: other.heard == [1])


async def test_of_a_node_that_is_gone_nothing_is_kept_and_who_comes_back_is_noticed() -> None:
    async with speakers(Air(), "", "") as (one, other):
        one.say(other, 1)
        await until(lambda: other.heard == [1])
        there = NodeSeen(one.links.node_id)
        gone = NodeSeen(one.links.node_id, is_fresh=False)
        other.links.moved(View({there.id: there}), View({gone.id: gone}))
        one.say(other, 2)
        await until(lambda: other.heard == [1, 2])
        assert other.has_missed == [one.links.node_id]
