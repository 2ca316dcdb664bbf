"""What nodes say to each other: in order, sealed, within limits, and never lost unnoticed."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from uuid import UUID, uuid4

import pytest

from actors.placement import NodeSeen, View
from backend.clock import SystemClock
from backend.cluster import incoming, links
from backend.cluster.incoming import Arrival, Incoming
from backend.cluster.links import Links
from backend.cluster.ports import TransportAway
from backend.cluster.words import NotHere, Parcel, Unfollow
from tests.support.clock import FakeClock
from tests.support.until import until


@dataclass
class Air:
    """Carries parcels between nodes of this process, unless it is told to lose them."""

    receivers: dict[UUID, Callable[[bytes], None]] = field(default_factory=dict)
    loses: bool = False
    is_away: bool = False
    frozen: set[int] = field(default_factory=set)
    """The ways along which nothing moves, and nobody is told so."""
    carried: list[tuple[UUID, bytes]] = field(default_factory=list)


class Radio:
    """One node's ways into the air; implements `backend.cluster.ports.Transport`."""

    ways = 2

    def __init__(self, air: Air, node_id: UUID) -> None:
        self._air = air
        self._node_id = node_id

    def way_to(self, node_id: UUID) -> int:
        return node_id.int % self.ways

    async def publish(self, parcels: Sequence[tuple[UUID, bytes]]) -> None:
        (way,) = {self.way_to(node_id) for node_id, _ in parcels}
        if way in self._air.frozen:
            await until(lambda: way not in self._air.frozen)
        if self._air.is_away:
            raise TransportAway("the test took it away")
        for node_id, data in parcels:
            self._air.carried.append((node_id, data))
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


def node_at(way: int) -> UUID:
    """Make the id of a node that is reached by this way."""
    return next(made for made in iter(uuid4, None) if made.int % Radio.ways == way)


@asynccontextmanager
async def speakers(
    air: Air, *secrets: str, ways: Sequence[int] = ()
) -> AsyncIterator[list[Speaker]]:
    async with AsyncExitStack() as stack:
        found = []
        for secret, way in zip(secrets, ways or [0] * len(secrets), strict=True):
            node_id = node_at(way)
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
        air.receivers[other.links.node_id](air.carried[-1][1][:-1] + b"?")
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


async def test_a_way_that_is_gone_keeps_nobody_waiting_on_another() -> None:
    air = Air()
    async with speakers(air, "", "", "", ways=[0, 0, 1]) as (one, near, far):
        one.say(near, 1)
        one.say(far, 1)
        await until(lambda: near.heard == [1] and far.heard == [1])
        air.frozen.add(1)
        one.say(far, 2)
        for number in range(2, 50):
            one.say(near, number)
            await until(lambda: near.heard[-1] == number)  # noqa: B023
        assert near.heard == list(range(1, 50))
        assert far.heard == [1]
        air.frozen.clear()
        await until(lambda: far.heard == [1, 2])
        assert not near.has_missed
        assert not far.has_missed


