"""Coming back: who has missed a little is told at once, whoever else reads a long past."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from backend.gateway import joins as reading
from backend.gateway.joins import FEW_MAX
from protocol.common import Temporary
from tests.gateway.raw import raw
from tests.support.clock import FakeClock
from tests.support.node import Node
from tests.support.people import Person
from tests.support.until import until

pytestmark = pytest.mark.asyncio(loop_scope="module")

NAMES = ["Eva", "Evi", "Eve"]


async def test_a_little_is_told_to_many_together_and_much_by_itself(
    node: Node, clock: FakeClock, anna: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    joins = node.house.gateway.joins
    async with raw(node, clock) as eve:
        await eve.hello(anna.token)
        pos = (await eve.next("joined", topic=anna.address))["pos"]
        for name in NAMES:
            await eve.rename(name)
    # No long past is read meanwhile.
    monkeypatch.setattr(joins, "_turn", asyncio.Semaphore(0))
    async with raw(node, clock) as one, raw(node, clock) as other:
        resume = {anna.address: pos}
        for phone in (one, other):
            await phone.hello(anna.token, resume=resume)
        for phone in (one, other):
            pos = (await phone.next("joined", topic=anna.address))["pos"]
            pushes = [push for push in await phone.said("push") if push["topic"] == anna.address]
            assert [push["event"]["profile"]["name"] for push in pushes] == NAMES
            assert pushes[-1]["pos"] == pos
    async with raw(node, clock) as eve:
        await eve.hello(anna.token, resume={anna.address: pos})
        await eve.next("joined", topic=anna.address)
        for number in range(FEW_MAX + 1):
            await eve.rename(f"Eve {number}")
            await clock.advance(seconds=1)
    async with raw(node, clock) as late:
        await late.hello(anna.token, resume={anna.address: pos})
        assert await late.said("joined") == []
        joins._turn.release()  # noqa: SLF001
        joined = await late.next("joined", topic=anna.address)
        pushes = [push for push in await late.said("push") if push["topic"] == anna.address]
        assert len(pushes) == FEW_MAX + 1
        assert pushes[-1]["pos"] == joined["pos"]


async def test_a_topic_that_cannot_be_is_no_harm_to_who_comes_back_beside(
    node: Node, clock: FakeClock, anna: Person, ben: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    joins = node.house.gateway.joins
    async with raw(node, clock) as eve, raw(node, clock) as bens:
        await eve.hello(anna.token)
        await bens.hello(ben.token)
        pos = (await bens.next("joined", topic=ben.address))["pos"]
        found = asyncio.Event()
        really = joins._glances._find_many  # noqa: SLF001

        async def later(asked: Sequence[Any]) -> Sequence[Any]:
            await found.wait()
            return await really(asked)

        monkeypatch.setattr(joins._glances, "_find_many", later)  # noqa: SLF001
        # Those who come while one is asked for are asked for together.
        await eve.send({"type": "join", "topic": anna.address, "pos": "1.0"})
        await until(lambda: joins._glances._asking is not None)  # noqa: SLF001
        await eve.send({"type": "join", "topic": "x\0y", "pos": "1.0"})
        await bens.send({"type": "join", "topic": ben.address, "pos": pos})
        await until(lambda: len(joins._glances._waiting) == 2)  # noqa: SLF001
        found.set()
        await bens.next("joined", topic=ben.address)


async def test_who_left_a_topic_is_told_nothing_of_it_and_keeps_what_was_joined_since(
    node: Node, clock: FakeClock, anna: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    joins = node.house.gateway.joins
    async with raw(node, clock) as phone:
        await phone.hello(anna.token)
        pos = (await phone.next("joined", topic=anna.address))["pos"]
        caught_up, failing = asyncio.Event(), asyncio.Event()

        async def fails(*_: object) -> None:
            caught_up.set()
            await failing.wait()
            raise Temporary(why="the database is away")

        monkeypatch.setattr(joins, "_catch_up", fails)
        await phone.send({"type": "join", "topic": anna.address})
        await caught_up.wait()
        await phone.send({"type": "leave", "topic": anna.address})
        await phone.send({"type": "join", "topic": anna.address, "pos": pos})
        await phone.next("joined", topic=anna.address)
        failing.set()
        await until(lambda: joins._waiting == 0)  # noqa: SLF001
        await phone.rename("Still heard")
        push = await phone.next("push", topic=anna.address)
        assert push["event"]["profile"]["name"] == "Still heard"
        assert await phone.said("problem") == []


async def test_nothing_is_read_for_who_has_left_while_waiting_for_it(
    node: Node, clock: FakeClock, anna: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    joins = node.house.gateway.joins
    monkeypatch.setattr(joins, "_turn", turn := asyncio.Semaphore(0))
    monkeypatch.setattr(joins, "_catch_up", None)  # Nobody may call it.
    async with raw(node, clock) as phone:
        await phone.hello(anna.token)
        await until(lambda: joins._waiting > 0)  # noqa: SLF001
    await until(lambda: not node.house.gateway.sockets)
    turn.release()
    await until(lambda: joins._waiting == 0)  # noqa: SLF001


async def test_more_joins_than_can_wait_are_told_so(
    node: Node, clock: FakeClock, anna: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    joins = node.house.gateway.joins
    async with raw(node, clock) as phone:
        await phone.hello(anna.token)
        await phone.next("joined", topic=anna.address)
        monkeypatch.setattr(reading, "READS_WAITING_MAX", joins._waiting)  # noqa: SLF001
        refused = await phone.refused({"type": "join", "topic": anna.address})
        assert refused["code"] == "overloaded"