async def test_what_is_lost_on_one_way_is_missed_by_nobody_on_another(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with speakers(Air(), "", "", "", ways=[0, 0, 1]) as (one, near, far):
        one.say(near, 1)
        one.say(far, 1)
        await until(lambda: near.heard == [1] and far.heard == [1])
        publish = Radio.publish
        failed = []

        async def fail(radio: Radio, parcels: Sequence[tuple[UUID, bytes]]) -> None:
            if radio.way_to(parcels[0][0]) == 1:
                failed.append(parcels)
                raise TransportAway("this way only")
            await publish(radio, parcels)

        with monkeypatch.context() as broken:
            broken.setattr(Radio, "publish", fail)
            one.say(far, 2)
            await until(lambda: bool(failed))
            one.say(near, 2)
            await until(lambda: near.heard == [1, 2])
        one.say(far, 3)
        await until(lambda: far.heard == [1, 3])
        assert not near.has_missed
        assert far.has_missed == [one.links.node_id]


async def test_what_was_said_to_one_node_means_nothing_to_another() -> None:
    air = Air()
    async with speakers(air, "ours", "ours", "ours") as (one, other, third):
        one.say(other, 1)
        await until(lambda: other.heard == [1])
        for data in [data for to, data in air.carried if to == other.links.node_id]:
            air.receivers[third.links.node_id](data)
        one.say(third, 2)
        await until(lambda: third.heard == [2])
        assert not third.has_missed


async def test_what_was_said_is_heard_once_however_often_somebody_brings_it() -> None:
    air = Air()
    async with speakers(air, "ours", "ours") as (one, other):
        for number in (1, 2, 3):
            one.say(other, number)
            await until(lambda: other.heard[-1:] == [number])  # noqa: B023
        to_other = [data for to, data in air.carried if to == other.links.node_id]
        for data in to_other * 3:
            air.receivers[other.links.node_id](data)
        one.say(other, 4)
        await until(lambda: other.heard == [1, 2, 3, 4])
        assert not other.has_missed
        assert not one.has_missed


async def test_a_ping_that_is_brought_again_is_no_sign_of_life() -> None:
    air = Air()
    clock = FakeClock()
    node_id = node_at(0)
    ours = Links(node_id, Radio(air, node_id), clock, "ours")
    ours.start()
    await until(lambda: ours.is_up)
    (_, ping), *_ = air.carried
    air.loses = True
    await clock.advance(seconds=2 * links.HEARD_WITHIN_S)
    assert not ours.is_up
    air.receivers[node_id](ping)
    assert not ours.is_up
    await ours.stop()


async def test_what_waits_for_a_node_that_nobody_knows_does_not_wait_for_ever() -> None:
    clock = FakeClock()
    node_id, stranger, known = node_at(0), uuid4(), NodeSeen(uuid4())
    ours = Links(node_id, Radio(Air(), node_id), clock)
    view = View({known.id: known})
    for to in (stranger, known.id):
        ours.send(to, NotHere(1))
    ours.moved(view, view)
    # Perhaps it has only begun, and will be known with the next look.
    assert ours.known == {stranger, known.id}
    await clock.advance(seconds=links.STRANGERS_KEPT_S + 1)
    ours.moved(view, view)
    assert ours.known == {known.id}


async def test_what_is_said_to_many_is_written_down_once(monkeypatch: pytest.MonkeyPatch) -> None:
    async with speakers(Air(), "", "", "") as (one, other, third):
        written = []

        def encode(word: NotHere) -> bytes:
            written.append(word)
            return encode_as_ever(word)

        encode_as_ever = links._encode  # noqa: SLF001 - to count how often
        monkeypatch.setattr(links, "_encode", encode)
        one.links.send_all([other.links.node_id, third.links.node_id], word := NotHere(1))
        assert written == [word]
        await until(lambda: other.heard == [1] and third.heard == [1])


def test_of_the_nodes_heard_those_silent_for_the_longest_are_forgotten(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(incoming, "MARKS_MAX", 2)
    heard = Incoming()
    one, other, third = uuid4(), uuid4(), uuid4()
    for sender, number in ((one, 0), (other, 0), (one, 1), (third, 0)):
        assert heard.arrived(Parcel(sender, 1, number, [])) is Arrival.NEXT
    assert len(heard) == 2
    assert heard.arrived(Parcel(one, 1, 1, [])) is Arrival.AGAIN


def test_a_node_that_was_gone_is_not_heard_again_with_what_it_said_before() -> None:
    heard, sender = Incoming(), uuid4()
    assert heard.arrived(Parcel(sender, 1, 0, [])) is Arrival.NEXT
    heard.let_go(sender)
    assert heard.arrived(Parcel(sender, 1, 0, [])) is Arrival.AGAIN
    assert heard.arrived(Parcel(sender, 1, 1, [])) is Arrival.AFTER_A_GAP
    heard.let_go(sender)
    assert heard.arrived(Parcel(sender, 2, 0, [])) is Arrival.NEXT
